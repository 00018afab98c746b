"""Load inspections for the officers' pages: lists by state, one with its checklist, and shares of inspected stations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Select, and_, func, select

from core.civil_time import civil_date
from core.faults import FaultError
from geo.registry import find_station
from geo.registry.inspection_tables import inspection_outcomes, inspection_plans, inspection_tasks
from geo.registry.inspections import (
    InspectedShare,
    InspectionPlan,
    InspectionState,
    InspectionTask,
    count_inspected,
    list_plans,
    list_tasks,
    open_plan_condition,
    open_task_condition,
    plans_query,
    tasks_query,
)
from geo.registry.tables import stations
from geo.station import Station
from members.attachments import Attachment
from yihui.bootstrap import Wiring
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.stations.inspection_photos import list_photos
from yihui.services.stations.inspections import (
    INSPECTION_FAULTS,
    list_checklist,
    load_open_tasks,
    require_plan,
)

PAGE_SIZE = 50
MOST_EXPORTED = 100_000
InspectionList = Literal["planned", "overdue", "done", "withdrawn", "tasks", "late_tasks"]
INSPECTION_LISTS: tuple[InspectionList, ...] = (
    "planned",
    "overdue",
    "done",
    "withdrawn",
    "tasks",
    "late_tasks",
)


@dataclass(frozen=True, slots=True)
class InspectionQuery:
    """Which inspections or tasks a page lists. ``district`` is the beginning of a code."""

    shown: InspectionList = "planned"
    district: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True)
class InspectionPage:
    """A page of a list: inspections, or tasks. ``counts`` are those of the lists of what is open, in the district."""

    plans: Sequence[InspectionPlan]
    tasks: Sequence[InspectionTask]
    counts: Mapping[str, int]
    has_more: bool


def parse_inspection_query(shown: str, district: str, page: int) -> InspectionQuery:
    """Return the query of a page. *Raises*: FaultError for an unknown list or a code that is none."""
    found = [one for one in INSPECTION_LISTS if one == shown]
    district = district.strip()
    if not found:
        raise FaultError(INSPECTION_FAULTS.build("list", field="show", value=shown[:40]))
    if district and not (district.isascii() and district.isdigit() and len(district) <= 6):
        raise FaultError(INSPECTION_FAULTS.build("district", field="district", value=district[:40]))
    return InspectionQuery(found[0], district, page)


def load_inspection_page(wiring: Wiring, scope: OfficerScope, query: InspectionQuery) -> InspectionPage:
    """Load a page of inspections, or of tasks, of the officer's districts."""
    today = civil_date(wiring.now())
    with wiring.database.read() as connection:
        counts = {
            "planned": _count(connection, inspection_plans, _condition("planned", scope, query, today)),
            "overdue": _count(connection, inspection_plans, _condition("overdue", scope, query, today)),
            "tasks": _count(connection, inspection_tasks, _condition("tasks", scope, query, today)),
            "late_tasks": _count(connection, inspection_tasks, _condition("late_tasks", scope, query, today)),
        }
        first = (query.page - 1) * PAGE_SIZE
        wanted = _list_query(scope, query, today).offset(first).limit(PAGE_SIZE + 1)
        if query.shown in ("tasks", "late_tasks"):
            tasks = list_tasks(connection, wanted)
            return InspectionPage((), tasks[:PAGE_SIZE], counts, len(tasks) > PAGE_SIZE)
        plans = list_plans(connection, wanted)
        return InspectionPage(plans[:PAGE_SIZE], (), counts, len(plans) > PAGE_SIZE)


def load_all_inspections(
    wiring: Wiring, scope: OfficerScope, query: InspectionQuery
) -> tuple[Sequence[InspectionPlan], Sequence[InspectionTask]]:
    """Load every inspection or task of a list, for an export."""
    with wiring.database.read() as connection:
        wanted = _list_query(scope, query, civil_date(wiring.now())).limit(MOST_EXPORTED)
        if query.shown in ("tasks", "late_tasks"):
            return (), list_tasks(connection, wanted)
        return list_plans(connection, wanted), ()


def _list_query(scope: OfficerScope, query: InspectionQuery, today: date) -> Select[Any]:
    condition = _condition(query.shown, scope, query, today)
    if query.shown in ("tasks", "late_tasks"):
        task = inspection_tasks.c
        return tasks_query().where(condition).order_by(task.due_on, task.number)
    plan = inspection_plans.c
    newest_first = query.shown in ("done", "withdrawn")
    order = (plan.number.desc(),) if newest_first else (plan.due_on, plan.number)
    return plans_query().where(condition).order_by(*order)


def _condition(
    shown: InspectionList, scope: OfficerScope, query: InspectionQuery, today: date
) -> ColumnElement[bool]:
    there = [scope.station_condition()]
    if query.district:
        there.append(stations.c.district.startswith(query.district, autoescape=True))
    match shown:
        case "planned":
            there.append(open_plan_condition())
        case "overdue":
            there += [open_plan_condition(), inspection_plans.c.due_on < today]
        case "tasks":
            there.append(open_task_condition())
        case "late_tasks":
            there += [open_task_condition(), inspection_tasks.c.due_on < today]
        case _:
            there.append(inspection_outcomes.c.kind == InspectionState(shown).value)
    return and_(*there)


def _count(connection: Connection, table: Any, condition: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(table).join(stations, stations.c.id == table.c.station_id)
    if table is inspection_plans:
        ended = inspection_outcomes.c.plan_number == inspection_plans.c.number
        query = query.outerjoin(inspection_outcomes, ended)
    return int(connection.execute(query.where(condition)).scalar_one())


def count_overdue_inspections(connection: Connection, scope: OfficerScope) -> int:
    """Count the inspections of the officer's districts whose last day is over."""
    condition = _condition("overdue", scope, InspectionQuery(), scope.day)
    return _count(connection, inspection_plans, condition)


def count_late_tasks(connection: Connection, scope: OfficerScope) -> int:
    """Count what should have been mended by now in the officer's districts."""
    condition = _condition("late_tasks", scope, InspectionQuery(), scope.day)
    return _count(connection, inspection_tasks, condition)


@dataclass(frozen=True, slots=True)
class InspectionFile:
    """An inspection with its station, the items to look at, and what has to be mended there."""

    plan: InspectionPlan
    station: Station | None  # None: it has left the register
    items: Sequence[str]
    tasks: Sequence[InspectionTask]
    photos: Sequence[Attachment]
    today: date


def load_inspection(wiring: Wiring, scope: OfficerScope, number: int) -> InspectionFile:
    """Load an inspection. *Raises*: FaultError if there is none in the officer's districts."""
    now = wiring.now()
    with wiring.database.read() as connection:
        plan = require_plan(connection, scope, number)
        station = find_station(connection, plan.station)
        items = list_checklist(connection, station, now) if station else ()
        tasks = load_open_tasks(connection, plan.station)
        photos = list_photos(connection, number)
        return InspectionFile(plan, station, items, tasks, photos, civil_date(now))


@dataclass(frozen=True, slots=True)
class StationInspections:
    """What a station's page shows: its newest inspections, and what has to be mended."""

    plans: Sequence[InspectionPlan]
    tasks: Sequence[InspectionTask]


def load_station_inspections(wiring: Wiring, station_id: str) -> StationInspections:
    """Load the newest inspections of a station and its open tasks."""
    plan = inspection_plans.c
    with wiring.database.read() as connection:
        query = plans_query().where(plan.station_id == station_id).order_by(plan.number.desc()).limit(10)
        return StationInspections(list_plans(connection, query), load_open_tasks(connection, station_id))


def load_inspected_shares(
    wiring: Wiring, scope: OfficerScope, district: str, year: int
) -> list[InspectedShare]:
    """Load the shares of stations inspected in a year: by city of a province, else by county."""
    prefix = district.rstrip("0") if len(district) == 6 else district
    within = scope.station_condition()
    if prefix:
        within = and_(within, stations.c.district.startswith(prefix, autoescape=True))
    tops = [code.rstrip("0") for code in scope.organisations or ()]
    is_wide = len(prefix) <= 2 and (scope.is_everywhere or any(len(top) <= 2 for top in tops))
    period = (date(year, 1, 1), date(year, 12, 31))
    with wiring.database.read() as connection:
        return count_inspected(connection, within, 4 if is_wide else 6, *period)
