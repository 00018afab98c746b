"""Tables of officers, senders and members' log-ins, their accounts, roles, keys and sessions, and the audit log."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from store import BatchedTable, Instant, SequenceNumber, metadata, rows_where

_OFFICER_ID = String(32)
_ORGANISATION = String(15)

officers = Table(
    "officers",
    metadata,
    Column("id", _OFFICER_ID, primary_key=True),  # a short name that colleagues know, never a whole name
    Column("subject", String(64), nullable=False),  # the person: two officers of one subject are one person
    Column("post", String(100), nullable=False),  # what colleagues see beside the id, such as 市总财务
    Column("created_by", String(64), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("ended_by", String(64)),
    Column("ended_at", Instant),
    Index("ix_officers_subject", "subject"),
    comment="officers who may log in; an officer who left keeps the row with its end",
)

officer_accounts = Table(
    "officer_accounts",
    metadata,
    Column("id", SequenceNumber, primary_key=True, autoincrement=True),
    Column("officer_id", _OFFICER_ID, ForeignKey("officers.id"), nullable=False),
    Column("issuer", Text, nullable=False),  # of the identity provider; empty for a local account
    Column("external_subject", Text, nullable=False),  # the provider's sub; for a local account its login
    Column("password_hash", Text),  # argon2id, with its parameters; local accounts only
    Column("totp_secret", LargeBinary),  # encrypted by a key outside of the database
    Column("totp_confirmed_at", Instant),
    Column("totp_last_step", BigInteger),  # a code of this step or an earlier one is refused
    Column("created_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("opened_by", String(64), nullable=False),  # who added or linked it, or issued its last set-up code
    Column("opened_at", Instant, nullable=False),
    Column("confirmed_by", String(64)),  # the second administrator who looked at the opening
    Column("confirmed_at", Instant),
    Index("ix_officer_accounts_officer_id", "officer_id"),
    Index("ix_officer_accounts_issuer_external_subject", "issuer", "external_subject", unique=True),
    comment="the ways in which an officer logs in: the union's identity provider, or a local account",
)

role_assignments = Table(
    "role_assignments",
    metadata,
    Column("id", SequenceNumber, primary_key=True, autoincrement=True),
    Column("officer_id", _OFFICER_ID, ForeignKey("officers.id"), nullable=False),
    Column("role", String(32), nullable=False),
    Column("organisation", _ORGANISATION, nullable=False),  # and all organisations below it
    Column("since", Date, nullable=False),
    Column("until", Date),  # the last day
    Column("deputy_of", _OFFICER_ID, ForeignKey("officers.id")),  # whose role it is, for a deputy
    Column("assigned_by", String(64), nullable=False),
    Column("assigned_at", Instant, nullable=False),
    Column("withdrawn_by", String(64)),
    Column("withdrawn_at", Instant),
    Index("ix_role_assignments_officer_id", "officer_id"),
    comment="who has which role for which organisation and those below it, from which day to which",
)

officer_sessions = Table(
    "officer_sessions",
    metadata,
    Column("token_digest", String(64), primary_key=True),  # SHA-256 of the token, which is stored nowhere
    Column("id", String(32), nullable=False, unique=True),  # what lists and logs show of the session
    Column("officer_id", _OFFICER_ID, ForeignKey("officers.id"), nullable=False),
    Column("account_id", BigInteger, ForeignKey("officer_accounts.id"), nullable=False),
    Column("kind", String(16), nullable=False),  # browser, or console
    Column("started_at", Instant, nullable=False),
    Column("authenticated_at", Instant, nullable=False),  # the last log-in with all factors
    Column("seen_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("end_reason", String(32)),
    Column("device", String(100), nullable=False),  # browser and system, as its owner recognises them
    Column("provider_session", Text),  # the identity provider's sid, for its log-out
    Column(
        "factors", String(64), nullable=False
    ),  # how the officer logged in: pwd otp, or the provider's acr
    Index("ix_officer_sessions_officer_id", "officer_id"),
    Index("ix_officer_sessions_provider_session", "provider_session"),
    comment="sessions of officers, in browsers and on consoles",
)

audit_entries = Table(
    "audit_entries",
    metadata,
    Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("actor_kind", String(16), nullable=False),
    Column("role", String(32)),  # by which the actor was allowed to; None for those who need none
    Column("deputy_of", _OFFICER_ID),
    Column("organisation", _ORGANISATION),  # the subtree in which it was done
    Column("act", String(64), nullable=False),  # a right, or an act below one: members.unmask
    Column("object_kind", String(32), nullable=False),
    Column("object_id", String(128), nullable=False),
    Column("reason", Text, nullable=False),
    Column("changes", Text, nullable=False),  # JSON: {"before": …, "after": …}, without personal data
    Column("request_id", String(64)),
    Column("batch", BigInteger, nullable=False),  # see row_batches
    Index("ix_audit_entries_actor_at", "actor", "at"),
    Index("ix_audit_entries_object_kind_object_id", "object_kind", "object_id"),
    Index("ix_audit_entries_at", "at"),
    Index("ix_audit_entries_organisation", "organisation"),
    comment="append-only: every act of an officer and every reading of personal data, sealed with the ledger",
)

AUDIT_BATCHES = BatchedTable(
    audit_entries,
    (
        "at",
        "actor",
        "actor_kind",
        "role",
        "deputy_of",
        "organisation",
        "act",
        "object_kind",
        "object_id",
        "reason",
        "changes",
        "request_id",
    ),
    texts=frozenset({"reason", "changes"}),
)

head_receivers = Table(
    "head_receivers",
    metadata,
    Column("place", String(300), primary_key=True),  # as doctor names it: without user, key or query
    Column("heads_digest", String(64)),  # of the heads that it got last
    Column("sent_at", Instant),
    Column("tries", Integer, nullable=False),  # that failed since
    Column("tried_at", Instant, nullable=False),
    Column("fault", Text),  # of the last try; None if it went well
    comment="where heads of the chains are sent: what each receiver got last, and why it did not",
)

form_submissions = Table(
    "form_submissions",
    metadata,
    Column("key", String(22), primary_key=True),
    Column("actor", String(64), nullable=False),
    Column("submitted_at", Instant, nullable=False),
    Column("outcome", Text),  # the page or the number that the act led to; None while it isn't finished
    Column("digest", String(64)),  # SHA-256 of what was sent, where the act's own transaction claimed the key
    Column("actor_kind", String(16)),
    Column("act", String(64)),  # as the audit log names it
    Column("page", Text),  # the path that the form was sent to: it names the record
    Column("reported_at", Instant),  # when the audit log got an entry that the outcome is unknown
    Column(
        "organisations", Text
    ),  # JSON: for which subtrees the officer held the act's right; None: everywhere
    Index("ix_form_submissions_submitted_at", "submitted_at"),
    comment="forms of the officers' pages that were sent, so that each is carried out once; deleted after days",
)

pending_acts = Table(
    "pending_acts",
    metadata,
    Column("number", SequenceNumber, primary_key=True, autoincrement=True),
    Column("kind", String(32), nullable=False),  # budget_change, stop_lift, mass_reversal
    Column("object_id", String(128), nullable=False),  # the budget, or the rule
    Column("terms", Text, nullable=False),  # JSON: what it will do, and the state that it was proposed for
    Column("reason", Text, nullable=False),
    Column("proposed_by", String(64), nullable=False),
    Column("proposed_at", Instant, nullable=False),
    Column("state", String(16), nullable=False),  # waiting, confirmed, refused
    Column("decided_by", String(64)),
    Column("decided_at", Instant),
    Column("decision_reason", Text),
    Column("digest", String(64)),  # SHA-256 of all that was proposed
    Column("batch", BigInteger, nullable=False),  # see row_batches
    CheckConstraint("state IN ('waiting', 'confirmed', 'refused')", name="state"),
    CheckConstraint("state <> 'confirmed' OR decided_by <> proposed_by", name="two_people"),
    Index(
        "ix_pending_acts_kind_object_id",
        "kind",
        "object_id",
        unique=True,
        info=rows_where("state = 'waiting'"),
    ),
    comment="acts that one officer proposed and another one confirms before they have any effect",
)

PENDING_ACT_BATCHES = BatchedTable(
    pending_acts,
    ("kind", "object_id", "terms", "reason", "proposed_by", "proposed_at", "digest"),
    ("number",),
    singly=True,
)


_NAME = String(40)
_BY = String(64)

senders = Table(
    "senders",
    metadata,
    Column("name", _NAME, primary_key=True),
    Column("sources", Text, nullable=False),  # JSON array: CloudEvents sources, or prefixes that end in /
    Column("types", Text, nullable=False),  # JSON array of event types
    Column("uses", Text, nullable=False),  # JSON array: events, feeds, gis
    Column("organisation", String(15), nullable=False),  # and all organisations below it
    Column("created_by", _BY, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("revoked_by", _BY),
    Column("revoked_at", Instant),
    comment="programs that send events or read layers, and what each may send for which organisations",
)

sender_keys = Table(
    "sender_keys",
    metadata,
    Column("id", String(8), primary_key=True),
    Column("sender", _NAME, ForeignKey("senders.name"), nullable=False),
    Column("digest", String(64), nullable=False),  # SHA-256 of the key, which is stored nowhere
    Column("issued_by", _BY, nullable=False),
    Column("issued_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),  # the first instant at which it no longer counts
    Column("revoked_by", _BY),
    Column("revoked_at", Instant),
    Column("last_used_at", Instant),  # to the minute
    Index("ix_sender_keys_sender", "sender"),
    comment="senders' keys by their digests; the keys themselves are stored nowhere",
)


_DIGEST = String(64)  # SHA-256 of a secret that is stored nowhere

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("id", SequenceNumber, primary_key=True, autoincrement=True),
    Column("account_id", BigInteger, ForeignKey("officer_accounts.id"), nullable=False),
    Column("digest", _DIGEST, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("used_at", Instant),
    Index("ix_recovery_codes_account_id", "account_id"),
    comment="codes that replace an officer's phone, each once; new ones take the place of all earlier ones",
)

login_tickets = Table(
    "login_tickets",
    metadata,
    Column("token_digest", _DIGEST, primary_key=True),
    Column("account_id", BigInteger, ForeignKey("officer_accounts.id"), nullable=False),
    Column("kind", String(16), nullable=False),  # setup, code, or enrol: the next step that it opens
    Column("totp_secret", LargeBinary),  # encrypted; the secret that enrolment would confirm
    Column("issued_by", String(64), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
    Index("ix_login_tickets_account_id", "account_id"),
    comment="steps of log-ins under way, and officers' one-time set-up codes",
)

login_throttles = Table(
    "login_throttles",
    metadata,
    Column("bucket", _DIGEST, primary_key=True),  # keyed hash of a login, an address or an officer
    Column("tries", Integer, nullable=False),
    Column("since", Instant, nullable=False),
    comment="how often somebody tried to log in lately, by login and by address",
)


member_sessions = Table(
    "member_sessions",
    metadata,
    Column("token_digest", String(64), primary_key=True),  # SHA-256 of the token, which is stored nowhere
    Column("id", String(32), nullable=False, unique=True),  # what lists and logs show of the session
    Column("member_id", String(64), nullable=False),
    Column("started_at", Instant, nullable=False),
    Column(
        "authenticated_at", Instant, nullable=False
    ),  # the last code that the member entered, or hand-over
    Column("seen_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("end_reason", String(32)),
    Column("device", String(100), nullable=False),  # browser and system, as the member recognises them
    Column("way", String(32), nullable=False),  # code, or the name of the app that handed the log-in over
    Index("ix_member_sessions_member_id", "member_id"),
    comment="members' sessions on their phones, which each member lists and ends",
)

member_codes = Table(
    "member_codes",
    metadata,
    Column("ticket_digest", String(64), primary_key=True),  # SHA-256 of what the browser's cookie holds
    Column("member_id", String(64)),  # None: the phone is no member's, or several members'
    Column("holders", Integer, nullable=False),  # how many members have this phone
    Column("holder_ids", Text),  # JSON; None: the phone is no member's, or one member's
    Column("wrong_choices", Integer),  # answers which of them logs in; None: no wrong one
    Column("code_digest", String(64), nullable=False),
    Column("wrong_codes", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
    Index("ix_member_codes_expires_at", "expires_at"),
    comment="one-time codes sent to members' phones; a row is written for a phone that nobody has, too",
)

member_code_sends = Table(
    "member_code_sends",
    metadata,
    Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    Column("phone_digest", String(64), nullable=False),
    Column("sent_at", Instant, nullable=False),
    Index("ix_member_code_sends_phone_digest", "phone_digest"),
    Index("ix_member_code_sends_sent_at", "sent_at"),
    comment="when a code was asked for a phone number (a keyed hash), for a day",
)

member_app_links = Table(
    "member_app_links",
    metadata,
    Column("app", String(32), primary_key=True),  # the app's name in the settings
    Column("subject_digest", String(64), primary_key=True),  # keyed hash of the app's id of the person
    Column("member_id", String(64), nullable=False),
    Column("linked_at", Instant, nullable=False),
    Column("mark", String(64), nullable=False),  # of the member, by a key that is in no database
    Index("ix_member_app_links_member_id", "member_id"),
    comment="which member a host app's user is; made once, after the member proved her phone",
)

member_handovers = Table(
    "member_handovers",
    metadata,
    Column(
        "token_digest", String(64), primary_key=True
    ),  # of the issuer and the token's jti: each counts once
    Column("ticket_digest", String(64), nullable=False, unique=True),
    Column("app", String(32), nullable=False),
    Column("subject_digest", String(64), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("ticket_expires_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),  # until then the token would be accepted again
    Column("used_at", Instant),
    Index("ix_member_handovers_expires_at", "expires_at"),
    comment="log-ins that a host app handed over, until its tokens have expired",
)
