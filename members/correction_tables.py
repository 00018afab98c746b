"""The table of officers' corrections of members' facts."""

from sqlalchemy import BigInteger, Column, Date, Index, String, Table, Text

from store import metadata
from store.tables import Instant, SequenceNumber

member_corrections = Table(
    "member_corrections",
    metadata,
    Column("number", SequenceNumber, primary_key=True, autoincrement=True),
    Column("member_id", String(64), nullable=False),
    Column("fact", String(32), nullable=False),
    Column("since", Date, nullable=False),  # the day from which the right value holds
    Column("event_id", Text, nullable=False),  # of the first event that states it
    Column("attachment", BigInteger, nullable=False),  # the number of the file that proves it
    Column("officer", String(64), nullable=False),
    Column("corrected_at", Instant, nullable=False),
    Column("reason", Text, nullable=False),
    Index("ix_member_corrections_member_id", "member_id"),
    comment="officers' corrections of members' facts with their reasons; they go with the member's erasure",
)
