"""The table of sessions."""

from sqlalchemy import Column, Date, Index, String, Table, Text

from store import Instant, metadata

sessions = Table(
    "sessions",
    metadata,
    Column("id", String(80), primary_key=True),  # also the id of its rule
    Column("station_id", String(128), nullable=False),
    Column("first_on", Date, nullable=False),
    Column("last_on", Date, nullable=False),
    Column("definition", Text, nullable=False),  # JSON, as the officer's file states it
    Column("created_by", String(32), nullable=False),  # a pseudonym
    Column("created_at", Instant, nullable=False),
    Column("closed_on", Date),
    Index("ix_sessions_station_id", "station_id"),
    comment="courses, halls and childcare terms; the rule of the same id grants their places",
)
