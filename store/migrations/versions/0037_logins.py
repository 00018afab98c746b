"""What stands behind the log-in: recovery codes, tickets, consoles' requests, counts of tries."""

import sqlalchemy as sa
from alembic import op

from store.tables import Instant, SequenceNumber

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    op.create_table(
        "recovery_codes",
        sa.Column("id", SequenceNumber, primary_key=True, autoincrement=True),
        sa.Column("account_id", sa.BigInteger, sa.ForeignKey("officer_accounts.id"), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("used_at", Instant),
        comment="codes that replace an officer's phone, each once; new ones take the place of all earlier ones",
    )
    op.create_index("ix_recovery_codes_account_id", "recovery_codes", ["account_id"])
    op.create_table(
        "login_tickets",
        sa.Column("token_digest", sa.String(64), primary_key=True),
        sa.Column("account_id", sa.BigInteger, sa.ForeignKey("officer_accounts.id"), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("totp_secret", sa.LargeBinary),
        sa.Column("issued_by", sa.String(64), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.Column("used_at", Instant),
        comment="steps of log-ins under way, and officers' one-time set-up codes",
    )
    op.create_index("ix_login_tickets_account_id", "login_tickets", ["account_id"])
    op.create_table(
        "console_requests",
        sa.Column("device_digest", sa.String(64), primary_key=True),
        sa.Column("code_digest", sa.String(64), nullable=False),
        sa.Column("device", sa.String(100), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.Column("polled_at", Instant),
        sa.Column("decision", sa.String(16)),
        sa.Column("account_id", sa.BigInteger, sa.ForeignKey("officer_accounts.id")),
        sa.Column("used_at", Instant),
        sa.UniqueConstraint("code_digest", name="uq_console_requests_code_digest"),
        comment="consoles that asked for a session, until an officer allows it in the browser",
    )
    op.create_table(
        "login_throttles",
        sa.Column("bucket", sa.String(64), primary_key=True),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("since", Instant, nullable=False),
        comment="how often somebody tried to log in lately, by login and by address",
    )
