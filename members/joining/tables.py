"""Tables of requests to join; names and numbers in them are encrypted and go when the request ends."""

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, Text

from store import Instant, SequenceNumber, metadata

join_requests = Table(
    "join_requests",
    metadata,
    Column("id", String(32), primary_key=True),  # random
    Column("begin_key", String(64), unique=True),  # of the key of the request that began it
    Column("organisation", String(15), nullable=False),
    Column("via", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("begun_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("member_id", String(64)),
    Column("key_id", String(16)),  # of the vault's key
    Column("name", Text),  # each of these three: nonce and ciphertext in Base64
    Column("phone", Text),
    Column("id_number", Text),
    Column("code_digest", String(64)),
    Column("code_expires_at", Instant),
    Column("wrong_codes", Integer, nullable=False),
    Column("last_call", String(64)),
    Column("review_cause", String(16)),
    Column("reviewer", String(15)),
    Column("review_until", Instant),
    Column("ended_at", Instant),
    Column("decided_by", String(64)),
    Column("decision_reason", Text),
    Column("signed_up_by", String(64)),
    Column("employer", String(100)),
    Column("consent_digest", String(64)),  # of what she agreed to; None: she typed no ID number
    Column("consent_version", Integer),
    Column(
        "mark", String(48)
    ),  # by a key that is in no database: the person was proven; None before, and after the end
    Index("ix_join_requests_member_id", "member_id"),
    Index("ix_join_requests_organisation_begun_at", "organisation", "begun_at"),
    Index("ix_join_requests_state_expires_at", "state", "expires_at"),
    comment="requests to join; the person's data is encrypted, and deleted when the request ends",
)

join_code_sends = Table(
    "join_code_sends",
    metadata,
    Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    Column("phone_digest", String(64), nullable=False),
    Column("sent_at", Instant, nullable=False),
    Index("ix_join_code_sends_phone_digest", "phone_digest"),
    Index("ix_join_code_sends_sent_at", "sent_at"),
    comment="when a code was sent to a phone number (a keyed hash), for a day",
)

join_review_settings = Table(
    "join_review_settings",
    metadata,
    Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    Column("organisation", String(15), nullable=False),
    Column("reviews", Boolean, nullable=False),
    Column("days", Integer),  # None: the product's default
    Column("officer", String(64), nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_join_review_settings_organisation", "organisation", "sequence"),
    comment="append-only: which organisation reviews who joins, said by whom and when; its last row counts",
)

join_escalations = Table(
    "join_escalations",
    metadata,
    Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    Column("request_id", String(32), nullable=False),
    Column("from_organisation", String(15), nullable=False),
    Column("to_organisation", String(15), nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_join_escalations_request_id", "request_id"),
    comment="append-only: a review that was not done in time went one level up",
)

join_takers = Table(
    "join_takers",
    metadata,
    Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    Column("organisation", String(15), nullable=False),
    Column("names", Text, nullable=False),  # one a line
    Column("officer", String(64), nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_join_takers_organisation", "organisation", "sequence"),
    comment="append-only: whose workers an organisation takes, said by whom and when; its last row counts",
)

join_consents = Table(
    "join_consents",
    metadata,
    Column("organisation", String(15), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),  # from 1
    Column("handler", Text),  # these four: None if the text was withdrawn
    Column("purpose", Text),
    Column("period", Text),
    Column("law", Text),
    Column("digest", String(64), nullable=False),
    Column("officer", String(64), nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_join_consents_digest", "digest"),
    comment="append-only: what a person agrees to before her ID number is taken; an organisation's last version counts",
)
