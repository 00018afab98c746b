"""What organisations did and filed in their yearly cycle: elections, counts of members, dues, reports."""

import sqlalchemy as sa
from alembic import op

from store.tables import Instant, SequenceNumber

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    op.create_table(
        "organisation_records",
        sa.Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
        sa.Column("code", sa.String(15), nullable=False),
        sa.Column("on", sa.Date, nullable=False),
        sa.Column("type", sa.String(64), nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sa.Column("document", sa.Text),
        sa.Column("recorded_by", sa.String(64)),
        sa.Column("recorded_at", Instant, nullable=False),
        comment="append-only: elections, counts of members, dues and reports of organisations, and withdrawals",
    )
    op.create_index("ix_organisation_records_code_sequence", "organisation_records", ["code", "sequence"])
