"""Tables of officers, sessions, audit, jobs and senders."""

import sqlalchemy as sa

from store.migrations.first_release.schema import schema, where
from store.tables import Instant, SequenceNumber

sa.Table(
    "audit_entries",
    schema,
    sa.Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("actor", sa.String(64), nullable=False),
    sa.Column("actor_kind", sa.String(16), nullable=False),
    sa.Column("role", sa.String(32)),
    sa.Column("deputy_of", sa.String(32)),
    sa.Column("organisation", sa.String(15)),
    sa.Column("act", sa.String(64), nullable=False),
    sa.Column("object_kind", sa.String(32), nullable=False),
    sa.Column("object_id", sa.String(128), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("changes", sa.Text, nullable=False),
    sa.Column("request_id", sa.String(64)),
    sa.Column("batch", sa.BigInteger, nullable=False),
    sa.Index("ix_audit_entries_actor_at", "actor", "at"),
    sa.Index("ix_audit_entries_at", "at"),
    sa.Index("ix_audit_entries_object_kind_object_id", "object_kind", "object_id"),
    sa.Index("ix_audit_entries_organisation", "organisation"),
    comment="append-only: every act of an officer and every reading of personal data, sealed with the ledger",
)

sa.Table(
    "form_submissions",
    schema,
    sa.Column("key", sa.String(22), primary_key=True),
    sa.Column("actor", sa.String(64), nullable=False),
    sa.Column("submitted_at", Instant, nullable=False),
    sa.Column("outcome", sa.Text),
    sa.Column("actor_kind", sa.String(16)),
    sa.Column("act", sa.String(64)),
    sa.Column("page", sa.Text),
    sa.Column("reported_at", Instant),
    sa.Column("organisations", sa.Text),
    sa.Index("ix_form_submissions_submitted_at", "submitted_at"),
    comment="forms of the officers' pages that were sent, so that each is carried out once; deleted after days",
)

sa.Table(
    "head_receivers",
    schema,
    sa.Column("place", sa.String(300), primary_key=True),
    sa.Column("heads_digest", sa.String(64)),
    sa.Column("sent_at", Instant),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("tried_at", Instant, nullable=False),
    sa.Column("fault", sa.Text),
    comment="where heads of the chains are sent: what each receiver got last, and why it did not",
)

sa.Table(
    "pending_acts",
    schema,
    sa.Column("number", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("object_id", sa.String(128), nullable=False),
    sa.Column("terms", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("proposed_by", sa.String(64), nullable=False),
    sa.Column("proposed_at", Instant, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("decided_by", sa.String(64)),
    sa.Column("decided_at", Instant),
    sa.Column("decision_reason", sa.Text),
    sa.Column("digest", sa.String(64)),
    sa.CheckConstraint("state IN ('waiting', 'confirmed', 'refused')", name="ck_pending_acts_state"),
    sa.CheckConstraint(
        "state <> 'confirmed' OR decided_by <> proposed_by", name="ck_pending_acts_two_people"
    ),
    sa.Index(
        "ix_pending_acts_kind_object_id", "kind", "object_id", **where("state = 'waiting'"), unique=True
    ),
    comment="acts that one officer proposed and another one confirms before they have any effect",
)

sa.Table(
    "officer_accounts",
    schema,
    sa.Column("id", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("officer_id", sa.String(32), sa.ForeignKey("officers.id"), nullable=False),
    sa.Column("issuer", sa.Text, nullable=False),
    sa.Column("external_subject", sa.Text, nullable=False),
    sa.Column("password_hash", sa.Text),
    sa.Column("totp_secret", sa.LargeBinary),
    sa.Column("totp_confirmed_at", Instant),
    sa.Column("totp_last_step", sa.BigInteger),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("ended_at", Instant),
    sa.Column("opened_by", sa.String(64), nullable=False),
    sa.Column("opened_at", Instant, nullable=False),
    sa.Column("confirmed_by", sa.String(64)),
    sa.Column("confirmed_at", Instant),
    sa.Index("ix_officer_accounts_issuer_external_subject", "issuer", "external_subject", unique=True),
    sa.Index("ix_officer_accounts_officer_id", "officer_id"),
    comment="the ways in which an officer logs in: the union's identity provider, or a local account",
)

sa.Table(
    "role_assignments",
    schema,
    sa.Column("id", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("officer_id", sa.String(32), sa.ForeignKey("officers.id"), nullable=False),
    sa.Column("role", sa.String(32), nullable=False),
    sa.Column("organisation", sa.String(15), nullable=False),
    sa.Column("since", sa.Date, nullable=False),
    sa.Column("until", sa.Date),
    sa.Column("deputy_of", sa.String(32), sa.ForeignKey("officers.id")),
    sa.Column("assigned_by", sa.String(64), nullable=False),
    sa.Column("assigned_at", Instant, nullable=False),
    sa.Column("withdrawn_by", sa.String(64)),
    sa.Column("withdrawn_at", Instant),
    sa.Index("ix_role_assignments_officer_id", "officer_id"),
    comment="who has which role for which organisation and those below it, from which day to which",
)

sa.Table(
    "officer_sessions",
    schema,
    sa.Column("token_digest", sa.String(64), primary_key=True),
    sa.Column("id", sa.String(32), nullable=False, unique=True),
    sa.Column("officer_id", sa.String(32), sa.ForeignKey("officers.id"), nullable=False),
    sa.Column("account_id", sa.BigInteger, sa.ForeignKey("officer_accounts.id"), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("authenticated_at", Instant, nullable=False),
    sa.Column("seen_at", Instant, nullable=False),
    sa.Column("ended_at", Instant),
    sa.Column("end_reason", sa.String(32)),
    sa.Column("device", sa.String(100), nullable=False),
    sa.Column("provider_session", sa.Text),
    sa.Column("factors", sa.String(64), nullable=False),
    sa.Index("ix_officer_sessions_officer_id", "officer_id"),
    sa.Index("ix_officer_sessions_provider_session", "provider_session"),
    comment="sessions of officers, in browsers and on consoles",
)

sa.Table(
    "job_files",
    schema,
    sa.Column("job", sa.String(32), primary_key=True),
    sa.Column("role", sa.String(8), primary_key=True),
    sa.Column("name", sa.String(100), primary_key=True),
    sa.Column("media_type", sa.String(100), nullable=False),
    sa.Column("size_bytes", sa.Integer, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("stored_at", Instant, nullable=False),
    sa.Index("ix_job_files_stored_at", "stored_at"),
    comment="files that a background job reads and writes; what was given goes with the job's end",
)

sa.Table(
    "jobs",
    schema,
    sa.Column("number", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("id", sa.String(32), nullable=False, unique=True),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("officer", sa.String(64), nullable=False),
    sa.Column("actor_kind", sa.String(16), nullable=False),
    sa.Column("place", sa.String(15), nullable=False),
    sa.Column("title", sa.String(200), nullable=False),
    sa.Column("page", sa.String(200), nullable=False),
    sa.Column("parameters", sa.Text, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("done", sa.Integer, nullable=False),
    sa.Column("total", sa.Integer, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("result", sa.Text),
    sa.Column("faults", sa.Text),
    sa.Column("requested_at", Instant, nullable=False),
    sa.Column("started_at", Instant),
    sa.Column("seen_at", Instant),
    sa.Column("cancel_requested_at", Instant),
    sa.Column("ended_at", Instant),
    sa.Index("ix_jobs_ended_at", "ended_at"),
    sa.Index("ix_jobs_officer_number", "officer", "number"),
    sa.Index("ix_jobs_state_number", "state", "number"),
    comment="long work that officers began: it runs in the background and can be cancelled; deleted after weeks",
)

sa.Table(
    "kept_figures",
    schema,
    sa.Column("kind", sa.String(32), primary_key=True),
    sa.Column("subject", sa.String(64), primary_key=True),
    sa.Column("as_of", Instant, nullable=False),
    sa.Column("content", sa.Text, nullable=False),
    comment="figures of large installations as they were computed last; the upkeep makes them anew each day",
)

sa.Table(
    "login_throttles",
    schema,
    sa.Column("bucket", sa.String(64), primary_key=True),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("since", Instant, nullable=False),
    comment="how often somebody tried to log in lately, by login and by address",
)

sa.Table(
    "login_tickets",
    schema,
    sa.Column("token_digest", sa.String(64), primary_key=True),
    sa.Column("account_id", sa.BigInteger, sa.ForeignKey("officer_accounts.id"), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("totp_secret", sa.LargeBinary),
    sa.Column("issued_by", sa.String(64), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("used_at", Instant),
    sa.Index("ix_login_tickets_account_id", "account_id"),
    comment="steps of log-ins under way, and officers' one-time set-up codes",
)

sa.Table(
    "recovery_codes",
    schema,
    sa.Column("id", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("account_id", sa.BigInteger, sa.ForeignKey("officer_accounts.id"), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("used_at", Instant),
    sa.Index("ix_recovery_codes_account_id", "account_id"),
    comment="codes that replace an officer's phone, each once; new ones take the place of all earlier ones",
)

sa.Table(
    "member_app_links",
    schema,
    sa.Column("app", sa.String(32), primary_key=True),
    sa.Column("subject_digest", sa.String(64), primary_key=True),
    sa.Column("member_id", sa.String(64), nullable=False),
    sa.Column("linked_at", Instant, nullable=False),
    sa.Index("ix_member_app_links_member_id", "member_id"),
    comment="which member a host app's user is; made once, after the member proved her phone",
)

sa.Table(
    "member_code_sends",
    schema,
    sa.Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("phone_digest", sa.String(64), nullable=False),
    sa.Column("sent_at", Instant, nullable=False),
    sa.Index("ix_member_code_sends_phone_digest", "phone_digest"),
    sa.Index("ix_member_code_sends_sent_at", "sent_at"),
    comment="when a code was asked for a phone number (a keyed hash), for a day",
)

sa.Table(
    "member_codes",
    schema,
    sa.Column("ticket_digest", sa.String(64), primary_key=True),
    sa.Column("member_id", sa.String(64)),
    sa.Column("holders", sa.Integer, nullable=False),
    sa.Column("holder_ids", sa.Text),
    sa.Column("wrong_choices", sa.Integer),
    sa.Column("code_digest", sa.String(64), nullable=False),
    sa.Column("wrong_codes", sa.Integer, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("used_at", Instant),
    sa.Index("ix_member_codes_expires_at", "expires_at"),
    comment="one-time codes sent to members' phones; a row is written for a phone that nobody has, too",
)

sa.Table(
    "member_handovers",
    schema,
    sa.Column("token_digest", sa.String(64), primary_key=True),
    sa.Column("ticket_digest", sa.String(64), nullable=False, unique=True),
    sa.Column("app", sa.String(32), nullable=False),
    sa.Column("subject_digest", sa.String(64), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("ticket_expires_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("used_at", Instant),
    sa.Index("ix_member_handovers_expires_at", "expires_at"),
    comment="log-ins that a host app handed over, until its tokens have expired",
)

sa.Table(
    "member_sessions",
    schema,
    sa.Column("token_digest", sa.String(64), primary_key=True),
    sa.Column("id", sa.String(32), nullable=False, unique=True),
    sa.Column("member_id", sa.String(64), nullable=False),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("authenticated_at", Instant, nullable=False),
    sa.Column("seen_at", Instant, nullable=False),
    sa.Column("ended_at", Instant),
    sa.Column("end_reason", sa.String(32)),
    sa.Column("device", sa.String(100), nullable=False),
    sa.Column("way", sa.String(32), nullable=False),
    sa.Index("ix_member_sessions_member_id", "member_id"),
    comment="members' sessions on their phones, which each member lists and ends",
)

sa.Table(
    "officers",
    schema,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("subject", sa.String(64), nullable=False),
    sa.Column("post", sa.String(100), nullable=False),
    sa.Column("created_by", sa.String(64), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("ended_by", sa.String(64)),
    sa.Column("ended_at", Instant),
    sa.Index("ix_officers_subject", "subject"),
    comment="officers who may log in; an officer who left keeps the row with its end",
)

sa.Table(
    "oidc_logins",
    schema,
    sa.Column("state_digest", sa.String(64), primary_key=True),
    sa.Column("browser_digest", sa.String(64), nullable=False),
    sa.Column("return_to", sa.Text, nullable=False),
    sa.Column("session_id", sa.String(32)),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("used_at", Instant),
    sa.Index("ix_oidc_logins_started_at", "started_at"),
    comment="log-ins under way at the identity provider; nonce and PKCE verifier are derived from the cookie",
)

sa.Table(
    "oidc_logout_tokens",
    schema,
    sa.Column("token_digest", sa.String(64), primary_key=True),
    sa.Column("seen_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Index("ix_oidc_logout_tokens_expires_at", "expires_at"),
    comment="log-out tokens of the identity provider that were obeyed; each is obeyed once",
)

sa.Table(
    "senders",
    schema,
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("sources", sa.Text, nullable=False),
    sa.Column("types", sa.Text, nullable=False),
    sa.Column("uses", sa.Text, nullable=False),
    sa.Column("organisation", sa.String(15), nullable=False),
    sa.Column("created_by", sa.String(64), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("revoked_by", sa.String(64)),
    sa.Column("revoked_at", Instant),
    comment="programs that send events or read layers, and what each may send for which organisations",
)

sa.Table(
    "sender_keys",
    schema,
    sa.Column("id", sa.String(8), primary_key=True),
    sa.Column("sender", sa.String(40), sa.ForeignKey("senders.name"), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("issued_by", sa.String(64), nullable=False),
    sa.Column("issued_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("revoked_by", sa.String(64)),
    sa.Column("revoked_at", Instant),
    sa.Column("last_used_at", Instant),
    sa.Index("ix_sender_keys_sender", "sender"),
    comment="senders' keys by their digests; the keys themselves are stored nowhere",
)
