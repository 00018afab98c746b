"""Tables of the members package: member changes, application steps, organisation names, keys, feed links."""

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Index, Integer, String, Table, Text, text

from store import BatchedTable, Instant, SequenceNumber, metadata

organisations = Table(
    "organisations",
    metadata,
    Column("code", String(15), primary_key=True),
    Column("name", Text, nullable=False),
    comment="the five levels; level and parent follow from the code",
)

member_changes = Table(
    "member_changes",
    metadata,
    Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),  # order of arrival
    Column("member_id", String(64), nullable=False),
    Column("effective_at", Instant, nullable=False),
    Column("type", String(64), nullable=False),
    Column("source", Text, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("changes", Text, nullable=False),  # JSON object: fact → value
    Column("batch", BigInteger, nullable=False, server_default=text("-3")),  # see row_batches
    Index("ix_member_changes_member_id_sequence", "member_id", "sequence"),
    comment="append-only: who a member is at any date is folded from these rows",
)

application_steps = Table(
    "application_steps",
    metadata,
    Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),  # order of arrival
    Column("member_id", String(64), nullable=False),
    Column("application", Text, nullable=False),  # its number among the member's applications
    Column("programme", Text, nullable=False),
    Column("year", Integer, nullable=False),
    Column("effective_at", Instant, nullable=False),
    Column("type", String(64), nullable=False),
    Column("source", Text, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("stage", Text),
    Column("reviewer", String(64)),
    Column("accepted", Boolean),
    Column("attachments", Text, nullable=False),  # JSON array of digests
    Column("objections", Integer),
    Index("ix_application_steps_member_id_sequence", "member_id", "sequence"),
    comment="append-only: how far an application has come at any date is folded from these rows",
)

identity_keys = Table(
    "identity_keys",
    metadata,
    Column("number", Integer, CheckConstraint("number = 1", name="only_one"), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    comment="which key made the pseudonyms; never the key itself",
)

feed_links = Table(
    "feed_links",
    metadata,
    Column("feed", String(80), primary_key=True),
    Column("theirs", String(64), primary_key=True),
    Column("member_id", String(64), nullable=False),
    Column("linked_at", Instant, nullable=False),
    Index("ix_feed_links_member_id", "member_id"),
    comment="an app's id of a person, as a keyed hash, and the member that it means",
)

MEMBER_CHANGE_BATCHES = BatchedTable(
    member_changes, ("member_id", "effective_at", "type", "source", "event_id", "changes")
)
