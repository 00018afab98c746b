"""Plan inspections of stations, record what an inspector found, and withdraw a plan; each ends once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from core.civil_time import civil_date
from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from events import InboundEvent
from events.pipeline import process_batch
from geo.checks.inspection_items import list_inspection_items, list_missing_facilities
from geo.registry import find_station, load_live_summaries
from geo.registry.inspection_tables import inspection_tasks
from geo.registry.inspections import (
    InspectionOutcome,
    InspectionPlan,
    InspectionState,
    InspectionTask,
    ItemAnswer,
    close_tasks,
    find_plan,
    find_stations_under_plan,
    insert_outcome,
    insert_plans,
    insert_task,
    list_inspected_since,
    list_tasks,
    open_task_condition,
    tasks_query,
)
from geo.registry.records import present_stations_query, query_stations
from geo.registry.tables import stations
from geo.station import Kind, Station, Status
from members.privacy import has_personal_number
from store import lock_exclusive
from yihui.access.acting import state_act
from yihui.bootstrap import Wiring
from yihui.services.access.acting import run_act
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.stations.reports import build_station_event, new_event_number

DAYS_TO_INSPECT, DAYS_TO_MEND = 14, 30  # where nobody says by when
INSPECTION_SOURCE = "/inspections"  # of events
MAX_PLANNED_TOGETHER = 1_000
LONGEST_NOTE = 200
MOST_DAYS_AHEAD = 730
MOST_DAYS_BACK = 60  # between an inspection and its recording
_LOCK = "inspections of stations"
INSPECTION_FAULTS = FaultTable(
    "inspection",
    {
        "unknown": (
            N_("there is no inspection {value} in your districts"),
            N_("choose one of the list"),
        ),
        "station": (
            N_("there is no station {value} in your districts"),
            N_("choose one of the register"),
        ),
        "planned": (
            N_("an inspection of the station {value} is planned already"),
            N_("record or withdraw that one first"),
        ),
        "list": (N_("there is no list “{value}”"), N_("choose one of the page")),
        "district": (
            N_("“{value}” is no code of a district or its beginning"),
            N_("write up to six digits, such as 370102"),
        ),
        "over": (N_("the inspection {value} has ended already"), N_("look at what it found")),
        "none": (
            N_("no station of the district {value} is left to plan"),
            N_("inspections of all that match are planned, or they were inspected since that day"),
        ),
        "outside": (
            N_("the district {value} is not yours"),
            N_("choose one of your organisation or below it"),
        ),
        "too_many": (
            N_("{count} stations are more than can be planned at once"),
            N_("choose a smaller district or one kind; at most {most} go together"),
        ),
        "past": (N_("{value} is over"), N_("choose today or a later day")),
        "far": (N_("{value} is too far away"), N_("choose a day within two years")),
        "future": (N_("{value} is yet to come"), N_("record the inspection on its day or after it")),
        "long_ago": (
            N_("{value} is too long ago"),
            N_("record an inspection within {most} days"),
        ),
        "no_answer": (N_("nothing was looked at"), N_("answer at least one line with yes or no")),
        "item": (N_("“{value}” is no line of this checklist"), N_("load the page again")),
        "no_note": (
            N_("{count} lines answered with “no” don't say what is wrong"),
            N_("write in a few words beside each what is to be mended"),
        ),
        "no_photo": (
            N_("a photo is a picture, and this file is a document"),
            N_("choose a photo (JPEG, PNG, WebP)"),
        ),
        "unknown_photo": (
            N_("there is no photo {value} in your districts"),
            N_("open it from its inspection"),
        ),
        "no_reason": (N_("the reason is missing"), N_("write in a few words why")),
        "too_long": (N_("the text has {value} characters"), N_("write at most {most}")),
        "personal": (
            N_("the text holds a phone or an ID number"),
            N_("leave it out: whoever reads stations reads this too"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class PlannedPeriod:
    """Until when inspections are to be done, with a remark for the inspector, and who plans them."""

    due_on: date
    remark: str
    by: str


@dataclass(frozen=True, slots=True)
class DistrictCriteria:
    """Which stations of a district are planned: of a kind or any, not inspected since a day, if one is given."""

    district: str
    kind: Kind | None = None
    not_since: date | None = None


@dataclass(frozen=True, slots=True)
class InspectionRecord:
    """What an inspector found. ``tasks_due_on`` is the day until which what is wrong has to be mended."""

    inspected_on: date
    answers: Mapping[str, ItemAnswer]
    tasks_due_on: date
    remark: str
    by: str


def plan_inspection(wiring: Wiring, scope: OfficerScope, station_id: str, period: PlannedPeriod) -> int:
    """Plan the inspection of one station and return its number. *Raises*: FaultError."""

    def work(connection: Connection) -> int:
        lock_exclusive(connection, _LOCK)
        faults = _period_faults(wiring, period)
        station = find_station(connection, station_id)
        if station is None or not scope.covers_district(station.district):
            faults.append(INSPECTION_FAULTS.build("station", field="station", value=station_id[:40]))
        elif find_stations_under_plan(connection, [station.id]):
            faults.append(INSPECTION_FAULTS.build("planned", field="station", value=station.id))
        _raise_faults(faults)
        assert station is not None, "an unknown station is a fault"
        (number,) = _insert(wiring, connection, [station.id], period)
        state_act("inspection", str(number), after={"station": station.id, "due_on": period.due_on})
        return number

    return run_act(wiring, work)


def plan_district_inspections(
    wiring: Wiring, scope: OfficerScope, criteria: DistrictCriteria, period: PlannedPeriod
) -> list[int]:
    """Plan inspections of a district's stations that have none planned. *Raises*: FaultError."""

    def work(connection: Connection) -> list[int]:
        lock_exclusive(connection, _LOCK)
        faults = _period_faults(wiring, period)
        found = _find_plannable(connection, scope, criteria)
        if not scope.covers_district(criteria.district):
            faults.append(INSPECTION_FAULTS.build("outside", field="district", value=criteria.district))
        elif not found:
            faults.append(INSPECTION_FAULTS.build("none", field="district", value=criteria.district))
        elif len(found) > MAX_PLANNED_TOGETHER:
            fault = INSPECTION_FAULTS.build(
                "too_many", field="district", count=len(found), most=MAX_PLANNED_TOGETHER
            )
            faults.append(fault)
        _raise_faults(faults)
        numbers = _insert(wiring, connection, found, period)
        after = {"due_on": period.due_on, "count": len(numbers), "first": numbers[0], "last": numbers[-1]}
        state_act("district", criteria.district, after=after)
        return numbers

    return run_act(wiring, work)


def _insert(wiring: Wiring, connection: Connection, ids: Sequence[str], period: PlannedPeriod) -> list[int]:
    return insert_plans(connection, ids, period.due_on, period.remark.strip(), period.by, wiring.now())


def _find_plannable(connection: Connection, scope: OfficerScope, criteria: DistrictCriteria) -> list[str]:
    one = stations.c
    query = present_stations_query().where(
        OfficerScope(frozenset({criteria.district}), scope.day).station_condition(),
        scope.station_condition(),
        one.status != Status.CLOSED_FOR_GOOD.value,
    )
    if criteria.kind is not None:
        query = query.where(one.kind == criteria.kind.value)
    ids = [station.id for station in query_stations(connection, query.order_by(one.id))]
    taken = set(find_stations_under_plan(connection, ids))
    if criteria.not_since is not None:
        taken |= list_inspected_since(connection, ids, criteria.not_since)
    return [id_ for id_ in ids if id_ not in taken]


def require_plan(connection: Connection, scope: OfficerScope, number: int) -> InspectionPlan:
    """Return an inspection. *Raises*: FaultError if there is none, or it lies outside of the officer's districts."""
    plan = find_plan(connection, number)
    if plan is None or not scope.covers_district(plan.district):
        raise FaultError(INSPECTION_FAULTS.build("unknown", field="number", value=number))
    return plan


def list_checklist(connection: Connection, station: Station, now: datetime) -> tuple[str, ...]:
    """List the items of a station's checklist, with what is reported broken now."""
    live = load_live_summaries(connection, now, station=station.id).get(station.id)
    return list_inspection_items(station, live.broken_facilities if live else ())


def record_inspection(wiring: Wiring, scope: OfficerScope, number: int, record: InspectionRecord) -> None:
    """Record what an inspector found: tasks for what is wrong, tasks closed for what is mended, the station's status.

    *Raises*: FaultError with every fault; then nothing is stored.
    """

    def work(connection: Connection) -> None:
        lock_exclusive(connection, _LOCK)
        plan = _require_open(connection, scope, number)
        station = find_station(connection, plan.station)
        if station is None:
            raise FaultError(INSPECTION_FAULTS.build("station", field="station", value=plan.station))
        items = list_checklist(connection, station, wiring.now())
        _raise_faults(_record_faults(wiring, record, items))
        answers = {item: record.answers.get(item, ItemAnswer(None)) for item in items}
        now, remark = wiring.now(), record.remark.strip()
        outcome = InspectionOutcome(
            InspectionState.DONE, record.by, now, record.inspected_on, answers, remark
        )
        insert_outcome(connection, number, outcome)
        _update_tasks(connection, plan, record.tasks_due_on, answers)
        _publish(wiring, connection, station, record.inspected_on, answers)

    run_act(wiring, work)


def withdraw_inspection(wiring: Wiring, scope: OfficerScope, number: int, reason: str, by: str) -> None:
    """Withdraw a plan with a reason. *Raises*: FaultError."""

    def work(connection: Connection) -> None:
        lock_exclusive(connection, _LOCK)
        plan = _require_open(connection, scope, number)
        faults = _text_faults("reason", reason)
        if not reason.strip():
            faults.append(INSPECTION_FAULTS.build("no_reason", field="reason"))
        _raise_faults(faults)
        outcome = InspectionOutcome(InspectionState.WITHDRAWN, by, wiring.now(), remark=reason.strip())
        insert_outcome(connection, plan.number, outcome)

    run_act(wiring, work)


def _require_open(connection: Connection, scope: OfficerScope, number: int) -> InspectionPlan:
    plan = require_plan(connection, scope, number)
    if plan.outcome is not None:
        raise FaultError(INSPECTION_FAULTS.build("over", field="number", value=number))
    return plan


def _update_tasks(
    connection: Connection, plan: InspectionPlan, due_on: date, answers: Mapping[str, ItemAnswer]
) -> None:
    """Close the station's tasks that are mended; set one for each finding that has none yet."""
    waiting = load_open_tasks(connection, plan.station)
    mended = [task.number for task in waiting if answers.get(task.item, ItemAnswer(None)).is_met]
    close_tasks(connection, mended, plan.number)
    known = {task.item for task in waiting}
    for item, answer in answers.items():
        if answer.is_met is False and item not in known:
            insert_task(connection, plan, item, answer.note.strip(), due_on)


def load_open_tasks(connection: Connection, station_id: str) -> list[InspectionTask]:
    """Load what has to be mended at a station, the oldest first."""
    task = inspection_tasks.c
    query = tasks_query().where(task.station_id == station_id, open_task_condition())
    return list_tasks(connection, query.order_by(task.number))


def _publish(
    wiring: Wiring, connection: Connection, station: Station, on: date, answers: Mapping[str, ItemAnswer]
) -> None:
    """Process the event of an inspection that may speak for the station's status: riders see what is missing.

    It is the last work of the transaction (``record_status_reports``). *Raises*: FaultError if it is refused.
    """
    missing = list_missing_facilities({item: answer.is_met for item, answer in answers.items()})
    if missing is None:
        return
    now = wiring.now()
    data = {
        "station": station.id,
        "on": on.isoformat(),
        "meets_standard": not missing,
        "missing": list(missing),
    }
    event = build_station_event(INSPECTION_SOURCE, "station.inspected", data, (now, now), new_event_number())
    outcome = process_batch(
        [InboundEvent(event, "inspections")], connection, wiring.runner.library(connection), now
    )
    if outcome.dead_letters:
        raise FaultError([fault for letter in outcome.dead_letters for fault in letter.faults])


def _period_faults(wiring: Wiring, period: PlannedPeriod) -> list[Fault]:
    today = civil_date(wiring.now())
    return [*_day_faults("due", period.due_on, today), *_text_faults("remark", period.remark)]


def _day_faults(name: str, day: date, today: date) -> list[Fault]:
    if day < today:
        return [INSPECTION_FAULTS.build("past", field=name, value=day)]
    if day > today + timedelta(days=MOST_DAYS_AHEAD):
        return [INSPECTION_FAULTS.build("far", field=name, value=day)]
    return []


def _record_faults(wiring: Wiring, record: InspectionRecord, items: Sequence[str]) -> list[Fault]:
    today, on = civil_date(wiring.now()), record.inspected_on
    faults = _day_faults("tasks_due", record.tasks_due_on, today)
    if on > today:
        faults.append(INSPECTION_FAULTS.build("future", field="on", value=on))
    elif on < today - timedelta(days=MOST_DAYS_BACK):
        faults.append(INSPECTION_FAULTS.build("long_ago", field="on", value=on, most=MOST_DAYS_BACK))
    if all(answer.is_met is None for answer in record.answers.values()):
        faults.append(INSPECTION_FAULTS.build("no_answer", field="answers"))
    for item, answer in record.answers.items():
        if item not in items:
            faults.append(INSPECTION_FAULTS.build("item", field="answers", value=item[:40]))
        faults += _text_faults(f"note-{item}", answer.note)
    silent = [
        item for item, answer in record.answers.items() if answer.is_met is False and not answer.note.strip()
    ]
    if silent:
        faults.append(INSPECTION_FAULTS.build("no_note", field=f"note-{silent[0]}", count=len(silent)))
    return [*faults, *_text_faults("remark", record.remark)]


def _text_faults(name: str, text: str) -> list[Fault]:
    if len(text.strip()) > LONGEST_NOTE:
        value = len(text.strip())
        return [INSPECTION_FAULTS.build("too_long", field=name, value=value, most=LONGEST_NOTE)]
    if has_personal_number(text):
        return [INSPECTION_FAULTS.build("personal", field=name, value="***")]
    return []


def _raise_faults(faults: Sequence[Fault]) -> None:
    if faults:
        raise FaultError(list(faults))
