"""Tables of members, organisations, persons, cards, applications and attachments."""

import sqlalchemy as sa

from store.migrations.first_release.schema import path_type, schema, where
from store.tables import Instant, SequenceNumber

sa.Table(
    "application_steps",
    schema,
    sa.Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("member_id", sa.String(64), nullable=False),
    sa.Column("application", sa.Text, nullable=False),
    sa.Column("programme", sa.Text, nullable=False),
    sa.Column("year", sa.Integer, nullable=False),
    sa.Column("effective_at", Instant, nullable=False),
    sa.Column("type", sa.String(64), nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("stage", sa.Text),
    sa.Column("reviewer", sa.String(64)),
    sa.Column("accepted", sa.Boolean),
    sa.Column("attachments", sa.Text, nullable=False),
    sa.Column("objections", sa.Integer),
    sa.Index("ix_application_steps_member_id_sequence", "member_id", "sequence"),
    comment="append-only: how far an application has come at any date is folded from these rows",
)

sa.Table(
    "feed_links",
    schema,
    sa.Column("feed", sa.String(80), primary_key=True),
    sa.Column("theirs", sa.String(64), primary_key=True),
    sa.Column("member_id", sa.String(64), nullable=False),
    sa.Column("linked_at", Instant, nullable=False),
    sa.Index("ix_feed_links_member_id", "member_id"),
    comment="an app's id of a person, as a keyed hash, and the member that it means",
)

sa.Table(
    "identity_keys",
    schema,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("fingerprint", sa.String(64), nullable=False),
    comment="which key made the pseudonyms; never the key itself",
)

sa.Table(
    "member_changes",
    schema,
    sa.Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("member_id", sa.String(64), nullable=False),
    sa.Column("effective_at", Instant, nullable=False),
    sa.Column("type", sa.String(64), nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("changes", sa.Text, nullable=False),
    sa.Column("batch", sa.BigInteger, nullable=False),
    sa.Index("ix_member_changes_member_id_sequence", "member_id", "sequence"),
    comment="append-only: who a member is at any date is folded from these rows",
)

sa.Table(
    "memberships",
    schema,
    sa.Column("member_id", sa.String(64), primary_key=True),
    sa.Column("since", sa.Date, primary_key=True),
    sa.Column("until", sa.Date),
    sa.Column("organisation", sa.String(15), nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("begun_by", sa.String(64), nullable=False),
    sa.Column("ended_by", sa.String(64)),
    sa.Index("ix_memberships_organisation_until", "organisation", "until"),
    comment="folded from member_changes: which organisation a person was a member of, by days",
)

sa.Table(
    "organisation_changes",
    schema,
    sa.Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("code", sa.String(15), nullable=False),
    sa.Column("on", sa.Date, nullable=False),
    sa.Column("type", sa.String(64), nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("changes", sa.Text, nullable=False),
    sa.Column("document", sa.Text),
    sa.Column("recorded_by", sa.String(64)),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Index("ix_organisation_changes_code_sequence", "code", "sequence"),
    comment="append-only: the tree of organisations on any day is folded from these rows",
)

sa.Table(
    "organisation_spans",
    schema,
    sa.Column("code", sa.String(15), primary_key=True),
    sa.Column("since", sa.Date, primary_key=True),
    sa.Column("until", sa.Date),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("parent", sa.String(15)),
    sa.Column("path", path_type, nullable=False),
    sa.Column("credit_code", sa.String(18)),
    sa.Column("ended", sa.String(16)),
    sa.Column("into", sa.String(15)),
    sa.Column("term_ends", sa.Date),
    sa.Column("last_counted", sa.SmallInteger),
    sa.Column("is_exceptional", sa.Boolean, nullable=False),
    sa.Index("ix_organisation_spans_credit_code", "credit_code"),
    sa.Index("ix_organisation_spans_exceptional", "code", **where("is_exceptional")),
    sa.Index("ix_organisation_spans_name", "code", "name", "since", "until"),
    sa.Index("ix_organisation_spans_parent_code", "parent", "code"),
    sa.Index("ix_organisation_spans_path_since_until_code", "path", "since", "until", "code"),
    comment="folded from organisation_changes: each organisation's name, parent and path by days",
)

sa.Table(
    "vault_keys",
    schema,
    sa.Column("number", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("key_id", sa.String(16), nullable=False, unique=True),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("retired_at", Instant),
    comment="which keys have encrypted rows of the vault; never the keys themselves",
)

sa.Table(
    "vault_persons",
    schema,
    sa.Column("member_id", sa.String(64), primary_key=True),
    sa.Column("key_id", sa.String(16), nullable=False),
    sa.Column("name", sa.Text),
    sa.Column("phone", sa.Text),
    sa.Column("id_number", sa.Text),
    sa.Column("name_digest", sa.String(64)),
    sa.Column("phone_digest", sa.String(64)),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Index("ix_vault_persons_key_id_member_id", "key_id", "member_id"),
    sa.Index("ix_vault_persons_name_digest", "name_digest"),
    sa.Index("ix_vault_persons_phone_digest", "phone_digest"),
    comment="names, phone numbers and ID numbers, encrypted; a row of one person can't be read as another's",
)

sa.Table(
    "vault_unmaskings",
    schema,
    sa.Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("member_id", sa.String(64), nullable=False),
    sa.Column("field", sa.String(16), nullable=False),
    sa.Column("officer", sa.String(32), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Index("ix_vault_unmaskings_member_id_sequence", "member_id", "sequence"),
    comment="append-only, by triggers: who saw which field of which person in clear, when and why; never the value",
)

sa.Table(
    "card_acts",
    schema,
    sa.Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("number", sa.String(12), nullable=False),
    sa.Column("member_id", sa.String(64), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("by", sa.String(64)),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Index("ix_card_acts_member_id", "member_id"),
    comment="append-only: what was done to cards, by whom and why",
)

sa.Table(
    "cards",
    schema,
    sa.Column("number", sa.String(12), primary_key=True),
    sa.Column("member_id", sa.String(64), nullable=False),
    sa.Column("serial", sa.Integer, nullable=False),
    sa.Column("issued_at", Instant, nullable=False),
    sa.Column("ended", sa.String(16)),
    sa.Column("ended_at", Instant),
    sa.CheckConstraint("serial > 0", name="ck_cards_serial"),
    sa.UniqueConstraint("member_id", "serial", name="uq_cards_member_id_serial"),
    comment="electronic member cards; whether the member may use one follows from the member's facts",
)

sa.Table(
    "organisation_links",
    schema,
    sa.Column("link", sa.String(26), primary_key=True),
    sa.Column("organisation", sa.String(15), nullable=False),
    sa.Column("issued_at", Instant, nullable=False),
    sa.Column("by", sa.String(64), nullable=False),
    sa.Column("revoked_at", Instant),
    sa.Column("revoked_by", sa.String(64)),
    sa.Column("replaced_by", sa.String(26)),
    sa.Index("ix_organisation_links_organisation", "organisation"),
    comment="the signed links that organisations print as QR codes",
)

sa.Table(
    "signing_keys",
    schema,
    sa.Column("id", sa.String(8), primary_key=True),
    sa.Column("public", sa.String(64), nullable=False),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("made_by", sa.String(64)),
    sa.Column("retired_at", Instant),
    sa.Column("retired_by", sa.String(64)),
    comment="public keys of card tokens and organisation links; the secret ones are in no database",
)

sa.Table(
    "application_acts",
    schema,
    sa.Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("member_id", sa.String(64), nullable=False),
    sa.Column("application", sa.Text, nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("stage", sa.Text),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("officer", sa.String(64), nullable=False),
    sa.Column("acted_at", Instant, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Index("ix_application_acts_member_id", "member_id"),
    comment="officers' acts on applications with their reasons; they go with the member's erasure",
)

sa.Table(
    "notice_lists",
    schema,
    sa.Column("number", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("programme", sa.Text, nullable=False),
    sa.Column("published_on", sa.Date, nullable=False),
    sa.Column("last_on", sa.Date),
    sa.Column("officer", sa.String(64), nullable=False),
    sa.Column("published_at", Instant, nullable=False),
    comment="lists of applications that were published for objections in one act",
)

sa.Table(
    "notice_list_entries",
    schema,
    sa.Column("list_number", sa.BigInteger, sa.ForeignKey("notice_lists.number"), primary_key=True),
    sa.Column("application_number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("member_id", sa.String(64), nullable=False),
    sa.Index("ix_notice_list_entries_member_id", "member_id"),
    comment="the applications of each published list; they go with the member's erasure",
)

sa.Table(
    "attachments",
    schema,
    sa.Column("number", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("member_id", sa.String(64)),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("sent_digest", sa.String(64), nullable=False),
    sa.Column("media_type", sa.String(32), nullable=False),
    sa.Column(
        "size_bytes",
        sa.Integer,
        sa.CheckConstraint("size_bytes > 0", name="ck_attachments_not_empty"),
        nullable=False,
    ),
    sa.Column("pages", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("officer", sa.String(64), nullable=False),
    sa.Column("stored_at", Instant, nullable=False),
    sa.Index("ix_attachments_kind_subject", "kind", "subject"),
    sa.Index("ix_attachments_member_id", "member_id"),
    comment="files that officers attached; their contents lie in the data folder, named by their digests",
)

sa.Table(
    "member_corrections",
    schema,
    sa.Column("number", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("member_id", sa.String(64), nullable=False),
    sa.Column("fact", sa.String(32), nullable=False),
    sa.Column("since", sa.Date, nullable=False),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("attachment", sa.BigInteger, nullable=False),
    sa.Column("officer", sa.String(64), nullable=False),
    sa.Column("corrected_at", Instant, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Index("ix_member_corrections_member_id", "member_id"),
    comment="officers' corrections of members' facts with their reasons; they go with the member's erasure",
)
