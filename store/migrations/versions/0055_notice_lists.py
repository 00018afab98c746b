"""Lists of applications that were published for objections in one act."""

import sqlalchemy as sa
from alembic import op

from store.tables import Instant, SequenceNumber

revision = "0055"
down_revision = "0054"


def upgrade() -> None:
    op.create_table(
        "notice_lists",
        sa.Column("number", SequenceNumber, primary_key=True, autoincrement=True),
        sa.Column("programme", sa.Text, nullable=False),
        sa.Column("published_on", sa.Date, nullable=False),
        sa.Column("last_on", sa.Date),
        sa.Column("officer", sa.String(64), nullable=False),
        sa.Column("published_at", Instant, nullable=False),
        comment="lists of applications that were published for objections in one act",
    )
    op.create_table(
        "notice_list_entries",
        sa.Column("list_number", sa.BigInteger, sa.ForeignKey("notice_lists.number"), primary_key=True),
        sa.Column("application_number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("member_id", sa.String(64), nullable=False),
        comment="the applications of each published list; they go with the member's erasure",
    )
    op.create_index("ix_notice_list_entries_member_id", "notice_list_entries", ["member_id"])
