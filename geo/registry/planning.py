"""What planners store in the database: files of demand, and scenarios of stations that open longer, close or are added."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic_core import from_json, to_json
from sqlalchemy import (
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    Row,
    Select,
    String,
    Table,
    Text,
    UniqueConstraint,
    delete,
    func,
    insert,
    select,
    update,
)

from store import Instant, SequenceNumber, metadata

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


UPLOADED_DEMAND = "uploaded:"  # and the id of a file: how an analysis names it as its demand
_TABLE, _ONE = planning_demand_files, planning_demand_files.c
_DESCRIBED = (
    *(_ONE.id, _ONE.name, _ONE.owner, _ONE.area, _ONE.file_name),
    *(_ONE.options, _ONE.summary, _ONE.size_bytes, _ONE.stored_at),
)


@dataclass(frozen=True, slots=True)
class DemandFile:
    """A file of demand without its content.

    ``options`` are the fields of the form that say how it is read, ``summary`` is how it was read, as JSON.
    """

    id: str
    name: str
    owner: str
    area: str
    file_name: str
    options: Mapping[str, str]
    summary: Mapping[str, object]
    size_bytes: int
    stored_at: datetime


def record_demand_file(connection: Connection, file: DemandFile, content: bytes) -> None:
    """Store a file with its content."""
    values = {name: getattr(file, name) for name in DemandFile.__slots__}
    values |= {name: to_json(dict(values[name])).decode() for name in ("options", "summary")}
    connection.execute(insert(_TABLE).values(**values, content=content))


def find_demand_file(connection: Connection, id_: str) -> DemandFile | None:
    """Return a file without its content."""
    row = connection.execute(select(*_DESCRIBED).where(_ONE.id == id_)).first()
    return None if row is None else build_demand_file(row)


def read_demand_content(connection: Connection, id_: str) -> bytes | None:
    """Return the content of a file."""
    content: bytes | None = connection.execute(select(_ONE.content).where(_ONE.id == id_)).scalar()
    return content


def select_demand_files() -> Select[Any]:
    """Select all files by name, without their contents."""
    return select(*_DESCRIBED).order_by(_ONE.name, _ONE.id)


def count_owned_demand_files(connection: Connection, owner: str) -> int:
    """Count an officer's files."""
    query = select(func.count()).select_from(_TABLE).where(_ONE.owner == owner)
    return connection.execute(query).scalar_one()


def has_demand_file_named(connection: Connection, owner: str, name: str) -> bool:
    """Return whether an officer has a file of this name."""
    query = select(_ONE.id).where(_ONE.owner == owner, _ONE.name == name)
    return connection.execute(query).first() is not None


def delete_demand_file_row(connection: Connection, id_: str) -> None:
    """Delete a file with its content."""
    connection.execute(delete(_TABLE).where(_ONE.id == id_))


def build_demand_file(row: Row[*tuple[Any, ...]]) -> DemandFile:
    """Build a file of its row."""
    named = row._mapping
    return DemandFile(**{**named, **{name: from_json(named[name]) for name in ("options", "summary")}})


planning_scenarios = Table(
    "planning_scenarios",
    metadata,
    Column("number", SequenceNumber, primary_key=True),
    Column("area", String(6), nullable=False, index=True),
    Column("name", String(100), nullable=False),
    Column("at", Instant, nullable=False),  # when it is measured
    Column("radius_m", Integer, nullable=False),
    Column("demand", String(64), nullable=False),  # by which it is measured, as an analysis names it
    Column("changes", Text, nullable=False),  # JSON: stations that open longer, are closed or are added
    Column("version", Integer, nullable=False),
    Column("made_by", String(64), nullable=False),
    Column("made_at", Instant, nullable=False),
    comment="scenarios of planners: changes of stations that are measured beside the register",
)
_ONE_SCENARIO = planning_scenarios.c


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario of an area; ``changes`` is JSON. *Units*: metres."""

    number: int
    version: int
    name: str
    area: str
    at: datetime
    radius_m: int
    demand: str
    changes: str
    made_by: str
    made_at: datetime


def read_scenario(row: Row[Any]) -> Scenario:
    """Return the scenario of a row."""
    return Scenario(**row._asdict())


def insert_scenario(connection: Connection, values: Mapping[str, object]) -> int:
    """Store a new scenario; return its number, which the database gives."""
    made = insert(planning_scenarios).values(values).returning(_ONE_SCENARIO.number)
    return int(connection.execute(made).scalar_one())


def find_scenario(connection: Connection, number: int, *, lock: bool = False) -> Scenario | None:
    """Return a scenario, locked if it is to be changed."""
    query = select(planning_scenarios).where(_ONE_SCENARIO.number == number)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else read_scenario(row)


def list_scenarios_of(connection: Connection, area: str) -> Sequence[Scenario]:
    """List the scenarios of an area by name."""
    query = (
        select(planning_scenarios)
        .where(_ONE_SCENARIO.area == area)
        .order_by(_ONE_SCENARIO.name, _ONE_SCENARIO.number)
    )
    return [read_scenario(row) for row in connection.execute(query)]


def change_scenario(connection: Connection, one: Scenario) -> None:
    """Store another name, instant, radius and demand, and other changes, as the next version."""
    values = {name: getattr(one, name) for name in ("name", "at", "radius_m", "demand", "changes")}
    made = update(planning_scenarios).where(_ONE_SCENARIO.number == one.number)
    connection.execute(made.values(values | {"version": one.version + 1}))


def delete_scenario(connection: Connection, number: int) -> None:
    """Delete a scenario."""
    connection.execute(delete(planning_scenarios).where(_ONE_SCENARIO.number == number))
