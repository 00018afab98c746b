"""Log-ins under way at the identity provider, and its log-out tokens that were obeyed."""

import sqlalchemy as sa
from alembic import op

from store.tables import Instant

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    op.create_table(
        "oidc_logins",
        sa.Column("state_digest", sa.String(64), primary_key=True),
        sa.Column("browser_digest", sa.String(64), nullable=False),
        sa.Column("return_to", sa.Text, nullable=False),
        sa.Column("session_id", sa.String(32)),
        sa.Column("started_at", Instant, nullable=False),
        sa.Column("used_at", Instant),
        comment="log-ins under way at the identity provider; nonce and PKCE verifier are derived from the cookie",
    )
    op.create_index("ix_oidc_logins_started_at", "oidc_logins", ["started_at"])
    op.create_table(
        "oidc_logout_tokens",
        sa.Column("token_digest", sa.String(64), primary_key=True),
        sa.Column("seen_at", Instant, nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        comment="log-out tokens of the identity provider that were obeyed; each is obeyed once",
    )
    op.create_index("ix_oidc_logout_tokens_expires_at", "oidc_logout_tokens", ["expires_at"])
