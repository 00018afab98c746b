"""The table of searches: counts of coarse cells; no position and no person ever stands in it."""

from sqlalchemy import BigInteger, Boolean, Column, Date, SmallInteger, String, Table

from store import metadata

search_counts = Table(
    "search_counts",
    metadata,
    Column("searched_on", Date, primary_key=True),  # civil date on which the searches were made
    Column("cell", String(15), primary_key=True),  # H3, never finer than geo.search_counts.RESOLUTION
    Column("hour", SmallInteger, primary_key=True, autoincrement=False),  # of the week that was asked about
    Column("found", Boolean, primary_key=True),
    Column("count", BigInteger, nullable=False),
    comment="searches for a place by coarse cell, civil date, hour of the week and outcome",
)
