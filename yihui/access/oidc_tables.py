"""Tables behind the log-in by the union's identity provider: log-ins under way, and log-out tokens seen."""

from sqlalchemy import Column, Index, String, Table, Text

from store import Instant, metadata

_DIGEST = String(64)  # SHA-256 of a secret that is stored nowhere

oidc_logins = Table(
    "oidc_logins",
    metadata,
    Column("state_digest", _DIGEST, primary_key=True),
    Column("browser_digest", _DIGEST, nullable=False),  # of the secret in the cookie of the browser
    Column("return_to", Text, nullable=False),  # a path of the desk
    Column("session_id", String(32)),  # the session to be stepped up; None for a new one
    Column("started_at", Instant, nullable=False),
    Column("used_at", Instant),
    Index("ix_oidc_logins_started_at", "started_at"),
    comment="log-ins under way at the identity provider; nonce and PKCE verifier are derived from the cookie",
)

oidc_logout_tokens = Table(
    "oidc_logout_tokens",
    metadata,
    Column("token_digest", _DIGEST, primary_key=True),  # of the issuer and the token's jti
    Column("seen_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Index("ix_oidc_logout_tokens_expires_at", "expires_at"),
    comment="log-out tokens of the identity provider that were obeyed; each is obeyed once",
)
