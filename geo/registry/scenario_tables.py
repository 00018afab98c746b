"""Tables of planners' scenarios with the history of each, and of the files of demand that planners uploaded."""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from store import Instant, metadata

planning_scenarios = Table(
    "planning_scenarios",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(100), nullable=False),
    Column("owner", String(64), nullable=False),  # the officer; others read it by its shared link
    Column("area", String(6), nullable=False),
    Column("version", Integer, nullable=False),  # the number of its events
    Column("share_token", String(43), unique=True),  # of the shared link; None: it is not shared
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Index("ix_planning_scenarios_owner", "owner"),
    comment="what planners would change about an area's stations",
)

planning_scenario_events = Table(
    "planning_scenario_events",
    metadata,
    Column("scenario", String(32), ForeignKey("planning_scenarios.id"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("step", String(8), nullable=False),
    Column("change", Text),  # JSON; None for a step back or forward
    Column("by", String(64), nullable=False),
    Column("at", Instant, nullable=False),
    comment="every step of a scenario: a change, a step back, a step forward",
)

planning_demand_files = Table(
    "planning_demand_files",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(100), nullable=False),
    Column("owner", String(64), nullable=False),  # the officer; other planners of the area can use the file
    Column("area", String(6), nullable=False),
    Column("file_name", String(100), nullable=False),  # its ending says how it is read
    Column("options", Text, nullable=False),  # JSON: field of the form → what was chosen
    Column("content", LargeBinary, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("stored_at", Instant, nullable=False),
    UniqueConstraint("owner", "name", name="uq_planning_demand_files_owner"),
    Index("ix_planning_demand_files_area", "area"),
    comment="files of demand that planners uploaded, until their owners delete them",
)
