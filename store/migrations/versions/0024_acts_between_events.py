"""The acts between the events, in order, and the ledger's days: what a replay needs to come to the same ledger."""

import sqlalchemy as sa
from alembic import op

from store.tables import Instant, SequenceNumber

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.add_column("waiting_moves", sa.Column("moved_at", Instant))
    op.create_table(
        "acts",
        sa.Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
        sa.Column("after_event", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("terms", sa.Text, nullable=False),
        sa.Column("batch", sa.BigInteger, nullable=False),
        comment="append-only: what people and the clock did between the events of the journal; a replay does it again",
    )
    op.create_table(
        "ledger_days",
        sa.Column("clock", sa.String(16), primary_key=True),
        sa.Column("day", sa.Date, nullable=False),
        comment="the latest day of a handled event, and the latest day on which what was due was done by the clock",
    )
