"""Tables between the outside and the core, of batches of rows, and of events."""

import sqlalchemy as sa

from store.migrations.first_release.schema import schema, where
from store.tables import Instant, SequenceNumber

sa.Table(
    "erased_rows",
    schema,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("table_name", sa.String(32), nullable=False),
    sa.Column("batch", sa.BigInteger, nullable=False),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.Column("digest", sa.String(32), nullable=False),
    sa.Column("act", sa.BigInteger, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    comment="append-only: rows that were erased with a person, by their digests",
)

sa.Table(
    "inbox",
    schema,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Column("batch", sa.BigInteger, nullable=False),
    comment="events already handled: what is not new here is not handled again",
)

sa.Table(
    "ingress",
    schema,
    sa.Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("accepted_at", Instant, nullable=False),
    comment="accepted over HTTP, waiting for the topic or for the embedded runner",
)

sa.Table(
    "outbox",
    schema,
    sa.Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("id", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("data", sa.Text, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Column("published_at", Instant),
    sa.Column("offered_at", Instant),
    sa.Column("traceparent", sa.String(55)),
    sa.Column("batch", sa.BigInteger, nullable=False),
    sa.Index("ix_outbox_not_offered", "sequence", **where("offered_at IS NULL")),
    sa.Index("ix_outbox_published_at_sequence", "published_at", "sequence"),
    comment="outcomes that the world has to hear of",
)

sa.Table(
    "row_batches",
    schema,
    sa.Column("number", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("table_name", sa.String(32), nullable=False),
    sa.Column("row_count", sa.BigInteger, nullable=False),
    sa.Column("digest", sa.String(32), nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    comment="append-only: what a transaction wrote into a table whose rows are sealed together",
)

sa.Table(
    "unsealed",
    schema,
    sa.Column("number", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("lane", sa.Integer, nullable=False),
    sa.Column("rows", sa.Text, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    comment="what was committed and waits to be sealed, a row for each transaction, more for a large one",
)

sa.Table(
    "acts",
    schema,
    sa.Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("after_event", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("terms", sa.Text, nullable=False),
    sa.Column("batch", sa.BigInteger, nullable=False),
    comment="append-only: what people and the clock did between the events of the journal; a replay does it again",
)

sa.Table(
    "dead_letters",
    schema,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("reason", sa.String(64), nullable=False),
    sa.Column("faults", sa.Text, nullable=False),
    sa.Column("source", sa.Text),
    sa.Column("event_id", sa.Text),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("text", sa.Text),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Column("resolved_at", Instant),
    sa.Column("noticed_at", Instant),
    sa.Index("ix_dead_letters_not_noticed", "id", **where("noticed_at IS NULL")),
    sa.Index("ix_dead_letters_reason", "reason"),
    sa.Index("ix_dead_letters_waiting", "event_id", **where("resolved_at IS NULL")),
    comment="what could not be handled, with the reason, until somebody mends and replays it",
)

sa.Table(
    "journal",
    schema,
    sa.Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("member_id", sa.String(64), nullable=False),
    sa.Column("occurred_at", Instant, nullable=False),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("batch", sa.BigInteger, nullable=False),
    sa.Index("ix_journal_member_id", "member_id"),
    sa.Index("ix_journal_source_event_id", "source", "event_id", unique=True),
    comment="the events about members that were handled, in order: what a simulation replays",
)

sa.Table(
    "ledger_days",
    schema,
    sa.Column("clock", sa.String(16), primary_key=True),
    sa.Column("day", sa.Date, nullable=False),
    comment="the latest day of a handled event, and the latest day on which what was due was done by the clock",
)

sa.Table(
    "positions",
    schema,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    comment="how far a file was read; committed with what was read",
)

sa.Table(
    "webhook_keys",
    schema,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("fingerprint", sa.String(64), nullable=False),
    sa.CheckConstraint("number = 1", name="ck_webhook_keys_only_one"),
    comment="the key behind the secrets, by its fingerprint only",
)

sa.Table(
    "webhooks",
    schema,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("types", sa.Text, nullable=False),
    sa.Column("private", sa.Boolean, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("unreached", sa.Integer, nullable=False),
    sa.Column("rests_until", Instant),
    sa.CheckConstraint("state IN ('active', 'gone')", name="ck_webhooks_state"),
    comment="who is told of outcomes; secrets are kept nowhere",
)

sa.Table(
    "webhook_deliveries",
    schema,
    sa.Column("webhook_id", sa.String(16), sa.ForeignKey("webhooks.id"), primary_key=True),
    sa.Column(
        "sequence", SequenceNumber, sa.ForeignKey("outbox.sequence"), primary_key=True, autoincrement=False
    ),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("offered_at", Instant, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("next_at", Instant, nullable=False),
    sa.Column("last_at", Instant),
    sa.Column("last_status", sa.Integer),
    sa.Column("last_fault", sa.String(32)),
    sa.CheckConstraint("state IN ('waiting', 'delivered', 'given_up')", name="ck_webhook_deliveries_state"),
    sa.Index("ix_webhook_deliveries_sequence", "sequence"),
    sa.Index("ix_webhook_deliveries_webhook_id_state_key_sequence", "webhook_id", "state", "key", "sequence"),
    sa.Index("ix_webhook_deliveries_webhook_id_state_next_at", "webhook_id", "state", "next_at"),
    comment="what is to be told to whom, how often it was tried, and what came of it",
)

sa.Table(
    "heartbeats",
    schema,
    sa.Column("process", sa.String(32), primary_key=True),
    sa.Column("machine", sa.String(64), nullable=False),
    sa.Column("since", Instant, nullable=False),
    sa.Column("seen_at", Instant, nullable=False),
    comment="processes that work alone: since when, on which machine, and when they were last seen working",
)

sa.Table(
    "schedule_days",
    schema,
    sa.Column("job", sa.String(32), primary_key=True),
    sa.Column("day", sa.Date, nullable=False),
    comment="the last day up to which a job of the schedule has published everything",
)

sa.Table(
    "schedule_slots",
    schema,
    sa.Column("job", sa.String(32), primary_key=True),
    sa.Column("subject", sa.String(64), primary_key=True),
    sa.Column("period", sa.String(120), primary_key=True),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Index("ix_schedule_slots_subject", "subject"),
    sqlite_with_rowid=False,
    comment="what the calendar has brought: one row for each event, stored with it",
)
