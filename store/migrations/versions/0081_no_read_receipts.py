"""No instant is stored up to which a member has read: her phone alone knows it."""

import sqlalchemy as sa
from alembic import op

from store import Instant

revision = "0081"
down_revision = "0080"


def upgrade() -> None:
    op.drop_table("message_marks")


def downgrade() -> None:
    op.create_table(
        "message_marks",
        sa.Column("member_id", sa.String(64), primary_key=True),
        sa.Column("seen_until", Instant, nullable=False),
        comment="up to which message each member has read; they go with the member's erasure",
    )
