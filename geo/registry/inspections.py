"""Inspections in the database: results that events tell, plans, outcomes, tasks, and shares of inspected stations."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Date,
    ForeignKey,
    Index,
    Select,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
    insert,
    or_,
    select,
    update,
)

from geo.messages import Inspected
from geo.registry.records import history_entry, rows_with
from geo.registry.tables import station_changes, station_inspections, stations
from geo.station import Station, Status
from geo.status.statements import ReporterRole, report_from_event
from store import Instant, SequenceNumber, build_record, metadata

_ACTOR = String(64)

inspection_plans = Table(
    "inspection_plans",
    metadata,
    Column("number", SequenceNumber, primary_key=True, autoincrement=True),
    Column("station_id", String(128), ForeignKey("stations.id"), nullable=False),
    Column("due_on", Date, nullable=False),  # the last day
    Column("remark", Text, nullable=False),
    Column("planned_by", _ACTOR, nullable=False),
    Column("planned_at", Instant, nullable=False),
    Index("ix_inspection_plans_station_id", "station_id"),
    Index("ix_inspection_plans_due_on", "due_on"),
    comment="append-only: which station is to be inspected until when",
)

inspection_outcomes = Table(
    "inspection_outcomes",
    metadata,
    Column("plan_number", BigInteger, ForeignKey("inspection_plans.number"), primary_key=True),
    Column("kind", String(16), nullable=False),  # done, withdrawn
    Column("inspected_on", Date),  # None: withdrawn
    Column("answers", Text, nullable=False),  # JSON: item → its answer and note, in the checklist's order
    Column("remark", Text, nullable=False),
    Column("by", _ACTOR, nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_inspection_outcomes_inspected_on", "inspected_on"),
    comment="append-only: how a planned inspection ended, once each",
)

inspection_tasks = Table(
    "inspection_tasks",
    metadata,
    Column("number", SequenceNumber, primary_key=True, autoincrement=True),
    Column("station_id", String(128), ForeignKey("stations.id"), nullable=False),
    Column("item", String(32), nullable=False),
    Column("note", Text, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("opened_by", BigInteger, ForeignKey("inspection_plans.number"), nullable=False),
    Column("closed_by", BigInteger, ForeignKey("inspection_plans.number")),  # None: not mended yet
    UniqueConstraint("opened_by", "item", name="uq_inspection_tasks_opened_by"),
    Index("ix_inspection_tasks_station_id", "station_id"),
    Index("ix_inspection_tasks_closed_by_due_on", "closed_by", "due_on"),
    comment="what an inspection found wrong, until a later one finds it mended",
)


class InspectionState(StrEnum):
    """What became of a planned inspection."""

    PLANNED = "planned"
    DONE = "done"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class ItemAnswer:
    """What the inspector found of one item; ``is_met`` None: not looked at."""

    is_met: bool | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class InspectionOutcome:
    """How a planned inspection ended. ``inspected_on`` None: it was withdrawn."""

    state: InspectionState
    by: str
    at: datetime
    inspected_on: date | None = None
    answers: Mapping[str, ItemAnswer] = field(default_factory=dict)
    remark: str = ""


@dataclass(frozen=True, slots=True)
class InspectionPlan:
    """An inspection of a station, with its outcome once it has one. ``due_on`` is the last day."""

    number: int
    station: str
    station_name: str
    district: str | None
    district_name: str
    due_on: date
    remark: str
    planned_by: str
    planned_at: datetime
    outcome: InspectionOutcome | None = None

    @property
    def state(self) -> InspectionState:
        return self.outcome.state if self.outcome else InspectionState.PLANNED

    def is_overdue(self, today: date) -> bool:
        """Return whether the last day of the inspection is over and nobody has recorded it."""
        return self.outcome is None and self.due_on < today


@dataclass(frozen=True, slots=True)
class InspectionTask:
    """What an inspection found wrong, to be mended until a day. ``closed_by`` is the inspection that found it mended."""

    number: int
    station: str
    station_name: str
    item: str
    note: str
    due_on: date
    opened_by: int
    closed_by: int | None = None

    def is_overdue(self, today: date) -> bool:
        """Return whether it should have been mended by now."""
        return self.closed_by is None and self.due_on < today


def insert_plans(
    connection: Connection, station_ids: Sequence[str], due_on: date, remark: str, by: str, at: datetime
) -> list[int]:
    """Store a plan for each station and return their numbers, in the order of the stations."""
    row = {"due_on": due_on, "remark": remark, "planned_by": by, "planned_at": at}
    added = insert(inspection_plans).returning(inspection_plans.c.number)
    return [
        connection.execute(added.values(station_id=station, **row)).scalar_one() for station in station_ids
    ]


def insert_outcome(connection: Connection, number: int, outcome: InspectionOutcome) -> None:
    """Store how an inspection ended; it must not have ended yet."""
    answers = {item: [one.is_met, one.note] for item, one in outcome.answers.items()}
    connection.execute(
        insert(inspection_outcomes).values(
            plan_number=number,
            kind=outcome.state.value,
            inspected_on=outcome.inspected_on,
            answers=json.dumps(answers, ensure_ascii=False),
            remark=outcome.remark,
            by=outcome.by,
            at=outcome.at,
        )
    )


def insert_task(connection: Connection, plan: InspectionPlan, item: str, note: str, due_on: date) -> None:
    """Store a task that a finding of an inspection sets."""
    found = {"station_id": plan.station, "opened_by": plan.number, "item": item, "note": note}
    connection.execute(insert(inspection_tasks).values(**found, due_on=due_on))


def close_tasks(connection: Connection, numbers: Iterable[int], closed_by: int) -> None:
    """Record that an inspection found tasks mended that were open."""
    task = inspection_tasks.c
    for number in sorted(numbers):
        closed = update(inspection_tasks).where(task.number == number, task.closed_by.is_(None))
        connection.execute(closed.values(closed_by=closed_by))


def find_plan(connection: Connection, number: int) -> InspectionPlan | None:
    """Return an inspection with its outcome; None if there is none of this number."""
    found = list_plans(connection, plans_query().where(inspection_plans.c.number == number))
    return found[0] if found else None


def plans_query() -> Select[Any]:
    """Return a query of all inspections with stations and outcomes, to be narrowed and ordered."""
    plan, station, outcome = inspection_plans.c, stations.c, inspection_outcomes.c
    ended = (outcome.kind, outcome.inspected_on, outcome.answers, outcome.remark.label("outcome_remark"))
    of_station = (station.name, station.district, station.district_name)
    return (
        select(inspection_plans, *of_station, *ended, outcome.by, outcome.at)
        .join(stations, station.id == plan.station_id)
        .outerjoin(inspection_outcomes, outcome.plan_number == plan.number)
    )


def open_plan_condition() -> ColumnElement[bool]:
    """Return the condition of ``plans_query`` that an inspection has no outcome and its station is still there."""
    return inspection_outcomes.c.plan_number.is_(None) & stations.c.gone_at.is_(None)


def list_plans(connection: Connection, query: Select[Any]) -> list[InspectionPlan]:
    """Return the inspections of a query that was made from ``plans_query``."""
    return [read_plan(row) for row in connection.execute(query)]


def read_plan(row: Any) -> InspectionPlan:
    """Return the inspection of a row of ``plans_query``."""
    return build_record(
        InspectionPlan, row, station=row.station_id, station_name=row.name, outcome=_read_outcome(row)
    )


def _read_outcome(row: Any) -> InspectionOutcome | None:
    if row.kind is None:
        return None
    answers = {item: ItemAnswer(*one) for item, one in json.loads(row.answers).items()}
    state = InspectionState(row.kind)
    return InspectionOutcome(state, row.by, row.at, row.inspected_on, answers, row.outcome_remark)


def find_stations_under_plan(connection: Connection, station_ids: Sequence[str]) -> frozenset[str]:
    """Return those of some stations of which an inspection is planned and has not ended."""
    plan, outcome = inspection_plans.c, inspection_outcomes.c
    query = select(plan.station_id).outerjoin(inspection_outcomes, outcome.plan_number == plan.number)
    query = query.where(outcome.plan_number.is_(None))
    return frozenset(id for (id,) in rows_with(connection, query, plan.station_id, station_ids))


def tasks_query() -> Select[Any]:
    """Return a query of all tasks with the names of their stations, to be narrowed and ordered."""
    station = inspection_tasks.c.station_id
    return select(inspection_tasks, stations.c.name).join(stations, stations.c.id == station)


def open_task_condition() -> ColumnElement[bool]:
    """Return the condition of ``tasks_query`` that a task is not closed and its station is still there."""
    return inspection_tasks.c.closed_by.is_(None) & stations.c.gone_at.is_(None)


def list_tasks(connection: Connection, query: Select[Any]) -> list[InspectionTask]:
    """Return the tasks of a query that was made from ``tasks_query``."""
    return [read_task(row) for row in connection.execute(query)]


def read_task(row: Any) -> InspectionTask:
    """Return the task of a row of ``tasks_query``."""
    return build_record(InspectionTask, row, station=row.station_id, station_name=row.name)


def list_inspected_since(connection: Connection, station_ids: Sequence[str], day: date) -> frozenset[str]:
    """Return those of some stations that officers inspected on or after a day."""
    query = select(stations.c.id).where(_is_inspected(day, None))
    return frozenset(id for (id,) in rows_with(connection, query, stations.c.id, station_ids))


def _is_inspected(first: date, last: date | None) -> ColumnElement[bool]:
    """Return the condition that officers inspected a station within a period; a keeper's own word is none."""
    reported, plan, outcome = station_inspections.c, inspection_plans.c, inspection_outcomes.c
    is_officers = reported.voice == ReporterRole.OFFICER.value
    until = date.max if last is None else last
    events = select(reported.station_id).where(is_officers, reported.inspected_on.between(first, until))
    records = select(plan.station_id).join(inspection_outcomes, outcome.plan_number == plan.number)
    records = records.where(outcome.inspected_on.between(first, until))
    return or_(stations.c.id.in_(events), stations.c.id.in_(records))


@dataclass(frozen=True, slots=True)
class InspectedShare:
    """How many of the stations of a district, or of the districts below it, were inspected within a period."""

    district: str
    stations: int
    inspected: int

    @property
    def share(self) -> float:
        return self.inspected / self.stations if self.stations else 0.0


def count_inspected(
    connection: Connection, within: ColumnElement[bool], digits: int, first: date, last: date
) -> list[InspectedShare]:
    """Count stations and inspected ones by the first digits of their district, but for those closed for good."""
    group = func.substr(stations.c.district, 1, digits)
    there = (
        stations.c.gone_at.is_(None),
        stations.c.district.is_not(None),
        stations.c.status != Status.CLOSED_FOR_GOOD.value,
        within,
    )
    every = select(group, func.count()).where(*there).group_by(group).order_by(group)
    seen = select(group, func.count()).where(*there, _is_inspected(first, last)).group_by(group)
    inspected = {row[0]: row[1] for row in connection.execute(seen)}
    rows = connection.execute(every).all()
    return [InspectedShare(code.ljust(6, "0"), count, inspected.get(code, 0)) for code, count in rows]


def record_inspection(
    connection: Connection, found: Inspected, at: datetime, event: tuple[str, str], now: datetime
) -> None:
    """Store the result of an inspection; ``event`` is the source and the id of its event."""
    connection.execute(
        insert(station_inspections).values(
            station_id=found.station,
            inspected_on=found.on,
            meets_standard=found.meets_standard,
            missing=json.dumps(found.missing, ensure_ascii=False),
            voice=report_from_event("", at, found).voice.value,
            source=event[0],
            event_id=event[1],
            recorded_at=now,
        )
    )
    _verify(connection, found, " ".join(event), now)


def _verify(connection: Connection, found: Inspected, cause: str, now: datetime) -> None:
    """Set the register's date of verification, unless a later one is stored."""
    query = select(stations.c.verified_on).where(stations.c.id == found.station)
    before = connection.execute(query).scalar_one()
    if before is not None and before >= found.on:
        return
    changed = update(stations).where(stations.c.id == found.station).values(verified_on=found.on)
    connection.execute(changed)
    days = None if before is None else str(before), str(found.on)
    texts = (json.dumps({"verified_on": day}) for day in days)
    connection.execute(
        insert(station_changes).values(history_entry(found.station, now, "inspected", cause, *texts))
    )


def last_inspection_dates(connection: Connection, register: str) -> Mapping[str, date]:
    """Return the date of the last inspection of each station of a register."""
    c = station_inspections.c
    query = select(c.station_id, func.max(c.inspected_on)).group_by(c.station_id)
    of_register = query.join(stations, stations.c.id == c.station_id).where(stations.c.register == register)
    return {row[0]: row[1] for row in connection.execute(of_register)}


def apply_inspection_date(station: Station, inspections: Mapping[str, date]) -> Station:
    """Return an imported station, verified on the day of its inspection if that is later."""
    day = inspections.get(station.id)
    if day is None or (station.verified_on is not None and station.verified_on >= day):
        return station
    return station.model_copy(update={"verified_on": day})


@dataclass(frozen=True, slots=True)
class Inspection:
    """The result of an inspection. ``missing`` is as the officer wrote it."""

    on: date
    meets_standard: bool
    missing: tuple[str, ...]


def last_inspection(connection: Connection, station: str) -> Inspection | None:
    """Return the result of the last inspection of a station; None if it was never inspected."""
    c = station_inspections.c
    query = select(c.inspected_on, c.meets_standard, c.missing).where(c.station_id == station)
    row = connection.execute(query.order_by(c.inspected_on.desc(), c.sequence.desc()).limit(1)).one_or_none()
    return None if row is None else Inspection(row[0], row[1], tuple(json.loads(row[2])))
