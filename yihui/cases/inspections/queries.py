"""Which inspections and tasks an officer may see, and which share of stations was inspected."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_

from core.civil_time import civil_date
from geo.registry.inspections import (
    InspectedShare,
    InspectionPlan,
    InspectionState,
    InspectionTask,
    count_inspected,
    inspection_outcomes,
    inspection_plans,
    inspection_tasks,
    list_plans,
    list_tasks,
    open_plan_condition,
    open_task_condition,
    plans_query,
    read_plan,
    read_task,
    tasks_query,
)
from geo.registry.tables import stations
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.frame.listing import Looking, RowSlice, find_selected


def find_listed_plans(look: Looking[Any], right: Right = Right.READ_STATIONS) -> RowSlice[InspectionPlan]:
    """Find inspections of a state: open ones by their last day, others the newest first."""
    plan, state = inspection_plans.c, look.filter.state
    is_open = state in ("planned", "overdue")
    order = (plan.due_on, plan.number) if is_open else (plan.number.desc(),)
    query = plans_query().where(is_within(look, right), *_plan_conditions(state, civil_date(look.now)))
    return find_selected(look, query.order_by(*order), read_plan)


def find_listed_tasks(look: Looking[Any], right: Right = Right.READ_STATIONS) -> RowSlice[InspectionTask]:
    """Find what is to be mended, the most urgent first."""
    task = inspection_tasks.c
    query = tasks_query().where(is_within(look, right), open_task_condition())
    if look.filter.overdue:
        query = query.where(task.due_on < civil_date(look.now))
    return find_selected(look, query.order_by(task.due_on, task.number), read_task)


def load_inspected_shares(look: Looking[Any], year: int) -> list[InspectedShare]:
    """Load the shares of stations inspected in a year: by city of a province, else by county."""
    scope, prefix = look.scope(Right.READ_STATIONS), _begin(look.filter.district)
    tops = [code.rstrip("0") for code in scope.organisations or ()]
    is_wide = len(prefix) <= 2 and (scope.is_everywhere or any(len(top) <= 2 for top in tops))
    period = (date(year, 1, 1), date(year, 12, 31))
    return count_inspected(look.connection, is_within(look), 4 if is_wide else 6, *period)


def _begin(district: str | None) -> str:
    """Return how the codes of a district's stations begin."""
    return re.sub(r"(?:00)+$", "", district or "")


def is_within(look: Looking[Any], right: Right = Right.READ_STATIONS) -> ColumnElement[bool]:
    """Return the condition that a station lies in the officer's districts, and in the one that is asked for."""
    within, prefix = look.scope(right).station_condition(), _begin(look.filter.district)
    return and_(within, stations.c.district.startswith(prefix, autoescape=True)) if prefix else within


def _plan_conditions(state: str, today: date) -> list[ColumnElement[bool]]:
    match state:
        case "all":
            return []
        case "planned":
            return [open_plan_condition()]
        case "overdue":
            return [open_plan_condition(), inspection_plans.c.due_on < today]
        case _:
            return [inspection_outcomes.c.kind == InspectionState(state).value]


def load_open_tasks(connection: Connection, station_id: str) -> list[InspectionTask]:
    """Load what has to be mended at a station, the oldest first."""
    task = inspection_tasks.c
    query = tasks_query().where(task.station_id == station_id, open_task_condition())
    return list_tasks(connection, query.order_by(task.number))


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
