"""Sessions of members on their phones."""

import sqlalchemy as sa
from alembic import op

from store.tables import Instant

revision = "0065"
down_revision = "0064"


def upgrade() -> None:
    op.create_table(
        "member_sessions",
        sa.Column("token_digest", sa.String(64), primary_key=True),
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("member_id", sa.String(64), nullable=False),
        sa.Column("started_at", Instant, nullable=False),
        sa.Column("authenticated_at", Instant, nullable=False),
        sa.Column("seen_at", Instant, nullable=False),
        sa.Column("ended_at", Instant),
        sa.Column("end_reason", sa.String(32)),
        sa.Column("device", sa.String(100), nullable=False),
        sa.Column("way", sa.String(32), nullable=False),
        sa.UniqueConstraint("id", name="uq_member_sessions_id"),
        comment="members' sessions on their phones, which each member lists and ends",
    )
    op.create_index("ix_member_sessions_member_id", "member_sessions", ["member_id"])
