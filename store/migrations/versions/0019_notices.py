"""When the topic of dead letters heard of one; letters from before are told as well."""

import sqlalchemy as sa
from alembic import op

from store.tables import Instant

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.add_column("dead_letters", sa.Column("noticed_at", Instant, nullable=True))
    where = sa.text("noticed_at IS NULL")
    op.create_index(
        "ix_dead_letters_not_noticed", "dead_letters", ["id"], sqlite_where=where, postgresql_where=where
    )
