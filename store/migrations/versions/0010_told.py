"""What is told of decisions: bounds as they stood, the rules that decided, appeals."""

import sqlalchemy as sa
from alembic import op

from store.tables import Instant

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("decisions", sa.Column("bounds", sa.Text(), nullable=True))
    op.create_table(
        "rule_contents",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("tables", sa.Text(), nullable=False),
        sa.Column("recorded_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_rule_contents")),
        comment="append-only: every version of a rule that ever decided, so that its basis can be shown for ever",
    )
    op.create_table(
        "appeals",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("decision_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.String(length=64), nullable=False),
        sa.Column("lodged_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", Instant, nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_appeals_number")),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name=op.f("fk_appeals_decision_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeals")),
        comment="append-only: who asked for a decision to be looked at again",
    )
    op.create_index("ix_appeals_decision_id_number", "appeals", ["decision_id", "number"], unique=True)
    op.create_index("ix_appeals_member_id", "appeals", ["member_id"], unique=False)
    op.create_table(
        "appeal_texts",
        sa.Column("appeal_id", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeals.id"], name=op.f("fk_appeal_texts_appeal_id")),
        sa.PrimaryKeyConstraint("appeal_id", name=op.f("pk_appeal_texts")),
        comment="a member's own words: personal data, in no export, log or topic; deleted when a person is erased",
    )
    op.create_table(
        "appeal_answers",
        sa.Column("appeal_id", sa.String(length=40), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("who", sa.String(length=32), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decision_id", sa.String(length=40), nullable=True),
        sa.Column("recorded_at", Instant, nullable=False),
        sa.CheckConstraint("verdict IN ('upheld', 'rejected')", name=op.f("ck_appeal_answers_verdict")),
        sa.CheckConstraint("verdict = 'upheld' OR decision_id IS NULL", name=op.f("ck_appeal_answers_anew")),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeals.id"], name=op.f("fk_appeal_answers_appeal_id")),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decisions.id"], name=op.f("fk_appeal_answers_decision_id")
        ),
        sa.PrimaryKeyConstraint("appeal_id", name=op.f("pk_appeal_answers")),
        comment="append-only: what an officer answered, and the decision that was taken anew",
    )
    op.create_index("ix_appeal_answers_decision_id", "appeal_answers", ["decision_id"], unique=False)
