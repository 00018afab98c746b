"""Tables behind the member's page: members' sessions."""

from sqlalchemy import Column, Index, String, Table

from store import Instant, metadata

member_sessions = Table(
    "member_sessions",
    metadata,
    Column("token_digest", String(64), primary_key=True),  # SHA-256 of the token, which is stored nowhere
    Column("id", String(32), nullable=False, unique=True),  # what lists and logs show of the session
    Column("member_id", String(64), nullable=False),
    Column("started_at", Instant, nullable=False),
    Column(
        "authenticated_at", Instant, nullable=False
    ),  # the last code that the member entered, or hand-over
    Column("seen_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("end_reason", String(32)),
    Column("device", String(100), nullable=False),  # browser and system, as the member recognises them
    Column("way", String(32), nullable=False),  # code, or the name of the app that handed the log-in over
    Index("ix_member_sessions_member_id", "member_id"),
    comment="members' sessions on their phones, which each member lists and ends",
)
