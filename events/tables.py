"""Tables of the events package besides inbox, ingress and outbox: dead letters, positions, journal, acts."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from store import BatchedTable, Instant, SequenceNumber, metadata, rows_where

dead_letters = Table(
    "dead_letters",
    metadata,
    Column("id", String(40), primary_key=True),  # digest of the text: each letter is stored once
    Column("reason", String(64), nullable=False),
    Column("faults", Text, nullable=False),  # JSON array of faults with message templates
    Column("source", Text),
    Column("event_id", Text),
    Column("origin", Text, nullable=False),  # file and line, or "http"
    Column("text", Text),  # None where it held personal data
    Column("recorded_at", Instant, nullable=False),
    Column("resolved_at", Instant),
    Index("ix_dead_letters_reason", "reason"),
    Index(
        "ix_dead_letters_waiting",
        "event_id",
        info=rows_where("resolved_at IS NULL"),
    ),
    comment="what could not be handled, with the reason, until somebody mends and replays it",
)

positions = Table(
    "positions",
    metadata,
    Column("source", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),  # bytes read
    Column("digest", String(64), nullable=False),  # of the bytes before it
    comment="how far a file was read; committed with what was read",
)

journal = Table(
    "journal",
    metadata,
    Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),  # order of arrival
    Column("source", Text, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("member_id", String(64), nullable=False),
    Column("occurred_at", Instant, nullable=False),
    Column("event", Text, nullable=False),  # CloudEvents JSON as validated: no ID numbers, no phone numbers
    Column("batch", BigInteger, nullable=False),  # see row_batches
    Index("ix_journal_source_event_id", "source", "event_id", unique=True),
    Index("ix_journal_member_id", "member_id"),
    comment="the events about members that were handled, in order: what a simulation replays",
)

acts = Table(
    "acts",
    metadata,
    Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    Column("after_event", BigInteger, nullable=False),  # the journal's last sequence at that time
    Column("kind", String(32), nullable=False),
    Column("day", Date, nullable=False),  # the civil day on which it was done
    Column("at", Instant, nullable=False),
    Column("terms", Text, nullable=False),  # JSON: all that the act needs besides what the ledger holds
    Column("batch", BigInteger, nullable=False),  # see row_batches
    comment="append-only: what people and the clock did between the events of the journal; a replay does it again",
)

ledger_days = Table(
    "ledger_days",
    metadata,
    Column("clock", String(16), primary_key=True),  # events, upkeep
    Column("day", Date, nullable=False),
    comment="the latest day of a handled event, and the latest day on which what was due was done by the clock",
)

JOURNAL_BATCHES = BatchedTable(journal, ("source", "event_id", "member_id", "occurred_at", "event"))
ACT_BATCHES = BatchedTable(acts, ("after_event", "kind", "day", "at", "terms"))


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
