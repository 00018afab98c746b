"""Tables of senders and of the digests of their keys."""

from sqlalchemy import Column, ForeignKey, Index, String, Table, Text

from store import Instant, metadata

_NAME = String(40)
_BY = String(64)

senders = Table(
    "senders",
    metadata,
    Column("name", _NAME, primary_key=True),
    Column("sources", Text, nullable=False),  # JSON array: CloudEvents sources, or prefixes that end in /
    Column("types", Text, nullable=False),  # JSON array of event types
    Column("uses", Text, nullable=False),  # JSON array: events, feeds, gis
    Column("organisation", String(15), nullable=False),  # and all organisations below it
    Column("created_by", _BY, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("revoked_by", _BY),
    Column("revoked_at", Instant),
    comment="programs that send events or read layers, and what each may send for which organisations",
)

sender_keys = Table(
    "sender_keys",
    metadata,
    Column("id", String(8), primary_key=True),
    Column("sender", _NAME, ForeignKey("senders.name"), nullable=False),
    Column("digest", String(64), nullable=False),  # SHA-256 of the key, which is stored nowhere
    Column("issued_by", _BY, nullable=False),
    Column("issued_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),  # the first instant at which it no longer counts
    Column("revoked_by", _BY),
    Column("revoked_at", Instant),
    Column("last_used_at", Instant),  # to the minute
    Index("ix_sender_keys_sender", "sender"),
    comment="senders' keys by their digests; the keys themselves are stored nowhere",
)
