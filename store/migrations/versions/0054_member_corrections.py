"""Officers' corrections of members' facts, with their reasons and the files that prove them."""

import sqlalchemy as sa
from alembic import op

from store.tables import Instant, SequenceNumber

revision = "0054"
down_revision = "0053"


def upgrade() -> None:
    op.create_table(
        "member_corrections",
        sa.Column("number", SequenceNumber, primary_key=True, autoincrement=True),
        sa.Column("member_id", sa.String(64), nullable=False),
        sa.Column("fact", sa.String(32), nullable=False),
        sa.Column("since", sa.Date, nullable=False),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("attachment", sa.BigInteger, nullable=False),
        sa.Column("officer", sa.String(64), nullable=False),
        sa.Column("corrected_at", Instant, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        comment="officers' corrections of members' facts with their reasons; they go with the member's erasure",
    )
    op.create_index("ix_member_corrections_member_id", "member_corrections", ["member_id"])
