"""Planners' scenarios in the database: what would be if some stations opened longer, closed or were added."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    Column,
    Connection,
    Index,
    Integer,
    String,
    Table,
    Text,
    insert,
    select,
    update,
)

from store import Instant, SequenceNumber, metadata

planning_scenarios = Table(
    "planning_scenarios",
    metadata,
    Column("number", SequenceNumber, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("name", String(100), nullable=False),
    Column("area", String(6), nullable=False),
    Column("at", Instant, nullable=False),  # when it is measured
    Column("radius_m", Integer, nullable=False),
    Column("changes", Text, nullable=False),  # JSON: stations that open longer, are closed or are added
    Column("made_by", String(64), nullable=False),
    Column("made_at", Instant, nullable=False),
    Index("ix_planning_scenarios_area", "area"),
    comment="scenarios of planners: changes of stations that are measured beside the register",
)
_ONE = planning_scenarios.c


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario of an area; ``changes`` is JSON. *Units*: metres."""

    number: int
    version: int
    name: str
    area: str
    at: datetime
    radius_m: int
    changes: str
    made_by: str
    made_at: datetime


def insert_scenario(connection: Connection, values: Mapping[str, object]) -> int:
    """Store a new scenario; return its number, which the database gives."""
    made = insert(planning_scenarios).values(values).returning(_ONE.number)
    return int(connection.execute(made).scalar_one())


def find_scenario(connection: Connection, number: int, *, lock: bool = False) -> Scenario | None:
    """Return a scenario, locked if it is to be changed."""
    query = select(planning_scenarios).where(_ONE.number == number)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else Scenario(*row)


def list_scenarios_of(connection: Connection, area: str) -> Sequence[Scenario]:
    """List the scenarios of an area by name."""
    query = select(planning_scenarios).where(_ONE.area == area).order_by(_ONE.name, _ONE.number)
    return [Scenario(*row) for row in connection.execute(query)]


def change_scenario(connection: Connection, one: Scenario, name: str, changes: str) -> None:
    """Store another name and other changes."""
    values = {"version": one.version + 1, "name": name, "changes": changes}
    connection.execute(update(planning_scenarios).where(_ONE.number == one.number).values(values))
