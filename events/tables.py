"""Tables of the events package besides inbox, ingress and outbox: dead letters, positions, journal."""

from sqlalchemy import BigInteger, Column, Index, String, Table, Text, text

from store import Instant, SequenceNumber, metadata

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
    Column("noticed_at", Instant),  # when its current state was sent to the topic of dead letters
    Index("ix_dead_letters_reason", "reason"),
    Index(
        "ix_dead_letters_not_noticed",
        "id",
        sqlite_where=text("noticed_at IS NULL"),
        postgresql_where=text("noticed_at IS NULL"),
    ),
    Index(
        "ix_dead_letters_waiting",
        "event_id",
        sqlite_where=text("resolved_at IS NULL"),
        postgresql_where=text("resolved_at IS NULL"),
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
    Index("ix_journal_source_event_id", "source", "event_id", unique=True),
    Index("ix_journal_member_id", "member_id"),
    comment="the events about members that were handled, in order: what a simulation replays",
)
