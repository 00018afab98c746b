"""The table of what organisations did and filed in their yearly cycle."""

from sqlalchemy import Column, Date, Index, String, Table, Text

from store import Instant, SequenceNumber, metadata

organisation_records = Table(
    "organisation_records",
    metadata,
    Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),  # order of arrival
    Column("code", String(15), nullable=False),
    Column("on", Date, nullable=False),
    Column("type", String(64), nullable=False),
    Column("source", Text, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("data", Text, nullable=False),  # JSON object: the rest of the event's data
    Column("document", Text),
    Column("recorded_by", String(64)),
    Column("recorded_at", Instant, nullable=False),
    Index("ix_organisation_records_code_sequence", "code", "sequence"),
    comment="append-only: elections, counts of members, dues and reports of organisations, and withdrawals",
)
