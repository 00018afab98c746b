"""Tables of what officers do with applications, and of lists that were published at once."""

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
)

from store import metadata
from store.tables import Instant, SequenceNumber

application_acts = Table(
    "application_acts",
    metadata,
    Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    Column("member_id", String(64), nullable=False),
    Column("application", Text, nullable=False),  # its number among the member's applications
    Column("kind", String(16), nullable=False),
    Column("stage", Text),  # of review
    Column("event_id", Text, nullable=False),  # of the event that the act led to
    Column("officer", String(64), nullable=False),
    Column("acted_at", Instant, nullable=False),
    Column("reason", Text, nullable=False),
    Index("ix_application_acts_member_id", "member_id"),
    comment="officers' acts on applications with their reasons; they go with the member's erasure",
)

notice_lists = Table(
    "notice_lists",
    metadata,
    Column("number", SequenceNumber, primary_key=True, autoincrement=True),
    Column("programme", Text, nullable=False),
    Column("published_on", Date, nullable=False),
    Column("last_on", Date),  # null: the calendar of its days was not known
    Column("officer", String(64), nullable=False),
    Column("published_at", Instant, nullable=False),
    comment="lists of applications that were published for objections in one act",
)

notice_list_entries = Table(
    "notice_list_entries",
    metadata,
    Column("list_number", BigInteger, ForeignKey("notice_lists.number"), primary_key=True),
    Column("application_number", BigInteger, primary_key=True, autoincrement=False),
    Column("member_id", String(64), nullable=False),
    Index("ix_notice_list_entries_member_id", "member_id"),
    comment="the applications of each published list; they go with the member's erasure",
)
