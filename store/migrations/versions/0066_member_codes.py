"""Codes sent to members' phones, log-ins that host apps hand over, and which member an app's user is."""

import sqlalchemy as sa
from alembic import op

from store.tables import Instant, SequenceNumber

revision = "0066"
down_revision = "0065"


def upgrade() -> None:
    op.create_table(
        "member_codes",
        sa.Column("ticket_digest", sa.String(64), primary_key=True),
        sa.Column("member_id", sa.String(64)),
        sa.Column("holders", sa.Integer, nullable=False),
        sa.Column("code_digest", sa.String(64), nullable=False),
        sa.Column("wrong_codes", sa.Integer, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.Column("used_at", Instant),
        comment="one-time codes sent to members' phones; a row is written for a phone that nobody has, too",
    )
    op.create_index("ix_member_codes_expires_at", "member_codes", ["expires_at"])
    op.create_table(
        "member_code_sends",
        sa.Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
        sa.Column("phone_digest", sa.String(64), nullable=False),
        sa.Column("sent_at", Instant, nullable=False),
        comment="when a code was asked for a phone number (a keyed hash), for a day",
    )
    op.create_index("ix_member_code_sends_phone_digest", "member_code_sends", ["phone_digest"])
    op.create_index("ix_member_code_sends_sent_at", "member_code_sends", ["sent_at"])
    _create_links()


def _create_links() -> None:
    op.create_table(
        "member_app_links",
        sa.Column("app", sa.String(32), primary_key=True),
        sa.Column("subject_digest", sa.String(64), primary_key=True),
        sa.Column("member_id", sa.String(64), nullable=False),
        sa.Column("linked_at", Instant, nullable=False),
        comment="which member a host app's user is; made once, after the member proved her phone",
    )
    op.create_index("ix_member_app_links_member_id", "member_app_links", ["member_id"])
    op.create_table(
        "member_handovers",
        sa.Column("token_digest", sa.String(64), primary_key=True),
        sa.Column("ticket_digest", sa.String(64), nullable=False),
        sa.Column("app", sa.String(32), nullable=False),
        sa.Column("subject_digest", sa.String(64), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("ticket_expires_at", Instant, nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.Column("used_at", Instant),
        sa.UniqueConstraint("ticket_digest", name="uq_member_handovers_ticket_digest"),
        comment="log-ins that a host app handed over, until its tokens have expired",
    )
    op.create_index("ix_member_handovers_expires_at", "member_handovers", ["expires_at"])
