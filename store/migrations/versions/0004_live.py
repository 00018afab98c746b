"""Keepers' keys, what was said of stations, inspections."""

import sqlalchemy as sa
from alembic import op

from store.tables import Instant, SequenceNumber

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "keeper_keys",
        sa.Column("id", sa.String(length=8), nullable=False),
        sa.Column("station_id", sa.String(length=128), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("revoked_at", Instant, nullable=True),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_keeper_keys_station_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_keeper_keys")),
        comment="who may speak for a station: one key, one station",
    )
    op.create_index("ix_keeper_keys_station_id", "keeper_keys", ["station_id"], unique=False)
    op.create_table(
        "station_sayings",
        sa.Column("sequence", SequenceNumber, autoincrement=True, nullable=False),
        sa.Column("station_id", sa.String(length=128), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("lapses_at", Instant, nullable=False),
        sa.Column("voice", sa.String(length=16), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("who", sa.String(length=64), nullable=False),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.Column("facilities", sa.Text(), nullable=False),
        sa.Column("first", sa.Date(), nullable=True),
        sa.Column("last", sa.Date(), nullable=True),
        sa.Column("hours_text", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("recorded_at", Instant, nullable=False),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_station_sayings_station_id")),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_station_sayings")),
        comment="append-only: what riders, keepers and officers said of a station",
    )
    for columns in (["station_id", "at"], ["lapses_at"], ["who", "at"], ["event_id"]):
        op.create_index(f"ix_station_sayings_{'_'.join(columns)}", "station_sayings", columns, unique=False)
    op.create_table(
        "station_inspections",
        sa.Column("sequence", SequenceNumber, autoincrement=True, nullable=False),
        sa.Column("station_id", sa.String(length=128), nullable=False),
        sa.Column("inspected_on", sa.Date(), nullable=False),
        sa.Column("meets_standard", sa.Boolean(), nullable=False),
        sa.Column("missing", sa.Text(), nullable=False),
        sa.Column("voice", sa.String(length=16), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("recorded_at", Instant, nullable=False),
        sa.ForeignKeyConstraint(
            ["station_id"], ["stations.id"], name=op.f("fk_station_inspections_station_id")
        ),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_station_inspections")),
        comment="append-only: when somebody was there to inspect, and what was found",
    )
    op.create_index(
        "ix_station_inspections_station_id_inspected_on",
        "station_inspections",
        ["station_id", "inspected_on"],
        unique=False,
    )
