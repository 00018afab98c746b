"""Letters that wait, found by their events: one whose event was handled after all waits no longer."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    where = sa.text("resolved_at IS NULL")
    op.create_index(
        "ix_dead_letters_waiting",
        "dead_letters",
        ["event_id"],
        sqlite_where=where,
        postgresql_where=where,
    )
