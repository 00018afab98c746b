"""Tables behind the log-in: recovery codes, tickets between its steps, counts of tries."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from store import Instant, SequenceNumber, metadata

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
