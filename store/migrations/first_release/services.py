"""Tables of joining, pages of organisations, polls and reminders."""

import sqlalchemy as sa

from store.migrations.first_release.schema import schema
from store.tables import Instant, SequenceNumber

sa.Table(
    "join_code_sends",
    schema,
    sa.Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("phone_digest", sa.String(64), nullable=False),
    sa.Column("sent_at", Instant, nullable=False),
    sa.Index("ix_join_code_sends_phone_digest", "phone_digest"),
    sa.Index("ix_join_code_sends_sent_at", "sent_at"),
    comment="when a code was sent to a phone number (a keyed hash), for a day",
)

sa.Table(
    "join_escalations",
    schema,
    sa.Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("request_id", sa.String(32), nullable=False),
    sa.Column("from_organisation", sa.String(15), nullable=False),
    sa.Column("to_organisation", sa.String(15), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Index("ix_join_escalations_request_id", "request_id"),
    comment="append-only: a review that was not done in time went one level up",
)

sa.Table(
    "join_requests",
    schema,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("begin_key", sa.String(64), unique=True),
    sa.Column("organisation", sa.String(15), nullable=False),
    sa.Column("via", sa.String(16), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("begun_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("member_id", sa.String(64)),
    sa.Column("key_id", sa.String(16)),
    sa.Column("name", sa.Text),
    sa.Column("phone", sa.Text),
    sa.Column("id_number", sa.Text),
    sa.Column("code_digest", sa.String(64)),
    sa.Column("code_expires_at", Instant),
    sa.Column("wrong_codes", sa.Integer, nullable=False),
    sa.Column("last_call", sa.String(64)),
    sa.Column("review_cause", sa.String(16)),
    sa.Column("reviewer", sa.String(15)),
    sa.Column("review_until", Instant),
    sa.Column("ended_at", Instant),
    sa.Column("decided_by", sa.String(64)),
    sa.Column("decision_reason", sa.Text),
    sa.Column("signed_up_by", sa.String(64)),
    sa.Column("employer", sa.String(100)),
    sa.Index("ix_join_requests_member_id", "member_id"),
    sa.Index("ix_join_requests_organisation_begun_at", "organisation", "begun_at"),
    sa.Index("ix_join_requests_state_expires_at", "state", "expires_at"),
    comment="requests to join; the person's data is encrypted, and deleted when the request ends",
)

sa.Table(
    "join_review_settings",
    schema,
    sa.Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("organisation", sa.String(15), nullable=False),
    sa.Column("reviews", sa.Boolean, nullable=False),
    sa.Column("days", sa.Integer),
    sa.Column("officer", sa.String(64), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Index("ix_join_review_settings_organisation", "organisation", "sequence"),
    comment="append-only: which organisation reviews who joins, said by whom and when; its last row counts",
)

sa.Table(
    "organisation_logos",
    schema,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("width", sa.Integer, nullable=False),
    sa.Column("height", sa.Integer, nullable=False),
    comment="logos of organisations' pages",
)

sa.Table(
    "organisation_page_versions",
    schema,
    sa.Column("code", sa.String(15), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("logo", sa.String(64)),
    sa.Column("edited_by", sa.String(64), nullable=False),
    sa.Column("edited_at", Instant, nullable=False),
    comment="append-only: each version of an organisation's page",
)

sa.Table(
    "organisation_page_publications",
    schema,
    sa.Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("code", sa.String(15), nullable=False),
    sa.Column("version", sa.Integer),
    sa.Column("published_by", sa.String(64), nullable=False),
    sa.Column("published_at", Instant, nullable=False),
    sa.ForeignKeyConstraint(
        ["code", "version"], ["organisation_page_versions.code", "organisation_page_versions.version"]
    ),
    sa.Index("ix_organisation_page_publications_code_sequence", "code", "sequence"),
    comment="append-only: which version of a page was published when, by which officer",
)

sa.Table(
    "polls",
    schema,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("title", sa.String(100), nullable=False, unique=True),
    sa.Column("scope", sa.String(15), nullable=False),
    sa.Column("anonymous", sa.Boolean, nullable=False),
    sa.Column("opens_at", Instant, nullable=False),
    sa.Column("closes_at", Instant, nullable=False),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("key_fingerprint", sa.String(64)),
    sa.Column("created_by", sa.String(64), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("closed_by", sa.String(64)),
    sa.Column("closed_at", Instant),
    comment="polls and questionnaires, each with its questions as its officer wrote them",
)

sa.Table(
    "poll_answers",
    schema,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("poll_id", sa.String(64), sa.ForeignKey("polls.id"), nullable=False),
    sa.Column("question", sa.String(32), nullable=False),
    sa.Column("answer", sa.Text, nullable=False),
    sa.Column("member_id", sa.String(64)),
    sa.Index("ix_poll_answers_member_id", "member_id"),
    sa.Index("ix_poll_answers_poll_id_question", "poll_id", "question"),
    sqlite_with_rowid=False,
    comment="one answer to one question; without a member if the poll is anonymous",
)

sa.Table(
    "poll_ballots",
    schema,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("poll_id", sa.String(64), sa.ForeignKey("polls.id"), nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Index("ix_poll_ballots_poll_id", "poll_id"),
    sqlite_with_rowid=False,
    comment="anonymous ballots, encrypted and of one length, until the poll is counted",
)

sa.Table(
    "poll_participants",
    schema,
    sa.Column("poll_id", sa.String(64), sa.ForeignKey("polls.id"), primary_key=True),
    sa.Column("member_id", sa.String(64), primary_key=True),
    sa.Column("request_digest", sa.String(64)),
    sa.Index("ix_poll_participants_member_id", "member_id"),
    sqlite_with_rowid=False,
    comment="who has answered a poll; what was answered is stored apart",
)

sa.Table(
    "reminder_choices",
    schema,
    sa.Column("number", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("member_id", sa.String(64), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("is_wanted", sa.Boolean, nullable=False),
    sa.Column("chosen_at", Instant, nullable=False),
    sa.Index("ix_reminder_choices_member_id", "member_id"),
    comment="which reminders each member wants, the newest choice counts; they go with the member's erasure",
)

sa.Table(
    "reminders",
    schema,
    sa.Column("member_id", sa.String(64), primary_key=True),
    sa.Column("kind", sa.String(16), primary_key=True),
    sa.Column("last_day", sa.Date, primary_key=True),
    sa.Column("days_before", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("next_at", Instant, nullable=False),
    sa.Column("last_at", Instant),
    sa.Column("last_status", sa.Integer),
    sa.Column("last_fault", sa.String(32)),
    sa.CheckConstraint("state IN ('waiting', 'sent', 'dropped', 'given_up')", name="ck_reminders_state"),
    sa.Index("ix_reminders_last_day_kind", "last_day", "kind"),
    sa.Index("ix_reminders_state_next_at", "state", "next_at"),
    comment="reminders to members, each once; they go with the member's erasure",
)
