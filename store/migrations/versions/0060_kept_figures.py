"""Figures that the upkeep computes for large installations: sums of postings, and the statistics of members."""

import sqlalchemy as sa
from alembic import op

from store.tables import Instant

revision = "0060"
down_revision = "0059"


def upgrade() -> None:
    op.create_table(
        "benefit_sums",
        sa.Column("place", sa.Text, primary_key=True),
        sa.Column("account", sa.Text, primary_key=True),
        sa.Column("rule_id", sa.Text, primary_key=True),
        sa.Column("kind", sa.String(16), primary_key=True),
        sa.Column("occurred_on", sa.Date, primary_key=True),
        sa.Column("granted_on", sa.Date, primary_key=True),
        sa.Column("in_fen", sa.BigInteger, nullable=False),
        sa.Column("out_fen", sa.BigInteger, nullable=False),
        comment="sums of postings by account, day and the county of the member on the day of the grant; made anew each day",
    )
    op.create_table(
        "kept_figures",
        sa.Column("kind", sa.String(32), primary_key=True),
        sa.Column("subject", sa.String(64), primary_key=True),
        sa.Column("as_of", Instant, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        comment="figures of large installations as they were computed last; the upkeep makes them anew each day",
    )


def downgrade() -> None:
    op.drop_table("kept_figures")
    op.drop_table("benefit_sums")
