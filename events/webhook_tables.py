"""Tables of webhooks: the receivers, the key's fingerprint and the deliveries."""

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text

from store import Instant, SequenceNumber, metadata

webhook_keys = Table(
    "webhook_keys",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("fingerprint", String(64), nullable=False),
    CheckConstraint("number = 1", name="only_one"),
    comment="the key behind the secrets, by its fingerprint only",
)

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("url", Text, nullable=False),
    Column("types", Text, nullable=False),  # JSON array; empty: all
    Column("private", Boolean, nullable=False),  # whether it may be in a private network
    Column("state", String(16), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column(
        "unreached", Integer, nullable=False
    ),  # consecutive attempts in which the receiver was unreachable
    Column("rests_until", Instant),  # no attempts before this time, because the receiver was unreachable
    CheckConstraint("state IN ('active', 'gone')", name="state"),
    comment="who is told of outcomes; secrets are kept nowhere",
)

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("webhook_id", String(16), ForeignKey("webhooks.id"), primary_key=True),
    Column("sequence", SequenceNumber, ForeignKey("outbox.sequence"), primary_key=True, autoincrement=False),
    Column("key", Text, nullable=False),  # the member: deliveries of one member are sent in order
    Column("state", String(16), nullable=False),
    Column("offered_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column(
        "next_at", Instant, nullable=False
    ),  # no attempt before this time; during an attempt, the end of its lease
    Column("last_at", Instant),
    Column("last_status", Integer),  # of HTTP
    Column("last_fault", String(32)),  # why there was no response
    CheckConstraint("state IN ('waiting', 'delivered', 'given_up')", name="state"),
    Index("ix_webhook_deliveries_webhook_id_state_key_sequence", "webhook_id", "state", "key", "sequence"),
    Index("ix_webhook_deliveries_webhook_id_state_next_at", "webhook_id", "state", "next_at"),
    Index("ix_webhook_deliveries_sequence", "sequence"),
    comment="what is to be told to whom, how often it was tried, and what came of it",
)
