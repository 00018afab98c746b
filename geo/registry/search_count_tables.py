"""The table of searches: counts by coarse cell; it holds no positions and no persons."""

from sqlalchemy import BigInteger, Boolean, Column, Date, SmallInteger, String, Table

from store import metadata

search_counts = Table(
    "search_counts",
    metadata,
    Column("searched_on", Date, primary_key=True),  # civil date on which the searches were made
    Column("cell", String(15), primary_key=True),  # H3, never finer than geo.search_counts.RESOLUTION
    Column(
        "hour", SmallInteger, primary_key=True, autoincrement=False
    ),  # hour of the week that the rider searched for
    Column("found", Boolean, primary_key=True),
    Column("count", BigInteger, nullable=False),
    comment="searches for a place by coarse cell, civil date, hour of the week and outcome",
)
