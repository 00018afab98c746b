"""Deadlines and rates of the hotline's cases are kept, and payments that failed are found by an index."""

import sqlalchemy as sa
from alembic import op

from store.tables import Instant

revision = "0059"
down_revision = "0058"

_DEADLINES = "ix_hotline_cases_state_due_at"
_OUTCOMES = "hotline_case_outcomes"
_ORDERS = "ix_payout_orders_state"


def upgrade() -> None:
    """Add the column and the table; the hotline's clock job fills both from the cases' histories."""
    op.add_column("hotline_cases", sa.Column("due_at", Instant))
    op.create_index(_DEADLINES, "hotline_cases", ["state", "due_at"])
    op.create_table(
        _OUTCOMES,
        sa.Column("case_number", sa.BigInteger, sa.ForeignKey("hotline_cases.number"), primary_key=True),
        sa.Column("line", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("unit", sa.String(15), nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("measure", sa.String(16), nullable=False),
        sa.Column("is_good", sa.Boolean),
        sa.Column("due_at", Instant),
        comment="what each case adds to the three rates, as its history leaves it",
    )
    op.create_index("ix_hotline_case_outcomes_unit_month", _OUTCOMES, ["unit", "month", "measure"])
    op.create_index(_ORDERS, "payout_orders", ["state", "batch_id"])


def downgrade() -> None:
    op.drop_index(_ORDERS, "payout_orders")
    op.drop_table(_OUTCOMES)
    op.drop_index(_DEADLINES, "hotline_cases")
    op.drop_column("hotline_cases", "due_at")
