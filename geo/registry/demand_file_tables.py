"""Table of the files of demand that planners uploaded."""

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from store import Instant, metadata

planning_demand_files = Table(
    "planning_demand_files",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(100), nullable=False),
    Column("owner", String(64), nullable=False),  # the officer; other planners of the area can use the file
    Column("area", String(6), nullable=False),
    Column("file_name", String(100), nullable=False),  # its ending says how it is read
    Column("options", Text, nullable=False),  # JSON: field of the form → what was chosen
    Column("summary", Text, nullable=False),  # JSON: how it was read
    Column("content", LargeBinary, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("stored_at", Instant, nullable=False),
    UniqueConstraint("owner", "name", name="uq_planning_demand_files_owner"),
    Index("ix_planning_demand_files_area", "area"),
    comment="files of demand that planners uploaded, until their owners delete them",
)
