"""Comments of officers on submitted versions of rules."""

import sqlalchemy as sa
from alembic import op

from store.guards import create_guards
from store.tables import Instant, SequenceNumber

revision = "0052"
down_revision = "0051"


def upgrade() -> None:
    op.create_table(
        "rule_comments",
        sa.Column("number", SequenceNumber, primary_key=True, autoincrement=True),
        sa.Column("hash", sa.String(64), sa.ForeignKey("rule_versions.hash"), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        comment="append-only: what officers discuss of a submitted version",
    )
    op.create_index("ix_rule_comments_hash_number", "rule_comments", ["hash", "number"])
    create_guards(op.get_bind())
