"""Who stands behind the ids by which other apps know members."""

import sqlalchemy as sa
from alembic import op

from store.tables import Instant

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.create_table(
        "feed_links",
        sa.Column("feed", sa.String(length=80), nullable=False),
        sa.Column("theirs", sa.String(length=64), nullable=False),
        sa.Column("member_id", sa.String(length=64), nullable=False),
        sa.Column("linked_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("feed", "theirs", name=op.f("pk_feed_links")),
        comment="an app's id of a person, as a keyed hash, and the member that it means",
    )
    op.create_index("ix_feed_links_member_id", "feed_links", ["member_id"], unique=False)
