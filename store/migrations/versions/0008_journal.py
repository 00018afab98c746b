"""The journal: the events about members, so that drafts can be tried on them."""

import sqlalchemy as sa
from alembic import op

from store.tables import Instant, SequenceNumber

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "journal",
        sa.Column("sequence", SequenceNumber, autoincrement=True, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("member_id", sa.String(length=64), nullable=False),
        sa.Column("occurred_at", Instant, nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_journal")),
        comment="the events about members that were handled, in order: what a simulation replays",
    )
    op.create_index("ix_journal_source_event_id", "journal", ["source", "event_id"], unique=True)
    op.create_index("ix_journal_member_id", "journal", ["member_id"], unique=False)
