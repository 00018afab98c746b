"""Where a rider says that a place really is, what keepers answer, how many rested where and when."""

import sqlalchemy as sa
from alembic import op

from store.tables import Instant, SequenceNumber

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.add_column("station_sayings", sa.Column("lon", sa.Double(), nullable=True))
    op.add_column("station_sayings", sa.Column("lat", sa.Double(), nullable=True))
    op.create_table(
        "station_answers",
        sa.Column("sequence", SequenceNumber, autoincrement=True, nullable=False),
        sa.Column("station_id", sa.String(length=128), nullable=False),
        sa.Column("report", sa.String(length=19), nullable=False),
        sa.Column("answer", sa.String(length=16), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("keeper", sa.String(length=8), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("recorded_at", Instant, nullable=False),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_station_answers_station_id")),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_station_answers")),
        comment="append-only: what keepers answered to riders' reports",
    )
    op.create_index("ix_station_answers_report", "station_answers", ["report"], unique=False)
    op.create_table(
        "use_counts",
        sa.Column("used_on", sa.Date(), nullable=False),
        sa.Column("station_id", sa.String(length=128), nullable=False),
        sa.Column("hour", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_use_counts_station_id")),
        sa.PrimaryKeyConstraint("used_on", "station_id", "hour", name=op.f("pk_use_counts")),
        comment="how many rested at a station, by civil date and hour of the week; nothing says who",
    )
