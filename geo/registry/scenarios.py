"""Planners' scenarios in the database: what would be if some stations opened longer, closed or were added."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Integer, Row, String, Table, Text, delete, insert, select, update

from store import Instant, SequenceNumber, metadata

planning_scenarios = Table(
    "planning_scenarios",
    metadata,
    Column("number", SequenceNumber, primary_key=True),
    Column("area", String(6), nullable=False, index=True),
    Column("name", String(100), nullable=False),
    Column("at", Instant, nullable=False),  # when it is measured
    Column("radius_m", Integer, nullable=False),
    Column("changes", Text, nullable=False),  # JSON: stations that open longer, are closed or are added
    Column("version", Integer, nullable=False),
    Column("made_by", String(64), nullable=False),
    Column("made_at", Instant, nullable=False),
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


def read_scenario(row: Row[Any]) -> Scenario:
    """Return the scenario of a row."""
    return Scenario(**row._asdict())


def insert_scenario(connection: Connection, values: Mapping[str, object]) -> int:
    """Store a new scenario; return its number, which the database gives."""
    made = insert(planning_scenarios).values(values).returning(_ONE.number)
    return int(connection.execute(made).scalar_one())


def find_scenario(connection: Connection, number: int, *, lock: bool = False) -> Scenario | None:
    """Return a scenario, locked if it is to be changed."""
    query = select(planning_scenarios).where(_ONE.number == number)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else read_scenario(row)


def list_scenarios_of(connection: Connection, area: str) -> Sequence[Scenario]:
    """List the scenarios of an area by name."""
    query = select(planning_scenarios).where(_ONE.area == area).order_by(_ONE.name, _ONE.number)
    return [read_scenario(row) for row in connection.execute(query)]


def change_scenario(connection: Connection, one: Scenario) -> None:
    """Store another name, instant and radius, and other changes, as the next version."""
    values = {name: getattr(one, name) for name in ("name", "at", "radius_m", "changes")}
    made = update(planning_scenarios).where(_ONE.number == one.number)
    connection.execute(made.values(values | {"version": one.version + 1}))


def delete_scenario(connection: Connection, number: int) -> None:
    """Delete a scenario."""
    connection.execute(delete(planning_scenarios).where(_ONE.number == number))
