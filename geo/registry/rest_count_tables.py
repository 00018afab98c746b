"""The table of uses: counts by station and hour; it holds no persons."""

from sqlalchemy import BigInteger, Column, Date, ForeignKey, SmallInteger, String, Table

from store import metadata

use_counts = Table(
    "use_counts",
    metadata,
    Column("used_on", Date, primary_key=True),  # civil date
    Column("station_id", String(128), ForeignKey("stations.id"), primary_key=True),
    Column("hour", SmallInteger, primary_key=True, autoincrement=False),  # of the week, from Monday 00:00
    Column("count", BigInteger, nullable=False),
    comment="how many rested at a station, by civil date and hour of the week; nothing says who",
)
