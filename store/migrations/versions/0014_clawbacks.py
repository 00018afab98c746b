"""What rules take back by their own terms, and what members owe because of it."""

import json

import sqlalchemy as sa
from alembic import op

from store.tables import Instant

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    _create_takeback_types()
    _create_clawbacks()
    _create_debt_acts()


def _create_takeback_types() -> None:
    op.create_table(
        "takeback_types",
        sa.Column("event_type", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("event_type", name=op.f("pk_takeback_types")),
        comment="the events on which rules that ever decided take something back",
    )
    connection = op.get_bind()
    kinds: set[str] = set()
    for text in connection.execute(
        sa.text("SELECT DISTINCT takebacks FROM grants WHERE takebacks IS NOT NULL")
    ).scalars():
        kinds.update(term["on"] for term in json.loads(text))
    for text in connection.execute(sa.text("SELECT content FROM rule_contents")).scalars():
        kinds.update(term["on"] for term in json.loads(text).get("clawback", []))
    for kind in sorted(kinds):
        connection.execute(sa.text("INSERT INTO takeback_types VALUES (:kind)"), {"kind": kind})


def _create_clawbacks() -> None:
    op.create_table(
        "clawbacks",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("grant_id", sa.String(length=40), nullable=False),
        sa.Column("term", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.String(length=64), nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("event_type", sa.Text(), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("share_percent", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("reversed_fen", sa.BigInteger(), nullable=False),
        sa.Column("owed_fen", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", Instant, nullable=False),
        sa.CheckConstraint("reversed_fen >= 0 AND owed_fen >= 0", name=op.f("ck_clawbacks_amounts")),
        sa.ForeignKeyConstraint(["grant_id"], ["grants.id"], name=op.f("fk_clawbacks_grant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clawbacks")),
        comment="append-only: what was taken back by the rule's own terms",
    )
    op.create_index("ix_clawbacks_grant_id_term", "clawbacks", ["grant_id", "term"], unique=True)
    op.create_index("ix_clawbacks_member_id", "clawbacks", ["member_id"], unique=False)


def _create_debt_acts() -> None:
    op.create_table(
        "debt_acts",
        sa.Column("debt_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("who", sa.String(length=32), nullable=False),
        sa.Column("acted_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("transaction_id", sa.String(length=64), nullable=True),
        sa.Column("recorded_at", Instant, nullable=False),
        sa.CheckConstraint("kind IN ('settled', 'set_off', 'waived')", name=op.f("ck_debt_acts_kind")),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_debt_acts_amount_fen")),
        sa.CheckConstraint("(kind = 'waived') = (transaction_id IS NULL)", name=op.f("ck_debt_acts_moved")),
        sa.ForeignKeyConstraint(["debt_id"], ["clawbacks.id"], name=op.f("fk_debt_acts_debt_id")),
        sa.PrimaryKeyConstraint("debt_id", "number", name=op.f("pk_debt_acts")),
        comment="append-only: what became of a debt; only an officer ends one",
    )
