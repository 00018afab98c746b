"""How often riders searched where: counts of coarse cells, never a position or a person."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.create_table(
        "search_counts",
        sa.Column("cell", sa.String(length=15), nullable=False),
        sa.Column("searched_on", sa.Date(), nullable=False),
        sa.Column("hour", sa.SmallInteger(), nullable=False),
        sa.Column("found", sa.Boolean(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("searched_on", "cell", "hour", "found", name=op.f("pk_search_counts")),
        comment="searches for a place by coarse cell, civil date, hour of the week and outcome",
    )
