"""Tables of members: their changes and memberships, organisations, applications, attachments, corrections and cards."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
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
    Column("batch", BigInteger, nullable=False),  # see row_batches; the order that decides
    Index("ix_organisation_changes_code_batch", "code", "batch"),
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
    # a search by a word reads it whole
    Index("ix_organisation_spans_name", "code", "name", "since", "until"),
    Index("ix_organisation_spans_exceptional", "code", info=rows_where("is_exceptional")),
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
    Column("resubmit_until", Date),  # of what was sent back, if the officer stated a day
    Column("known_on", Date),  # on which the sender recorded it, if it states one
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
    Column("mark", String(64), nullable=False),  # keyed hash of the row
    Index("ix_feed_links_member_id", "member_id"),
    comment="an app's id of a person, as a keyed hash, and the member that it means",
)

MEMBER_CHANGE_BATCHES = BatchedTable(
    member_changes, ("member_id", "effective_at", "type", "source", "event_id", "changes")
)
ORGANISATION_CHANGE_BATCHES = BatchedTable(
    organisation_changes,
    ("code", "on", "type", "source", "event_id", "changes", "document", "recorded_by", "recorded_at"),
    singly=True,
)


application_acts = Table(
    "application_acts",
    metadata,
    Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    Column("member_id", String(64), nullable=False),
    Column("application", Text, nullable=False),  # its number among the member's applications
    Column("kind", String(16), nullable=False),
    Column("stage", Text),  # of review
    Column("event_id", Text, nullable=False),  # of the event that the act led to
    Column("officer", String(64), nullable=False),
    Column("acted_at", Instant, nullable=False),
    Column("reason", Text, nullable=False),
    Index("ix_application_acts_member_id", "member_id"),
    comment="officers' acts on applications with their reasons; they go with the member's erasure",
)

notice_lists = Table(
    "notice_lists",
    metadata,
    Column("number", SequenceNumber, primary_key=True, autoincrement=True),
    Column("programme", Text, nullable=False),
    Column("published_on", Date, nullable=False),
    Column("last_on", Date),  # null: the calendar of its days was not known
    Column("officer", String(64), nullable=False),
    Column("published_at", Instant, nullable=False),
    comment="lists of applications that were published for objections in one act",
)

notice_list_entries = Table(
    "notice_list_entries",
    metadata,
    Column("list_number", BigInteger, ForeignKey("notice_lists.number"), primary_key=True),
    Column("application_number", BigInteger, primary_key=True, autoincrement=False),
    Column("member_id", String(64), nullable=False),
    Index("ix_notice_list_entries_member_id", "member_id"),
    comment="the applications of each published list; they go with the member's erasure",
)


attachments = Table(
    "attachments",
    metadata,
    Column("number", SequenceNumber, primary_key=True, autoincrement=True),
    Column("kind", String(32), nullable=False),  # of what it belongs to
    Column("subject", Text, nullable=False),  # the number, or the id, of what it belongs to
    Column("member_id", String(64)),  # whose erasure takes it; null: it is about nobody
    Column("digest", String(64), nullable=False),  # SHA-256 of the stored file, which is its name
    Column("sent_digest", String(64), nullable=False),  # of the file as it was sent
    Column("media_type", String(32), nullable=False),
    Column("size_bytes", Integer, CheckConstraint("size_bytes > 0", name="not_empty"), nullable=False),
    Column("pages", Text, nullable=False),  # JSON array of the digests of its pages as pictures
    Column("title", Text, nullable=False),
    Column("officer", String(64), nullable=False),  # who stored it
    Column("stored_at", Instant, nullable=False),
    Index("ix_attachments_kind_subject", "kind", "subject"),
    Index("ix_attachments_member_id", "member_id"),
    comment="files that officers attached; their contents lie in the data folder, named by their digests",
)


member_corrections = Table(
    "member_corrections",
    metadata,
    Column("number", SequenceNumber, primary_key=True, autoincrement=True),
    Column("member_id", String(64), nullable=False),
    Column("fact", String(32), nullable=False),
    Column("since", Date, nullable=False),  # the day from which the right value holds
    Column("event_id", Text, nullable=False),  # of the first event that states it
    Column("attachment", BigInteger, nullable=False),  # the number of the file that proves it
    Column("officer", String(64), nullable=False),
    Column("corrected_at", Instant, nullable=False),
    Column("reason", Text, nullable=False),
    Index("ix_member_corrections_member_id", "member_id"),
    comment="officers' corrections of members' facts with their reasons; they go with the member's erasure",
)


signing_keys = Table(
    "signing_keys",
    metadata,
    Column("id", String(8), primary_key=True),  # the beginning of the key's thumbprint
    Column("public", String(64), nullable=False),  # in hexadecimal
    Column("made_at", Instant, nullable=False),
    Column("made_by", String(64)),  # None: made at first use
    Column("retired_at", Instant),
    Column("retired_by", String(64)),
    Column("batch", BigInteger, nullable=False),  # see row_batches
    comment="public keys of card tokens and organisation links; the secret ones are in no database",
)

cards = Table(
    "cards",
    metadata,
    Column("number", String(12), primary_key=True),  # random; says nothing of the member
    Column("member_id", String(64), nullable=False),
    Column("serial", Integer, nullable=False),  # 1 …: a card that was lost is replaced by the next
    Column("issued_at", Instant, nullable=False),
    Column("ended", String(16)),  # blocked, replaced
    Column("ended_at", Instant),
    UniqueConstraint("member_id", "serial"),
    CheckConstraint("serial > 0", name="serial"),
    comment="electronic member cards; whether the member may use one follows from the member's facts",
)

card_acts = Table(
    "card_acts",
    metadata,
    Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    Column("number", String(12), nullable=False),
    Column("member_id", String(64), nullable=False),
    Column("kind", String(16), nullable=False),  # issued, blocked, replaced
    Column("at", Instant, nullable=False),
    Column("by", String(64)),  # the officer; None: the member
    Column("reason", Text, nullable=False),
    Column("batch", BigInteger, nullable=False),  # see row_batches
    Index("ix_card_acts_member_id", "member_id"),
    comment="append-only: what was done to cards, by whom and why; the cards are folded from it",
)

CARD_ACT_BATCHES = BatchedTable(card_acts, ("number", "member_id", "kind", "at", "by", "reason"), singly=True)
SIGNING_KEY_BATCHES = BatchedTable(signing_keys, ("id", "public", "made_at", "made_by"), ("id",), singly=True)

organisation_links = Table(
    "organisation_links",
    metadata,
    Column("link", String(26), primary_key=True),  # random
    Column("organisation", String(15), nullable=False),
    Column("issued_at", Instant, nullable=False),
    Column("by", String(64), nullable=False),
    Column("revoked_at", Instant),
    Column("revoked_by", String(64)),
    Column("replaced_by", String(26)),  # the link that holds in its place
    Index("ix_organisation_links_organisation", "organisation"),
    comment="the signed links that organisations print as QR codes",
)
