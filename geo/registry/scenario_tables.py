"""Tables of planners' scenarios: who owns which, and the history of each."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text

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
