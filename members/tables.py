"""Tables of the members package: organisations, memberships, member changes, application steps, keys, feed links."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
)

from store import BatchedTable, Instant, SequenceNumber, metadata, rows_where

organisation_changes = Table(
    "organisation_changes",
    metadata,
    Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),  # order of arrival
    Column("code", String(15), nullable=False),
    Column("on", Date, nullable=False),
    Column("type", String(64), nullable=False),
    Column("source", Text, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("changes", Text, nullable=False),  # JSON object: what changed
    Column("document", Text),
    Column("recorded_by", String(64)),
    Column("recorded_at", Instant, nullable=False),
    Index("ix_organisation_changes_code_sequence", "code", "sequence"),
    comment="append-only: the tree of organisations on any day is folded from these rows",
)

# Paths are compared by their characters, whatever order the database's language has.
_Path = Text().with_variant(Text(collation="C"), "postgresql")

organisation_spans = Table(
    "organisation_spans",
    metadata,
    Column("code", String(15), primary_key=True),
    Column("since", Date, primary_key=True),
    Column("until", Date),  # the first day after the span
    Column("name", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("parent", String(15)),
    Column("path", _Path, nullable=False),  # codes from the root down to this one, each followed by /
    Column("credit_code", String(18)),
    Column("ended", String(16)),
    Column("into", String(15)),
    Column("term_ends", Date),  # of the election that was recorded last
    Column("last_counted", SmallInteger),  # the last year of which a count of members is recorded
    Column("is_exceptional", Boolean, nullable=False),
    Index("ix_organisation_spans_path_since_until_code", "path", "since", "until", "code"),
    Index("ix_organisation_spans_credit_code", "credit_code"),
    Index("ix_organisation_spans_parent_code", "parent", "code"),
    Index(
        "ix_organisation_spans_name", "code", "name", "since", "until"
    ),  # a search by a word reads it whole
    Index(
        "ix_organisation_spans_exceptional",
        "code",
        info=rows_where("is_exceptional"),
    ),
    comment="folded from organisation_changes: each organisation's name, parent and path by days",
)

memberships = Table(
    "memberships",
    metadata,
    Column("member_id", String(64), primary_key=True),
    Column("since", Date, primary_key=True),
    Column("until", Date),  # the first day on which it no longer holds
    Column("organisation", String(15), nullable=False),
    Column("status", String(16), nullable=False),
    Column("begun_by", String(64), nullable=False),  # type of event
    Column("ended_by", String(64)),
    Index("ix_memberships_organisation_until", "organisation", "until"),
    comment="folded from member_changes: which organisation a person was a member of, by days",
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
    Column("batch", BigInteger, nullable=False),  # see row_batches
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
