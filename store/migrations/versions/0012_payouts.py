"""Payments by bank: batches, orders, what the bank answered."""

import sqlalchemy as sa
from alembic import op

from store.tables import Instant

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "payout_batches",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("orders_digest", sa.String(length=64), nullable=False),
        sa.Column("file_digest", sa.String(length=64), nullable=False),
        sa.Column("terms_digest", sa.String(length=64), nullable=False),
        sa.Column("prepared_by", sa.String(length=32), nullable=False),
        sa.Column("prepared_at", Instant, nullable=False),
        sa.Column("prepared_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.String(length=32), nullable=True),
        sa.Column("decided_at", Instant, nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("decided_reason", sa.Text(), nullable=True),
        sa.Column("exported_at", Instant, nullable=True),
        sa.CheckConstraint(
            "exported_at IS NULL OR state = 'released'", name=op.f("ck_payout_batches_exported")
        ),
        sa.CheckConstraint(
            "state <> 'released' OR decided_by <> prepared_by", name=op.f("ck_payout_batches_two_people")
        ),
        sa.CheckConstraint(
            "state = 'prepared' OR decided_by IS NOT NULL", name=op.f("ck_payout_batches_decided")
        ),
        sa.CheckConstraint(
            "state IN ('prepared', 'released', 'cancelled')", name=op.f("ck_payout_batches_state")
        ),
        sa.CheckConstraint("orders > 0 AND amount_fen > 0", name=op.f("ck_payout_batches_something")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_batches")),
        sa.UniqueConstraint("number", name=op.f("uq_payout_batches_number")),
        comment="batches of payments; once released nothing of them changes but when they were exported",
    )
    op.create_table(
        "payout_orders",
        sa.Column("reference", sa.String(length=32), nullable=False),
        sa.Column("batch_id", sa.String(length=16), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("grant_id", sa.String(length=40), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.CheckConstraint(
            "state IN ('open', 'paid', 'failed', 'cancelled')", name=op.f("ck_payout_orders_state")
        ),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_payout_orders_amount_fen")),
        sa.CheckConstraint("attempt > 0 AND line > 0", name=op.f("ck_payout_orders_counted")),
        sa.ForeignKeyConstraint(["batch_id"], ["payout_batches.id"], name=op.f("fk_payout_orders_batch_id")),
        sa.ForeignKeyConstraint(["grant_id"], ["grants.id"], name=op.f("fk_payout_orders_grant_id")),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_payout_orders")),
        sa.UniqueConstraint("batch_id", "line", name=op.f("uq_payout_orders_batch_id_line")),
        sa.UniqueConstraint("grant_id", "attempt", name=op.f("uq_payout_orders_grant_id_attempt")),
        comment="one payment of one grant; a grant has at most one that is under way or paid",
    )
    op.create_index(
        "ix_payout_orders_not_over",
        "payout_orders",
        ["grant_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('open', 'paid')"),
        postgresql_where=sa.text("state IN ('open', 'paid')"),
    )
    op.create_table(
        "payout_returns",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("left_out", sa.Integer(), nullable=False),
        sa.Column("imported_by", sa.String(length=32), nullable=False),
        sa.Column("imported_at", Instant, nullable=False),
        sa.Column("imported_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_returns")),
        comment="append-only: the bank's files",
    )
    op.create_table(
        "payout_answers",
        sa.Column("reference", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("bank_reference", sa.String(length=64), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("return_id", sa.String(length=64), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("transaction_id", sa.String(length=40), nullable=False),
        sa.CheckConstraint("outcome IN ('paid', 'failed')", name=op.f("ck_payout_answers_outcome")),
        sa.ForeignKeyConstraint(
            ["reference"], ["payout_orders.reference"], name=op.f("fk_payout_answers_reference")
        ),
        sa.ForeignKeyConstraint(
            ["return_id"], ["payout_returns.id"], name=op.f("fk_payout_answers_return_id")
        ),
        sa.PrimaryKeyConstraint("reference", "number", name=op.f("pk_payout_answers")),
        comment="append-only: what the bank said of each payment; settled means that it stands here",
    )
    op.create_index("ix_payout_answers_return_id", "payout_answers", ["return_id"], unique=False)
    op.create_index("ix_payout_answers_transaction_id", "payout_answers", ["transaction_id"], unique=False)
