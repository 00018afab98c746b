"""Acts that wait for a second person: a budget raised, a stop lifted, many grants reversed."""

import sqlalchemy as sa
from alembic import op

from store.tables import Instant, SequenceNumber

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    op.create_table(
        "pending_acts",
        sa.Column("number", SequenceNumber, primary_key=True, autoincrement=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("object_id", sa.String(128), nullable=False),
        sa.Column("terms", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("proposed_by", sa.String(64), nullable=False),
        sa.Column("proposed_at", Instant, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("decided_by", sa.String(64)),
        sa.Column("decided_at", Instant),
        sa.Column("decision_reason", sa.Text),
        sa.CheckConstraint("state IN ('waiting', 'confirmed', 'refused')", name="state"),
        sa.CheckConstraint("state <> 'confirmed' OR decided_by <> proposed_by", name="two_people"),
        comment="acts that one officer proposed and another one confirms before they have any effect",
    )
    waiting = sa.text("state = 'waiting'")
    op.create_index(
        "ix_pending_acts_kind_object_id",
        "pending_acts",
        ["kind", "object_id"],
        unique=True,
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
