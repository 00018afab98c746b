"""What is done to inspections of stations: plan one or a district's, record what was found, withdraw a plan."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from core.civil_time import civil_date
from core.faults import Fault, FaultError, raise_faults
from core.text_marks import N_
from yihui.access.roles import Right
from yihui.bootstrap import PROVINCE_CODE, Wiring
from yihui.cases.inspections.faults import INSPECTION_FAULTS
from yihui.cases.inspections.forms import (
    DAYS_TO_INSPECT,
    DAYS_TO_MEND,
    PlanDistrictForm,
    PlanForm,
    RecordForm,
    note_of,
    read_answers,
)
from yihui.cases.kernel.forms import ReasonForm
from yihui.frame.acts import NO_JSON, Act, Change, Doing, Kind
from yihui.frame.papers import PaperForm, record_paper, store_paper

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from geo.registry.inspections import InspectionPlan, ItemAnswer
    from geo.station import Station
    from members.attachments import Attachment, AttachmentOwner

RIGHT = Right.CHANGE_STATIONS
INSPECTION_SOURCE = "/inspections"  # of events
MAX_PLANNED_TOGETHER = 1_000
MOST_DAYS_AHEAD = 730
MOST_PHOTOS = 12  # of one inspection
MOST_DAYS_BACK = 60  # between an inspection and its recording
_AUDIT = f"{RIGHT.value}."


def require_plan(connection: "Connection", number: int) -> "InspectionPlan":
    """Return an inspection; each act holds the lock of all. *Raises*: FaultError if there is none."""
    from geo.registry.inspections import find_plan

    plan = find_plan(connection, number)
    if plan is None:
        raise FaultError(INSPECTION_FAULTS.build("unknown", field="number", value=number))
    return plan


def place_of_district(district: str | None) -> str:
    """Return the organisation of a station's district; a station without one concerns the whole union."""
    return district or PROVINCE_CODE


# An inspection ends once, which its acts ask for themselves; so it has one version.
INSPECTION = Kind["InspectionPlan"](
    "inspection",
    lambda at, number, _: require_plan(at.connection, number),
    lambda _: 1,
    lambda plan: place_of_district(plan.district),
)


def lock_inspections(_: Wiring, connection: "Connection") -> None:
    """Let one act after the other change inspections."""
    from store import lock_exclusive

    lock_exclusive(connection, "inspections of stations")


def _require_open(plan: "InspectionPlan", _: int | None = None) -> None:
    if plan.outcome is not None:
        raise FaultError(INSPECTION_FAULTS.build("over", field="number", value=plan.number))


def _find_station_place(act: Doing[PlanForm, Any]) -> Sequence[str]:
    """Return the district of the station that is planned; an unknown station is refused later."""
    from geo.registry.stations import find_station

    station = find_station(act.connection, act.form.station)
    return () if station is None else (place_of_district(station.district),)


def _plan(act: Doing[PlanForm, Any]) -> Change:
    from geo.registry.inspections import find_stations_under_plan
    from geo.registry.stations import find_station

    form, due = act.form, _due(act)
    faults, station = _day_faults("due", due, act.now), find_station(act.connection, act.form.station)
    if station is None:
        faults.append(INSPECTION_FAULTS.build("station", field="station", value=form.station[:40]))
    elif find_stations_under_plan(act.connection, [station.id]):
        faults.append(INSPECTION_FAULTS.build("planned", field="station", value=station.id))
    raise_faults(faults)
    assert station is not None, "an unknown station is a fault"
    (number,) = _insert(act, [station.id], due)
    return Change(number, {"station": station.id, "due_on": str(due)})


def _plan_district(act: Doing[PlanDistrictForm, Any]) -> Change:
    due, district = _due(act), _district(act)
    faults, found = _day_faults("due", due, act.now), _find_plannable(act)
    if not found:
        faults.append(INSPECTION_FAULTS.build("none", field="district", value=district))
    elif len(found) > MAX_PLANNED_TOGETHER:
        count, most = len(found), MAX_PLANNED_TOGETHER
        faults.append(INSPECTION_FAULTS.build("too_many", field="district", count=count, most=most))
    raise_faults(faults)
    numbers = _insert(act, found, due)
    after = {"due_on": str(due), "count": len(numbers), "first": numbers[0], "last": numbers[-1]}
    return Change(numbers[0], after, organisation=district, about=("district", district))


def _district(act: Doing[PlanDistrictForm, Any]) -> str:
    return act.form.district.ljust(6, "0")


def _find_plannable(act: Doing[PlanDistrictForm, Any]) -> list[str]:
    """Return the stations of a district that are in use, under no plan, and not inspected since the day."""
    from geo.registry.inspections import find_stations_under_plan, list_inspected_since
    from geo.registry.records import present_stations_query, query_stations
    from geo.registry.tables import stations
    from geo.station import Status
    from yihui.services.access.officer_scope import OfficerScope

    one, form = stations.c, act.form
    scope = OfficerScope(frozenset({_district(act)}), civil_date(act.now))
    query = present_stations_query().where(
        scope.station_condition(), one.status != Status.CLOSED_FOR_GOOD.value
    )
    if form.kind is not None:
        query = query.where(one.kind == form.kind.value)
    ids = [station.id for station in query_stations(act.connection, query.order_by(one.id))]
    taken = set(find_stations_under_plan(act.connection, ids))
    if form.since is not None:
        taken |= list_inspected_since(act.connection, ids, form.since)
    return [id_ for id_ in ids if id_ not in taken]


def _due(act: Doing[PlanForm, Any] | Doing[PlanDistrictForm, Any]) -> date:
    return act.form.due or civil_date(act.now) + timedelta(days=DAYS_TO_INSPECT)


def _insert(
    act: Doing[PlanForm, Any] | Doing[PlanDistrictForm, Any], ids: Sequence[str], due: date
) -> list[int]:
    from geo.registry.inspections import insert_plans

    return insert_plans(act.connection, ids, due, act.form.remark or "", act.actor.id, act.now)


def list_checklist(connection: "Connection", station: "Station", now: datetime) -> tuple[str, ...]:
    """List the items of a station's checklist, with what is reported broken now."""
    from geo.checks.shared_building import list_inspection_items
    from geo.registry.statements import load_live_summaries

    live = load_live_summaries(connection, now, station=station.id).get(station.id)
    return list_inspection_items(station, live.broken_facilities if live else ())


def _record(act: "Doing[Any, InspectionPlan]") -> Change:
    """Record what an inspector found: tasks for what is wrong, tasks closed for what is mended, the station's status.

    *Raises*: FaultError with every fault; then nothing is stored.
    """
    from geo.registry.inspections import InspectionOutcome, InspectionState, ItemAnswer, insert_outcome
    from geo.registry.stations import find_station

    plan, today = act.thing, civil_date(act.now)
    station = find_station(act.connection, plan.station)
    if station is None:
        raise FaultError(INSPECTION_FAULTS.build("station", field="station", value=plan.station))
    on = act.form.on or today
    due = act.form.tasks_due or today + timedelta(days=DAYS_TO_MEND)
    items, said = list_checklist(act.connection, station, act.now), read_answers(act.form)
    raise_faults(
        [*_day_faults("tasks_due", due, act.now), *_past_faults(on, today), *_answer_faults(said, items)]
    )
    answers = {item: said.get(item, ItemAnswer(None)) for item in items}
    outcome = InspectionOutcome(
        InspectionState.DONE, act.actor.id, act.now, on, answers, act.form.remark or ""
    )
    insert_outcome(act.connection, plan.number, outcome)
    _update_tasks(act.connection, plan, due, answers)
    _publish(act, station, on, answers)
    wrong = sorted(item for item, answer in answers.items() if answer.is_met is False)
    return Change(plan.number, {"station": plan.station, "on": str(on), "wrong": wrong})


def _update_tasks(
    connection: "Connection", plan: "InspectionPlan", due_on: date, answers: "Mapping[str, ItemAnswer]"
) -> None:
    """Close the station's tasks that are mended; set one for each finding that has none yet."""
    from geo.registry.inspections import close_tasks, insert_task
    from yihui.cases.inspections.queries import load_open_tasks

    waiting = load_open_tasks(connection, plan.station)
    mended = [task.number for task in waiting if task.item in answers and answers[task.item].is_met]
    close_tasks(connection, mended, plan.number)
    known = {task.item for task in waiting}
    for item, answer in answers.items():
        if answer.is_met is False and item not in known:
            insert_task(connection, plan, item, answer.note, due_on)


def _publish(act: Doing[Any, Any], station: "Station", on: date, answers: "Mapping[str, ItemAnswer]") -> None:
    """Process the event of an inspection that may speak for the station's status: riders see what is missing.

    *Raises*: FaultError if it is refused.
    """
    from geo.checks.shared_building import list_missing_facilities
    from yihui.services.events.events import process_events
    from yihui.services.stations.reports import build_station_event

    missing = list_missing_facilities({item: answer.is_met for item, answer in answers.items()})
    if missing is None:
        return
    data = {
        "station": station.id,
        "on": on.isoformat(),
        "meets_standard": not missing,
        "missing": list(missing),
    }
    event = build_station_event(INSPECTION_SOURCE, "station.inspected", data, (act.now, act.now))
    process_events(act.wiring, act.connection, [event], act.now)


def _withdraw(act: "Doing[ReasonForm, InspectionPlan]") -> Change:
    from geo.registry.inspections import InspectionOutcome, InspectionState, insert_outcome

    plan, reason = act.thing, act.form.reason
    outcome = InspectionOutcome(InspectionState.WITHDRAWN, act.actor.id, act.now, remark=reason)
    insert_outcome(act.connection, plan.number, outcome)
    return Change(plan.number, {"station": plan.station}, reason=reason)


def _day_faults(name: str, day: date, now: datetime) -> list[Fault]:
    today = civil_date(now)
    if day < today:
        return [INSPECTION_FAULTS.build("past", field=name, value=day)]
    if day > today + timedelta(days=MOST_DAYS_AHEAD):
        return [INSPECTION_FAULTS.build("far", field=name, value=day)]
    return []


def _past_faults(on: date, today: date) -> list[Fault]:
    if on > today:
        return [INSPECTION_FAULTS.build("future", field="on", value=on)]
    if on < today - timedelta(days=MOST_DAYS_BACK):
        return [INSPECTION_FAULTS.build("long_ago", field="on", value=on, most=MOST_DAYS_BACK)]
    return []


def _answer_faults(said: "Mapping[str, ItemAnswer]", items: Sequence[str]) -> list[Fault]:
    faults = [INSPECTION_FAULTS.build("item", field=item, value=item) for item in said if item not in items]
    if all(answer.is_met is None for answer in said.values()):
        faults.append(INSPECTION_FAULTS.build("no_answer", field=items[0]))
    silent = [item for item, answer in said.items() if answer.is_met is False and not answer.note]
    if silent:
        faults.append(INSPECTION_FAULTS.build("no_note", field=note_of(silent[0]), count=len(silent)))
    return faults


def list_photos(connection: "Connection", plan: "InspectionPlan") -> "Sequence[Attachment]":
    """List the photos of an inspection, the oldest first."""
    from members.attachments import list_attachments

    return list_attachments(connection, _photo_owner(plan))


def _photo_owner(plan: "InspectionPlan") -> "AttachmentOwner":
    from members.attachments import AttachmentKind, AttachmentOwner

    return AttachmentOwner(AttachmentKind.INSPECTION, str(plan.number))


def _require_going(plan: "InspectionPlan", _: int | None = None) -> None:
    if plan.state == "withdrawn":
        raise FaultError(INSPECTION_FAULTS.build("over", field="number", value=plan.number))


def _store_photo(act: "Doing[PaperForm, InspectionPlan]") -> Change:
    from yihui.services.attachments.attachments import describe_file

    made = record_paper(act, act.form.picture, act.form.title, _photo_owner(act.thing), MOST_PHOTOS)
    if made.media_type != "image/jpeg":
        raise FaultError(INSPECTION_FAULTS.build("no_photo", field="picture"))
    return Change(
        act.thing.number, {"station": act.thing.station, "photo": made.number, **describe_file(made)}
    )


PLAN = Act("plan", N_("Plan the inspection of a station"), PlanForm, _plan, RIGHT, f"{_AUDIT}plan_inspection",
           N_("The inspection was planned."), INSPECTION, makes=True, button=N_("Plan the inspection"),
           places=_find_station_place, prepare=lock_inspections)  # fmt: skip
PLAN_DISTRICT = Act("plan-district", N_("Plan inspections of a district"), PlanDistrictForm, _plan_district, RIGHT,
                    f"{_AUDIT}plan_inspection", N_("The inspections were planned; this is the first of them."),
                    INSPECTION, makes=True, button=N_("Plan them all"),
                    ticked=N_("Stations closed for good and those with a planned inspection are left out; I have checked it"),
                    doors=NO_JSON, places=lambda act: (_district(act),), prepare=lock_inspections)  # fmt: skip
RECORD = Act("record", N_("Record what you found"), RecordForm, _record, RIGHT, f"{_AUDIT}record_inspection",
             N_("The inspection was recorded."), INSPECTION, button=N_("Record the inspection"), prepare=lock_inspections,
             ready=_require_open)  # fmt: skip
WITHDRAW = Act("withdraw", N_("Withdraw the plan"), ReasonForm, _withdraw, RIGHT, f"{_AUDIT}withdraw_inspection",
               N_("The plan was withdrawn."), INSPECTION, button=N_("Withdraw it"), prepare=lock_inspections, ready=_require_open)  # fmt: skip
PHOTO = Act("photo", N_("Store a photo"), PaperForm, _store_photo, RIGHT, f"{RIGHT.value}.attach_photo",
            N_("The photo was stored."), INSPECTION, doors=NO_JSON, prepare=lock_inspections, ready=_require_going,
            around=store_paper)  # fmt: skip
