"""Devices of self-service stations with their readings and counts; sessions of stations."""

import sqlalchemy as sa
from alembic import op

from store.tables import Instant

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    op.create_table(
        "station_devices",
        sa.Column("id", sa.String(8), primary_key=True),
        sa.Column("station_id", sa.String(128), sa.ForeignKey("stations.id"), nullable=False),
        sa.Column("label", sa.String(80), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("revoked_at", Instant),
        sa.Column("stated", sa.Text, nullable=False),
        comment="the devices that report for a station, and what each stated last",
    )
    op.create_index("ix_station_devices_station_id", "station_devices", ["station_id"])
    op.create_table(
        "station_readings",
        sa.Column("source", sa.String(200), primary_key=True),
        sa.Column("event_id", sa.String(200), primary_key=True),
        sa.Column("device_id", sa.String(8), sa.ForeignKey("station_devices.id"), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("reading", sa.Text, nullable=False),
        comment="readings of the last two days; older ones are only counted",
    )
    op.create_index("ix_station_readings_device_id_at", "station_readings", ["device_id", "at"])
    op.create_index("ix_station_readings_at", "station_readings", ["at"])
    op.create_table(
        "sensed_hours",
        sa.Column("sensed_on", sa.Date, primary_key=True),
        sa.Column("station_id", sa.String(128), sa.ForeignKey("stations.id"), primary_key=True),
        sa.Column("hour", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("readings", sa.BigInteger, nullable=False),
        sa.Column("watched", sa.BigInteger, nullable=False),
        sa.Column("occupied", sa.BigInteger, nullable=False),
        sa.Column("locked", sa.BigInteger, nullable=False),
        comment="how many readings of a station's devices fell into an hour; nothing says who was there",
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(80), primary_key=True),
        sa.Column("station_id", sa.String(128), nullable=False),
        sa.Column("first_on", sa.Date, nullable=False),
        sa.Column("last_on", sa.Date, nullable=False),
        sa.Column("definition", sa.Text, nullable=False),
        sa.Column("created_by", sa.String(32), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("closed_on", sa.Date),
        comment="courses, halls and childcare terms; the rule of the same id grants their places",
    )
    op.create_index("ix_sessions_station_id", "sessions", ["station_id"])
