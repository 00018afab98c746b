"""Tables behind the member's page: sessions, codes sent to phones, and log-ins that host apps hand over."""

from sqlalchemy import Column, Index, Integer, String, Table, Text

from store import Instant, SequenceNumber, metadata

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
