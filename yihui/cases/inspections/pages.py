"""Inspections of stations at every door: the plans with their results, what is to be mended, shares by year."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import quote

from pydantic import BaseModel, BeforeValidator, Field

from core.civil_time import civil_date, end_of_day
from core.prompts import Prompt
from core.text_marks import N_
from yihui.access.roles import Right
from yihui.cases.inspections.acts import (
    INSPECTION,
    PHOTO,
    PLAN,
    PLAN_DISTRICT,
    RECORD,
    WITHDRAW,
    list_checklist,
    list_photos,
)
from yihui.cases.inspections.forms import ANSWER_TITLES, ITEM_TITLES, answer_code, note_of
from yihui.frame.cells import Cell, Chip, Choice, Link, Officer, Organisation, Percent, Several
from yihui.frame.content import Event, Fact, Facts, Papers, Section, Table, TableColumn, ThingPage, Timeline
from yihui.frame.listing import Listing, Looking, RowSlice
from yihui.frame.noun import Noun
from yihui.frame.papers import list_papers
from yihui.frame.todo import ToDo, Waiting
from yihui.frame.types import AreaCode, read_whole
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from geo.registry.inspections import InspectedShare, InspectionPlan, InspectionTask, ItemAnswer
    from geo.station import Station

_PATH, _RIGHT = "inspections/plans", Right.READ_STATIONS
_TABS = (
    ("/desk/register", N_("Stations")),
    ("/desk/inspections/plans", N_("Inspections of stations")),
    ("/desk/inspections/repairs", N_("To be mended")),
    ("/desk/inspections/shares", N_("Share inspected")),
)
STATE_TITLES = {"planned": N_("planned"), "done": N_("Inspected"), "withdrawn": N_("withdrawn")}
_TONES = {"planned": "waiting", "done": "good", "withdrawn": ""}
_OVERDUE = Chip("overdue", N_("overdue"), "bad")
_ANSWER_TONES = {"yes": "good", "no": "bad", "unseen": ""}
_EFFECT = N_("Riders see what is missing at once if the station was open and every facility was looked at. An inspection that answers a line with yes closes what is to be mended there.")  # fmt: skip


class _Filter(BaseModel):
    district: Annotated[AreaCode | None, Prompt(N_("City or county"))] = None


class PlanFilter(_Filter):
    """Which inspections are listed."""

    state: Annotated[
        Literal["planned", "overdue", "done", "withdrawn", "all"],
        Prompt(
            N_("Show"),
            labels={
                "planned": N_("Planned"),
                "overdue": N_("Overdue"),
                "done": N_("Inspected"),
                "withdrawn": N_("Withdrawn"),
                "all": N_("all"),
            },
        ),
    ] = "planned"


class RepairFilter(_Filter):
    """Which of what is to be mended is listed."""

    overdue: Annotated[bool, Prompt(N_("only what is overdue"))] = False


class ShareFilter(_Filter):
    """The year and the place of the shares."""

    year: Annotated[
        int | None, Field(ge=2000, le=2200), BeforeValidator(read_whole), Prompt(N_("Figures of the year"))
    ] = None


@dataclass(frozen=True, slots=True)
class ListedPlan:
    """An inspection, and whether its last day is over."""

    plan: "InspectionPlan"
    is_overdue: bool


@dataclass(frozen=True, slots=True)
class ListedTask:
    """What is to be mended, and whether its last day is over."""

    task: "InspectionTask"
    is_overdue: bool


@dataclass(frozen=True, slots=True)
class ListedShare:
    """A share of inspected stations with the name of its district."""

    name: str
    share: "InspectedShare"


def find_plans(look: Looking[PlanFilter]) -> RowSlice[ListedPlan]:
    """Find the inspections of the officer's districts."""
    from yihui.cases.inspections.queries import find_listed_plans

    today = civil_date(look.now)
    return find_listed_plans(look).map(lambda one: ListedPlan(one, one.is_overdue(today)))


def find_repairs(look: Looking[RepairFilter]) -> RowSlice[ListedTask]:
    """Find what is to be mended in the officer's districts."""
    from yihui.cases.inspections.queries import find_listed_tasks

    today = civil_date(look.now)
    return find_listed_tasks(look).map(lambda one: ListedTask(one, one.is_overdue(today)))


def find_overdue_plans(look: Looking[Any], language: Language) -> RowSlice[Waiting]:
    """Find the inspections of the officer's stations whose last day is over."""
    from yihui.cases.inspections.queries import find_listed_plans

    found = find_listed_plans(replace(look, filter=PlanFilter(state="overdue")), Right.CHANGE_STATIONS)
    return found.map(
        lambda one: Waiting(
            one.station_name, f"/desk/{_PATH}/{one.number}", end_of_day(one.due_on), place=one.district
        )
    )


def find_overdue_repairs(look: Looking[Any], language: Language) -> RowSlice[Waiting]:
    """Find what should have been mended by now at the officer's stations."""
    from yihui.cases.inspections.queries import find_listed_tasks

    found = find_listed_tasks(replace(look, filter=RepairFilter(overdue=True)), Right.CHANGE_STATIONS)

    def wait(one: "InspectionTask") -> Waiting:
        title = f"{one.station_name} · {language.translate(ITEM_TITLES.get(one.item, one.item))}"
        return Waiting(title, f"/desk/{_PATH}/{one.opened_by}", end_of_day(one.due_on))

    return found.map(wait)


def find_shares(look: Looking[ShareFilter]) -> RowSlice[ListedShare]:
    """Find the shares of the districts below, and of all together."""
    from geo.formats.outlines import load_area_names
    from geo.registry.inspections import InspectedShare
    from yihui.cases.inspections.queries import load_inspected_shares

    found = load_inspected_shares(look, look.filter.year or civil_date(look.now).year)
    if len(found) > 1:
        counts = sum(one.stations for one in found), sum(one.inspected for one in found)
        found.append(InspectedShare("", *counts))
    names = {"": N_("All together"), **load_area_names()}
    return look.cut([ListedShare(names.get(one.district, one.district), one) for one in found])


def show_plan(look: Looking[Any], plan: "InspectionPlan", language: Language) -> ThingPage:
    """Return an inspection with what was found, what is to be mended at its station, and its photos."""
    from geo.registry.stations import find_station
    from yihui.cases.inspections.queries import load_open_tasks

    station, today, is_open = (
        find_station(look.connection, plan.station),
        civil_date(look.now),
        plan.outcome is None,
    )
    tasks = [ListedTask(one, one.is_overdue(today)) for one in load_open_tasks(look.connection, plan.station)]
    photos = list_papers(list_photos(look.connection, plan), f"/desk/{_PATH}/{plan.number}")
    items = list_checklist(look.connection, station, look.now) if station and is_open else ()
    lines = [name for item in items for name in (item, note_of(item))]
    sections: list[Section] = [
        *_list_answers(plan),
        _build_facts(plan, station, language),
        Papers("photos", N_("Photos"), photos, N_("No photos yet.")),
        Table("tasks", N_("To be mended here"), _TASK_COLUMNS, tasks, N_("Nothing is to be mended.")),
        _build_timeline(plan),
    ]
    return ThingPage(
        plan.station_name,
        sections,
        _chip(plan, plan.is_overdue(today)),
        effect=language.translate(_EFFECT) if items else "",
        acts=[
            *(["record"] if is_open and station else ()),
            *(["photo"] if plan.state != "withdrawn" else ()),
            *(["withdraw"] if is_open else ()),
        ],
        asked={RECORD.name: [*lines, "on", "tasks_due", "remark"]},
    )


def _chip(plan: "InspectionPlan", is_overdue: bool) -> Chip:
    state = plan.state.value
    return _OVERDUE if is_overdue else Chip(state, STATE_TITLES[state], _TONES[state])


def _item(code: str) -> Cell:
    return Choice(code, ITEM_TITLES.get(code, code))


def _link_station(id_: str, name: str) -> Link:
    return Link(f"/desk/register/{quote(id_, safe='')}", name, id_)


def _link_district(plan: "InspectionPlan") -> Cell:
    code = plan.district
    return code and Link(f"/desk/{_PATH}?district={code}", plan.district_name or Organisation(code), code)


def _build_facts(plan: "InspectionPlan", station: "Station | None", language: Language) -> Facts:
    end = plan.outcome
    gone = language.render(N_("{station}, no longer in the register"), station=plan.station_name)
    facts = (
        Fact("station", N_("Station"), _link_station(plan.station, plan.station_name) if station else gone),
        Fact("district", N_("District"), _link_district(plan)),
        Fact("address", N_("Address"), station.address if station else None),
        Fact("hours", N_("Opening hours"), station.hours_text if station else None),
        Fact("due_on", N_("Due on"), plan.due_on),
        Fact("for_inspector", N_("For the inspector"), plan.remark),
        Fact("inspected_on", N_("Inspected on"), end.inspected_on if end else None),
        Fact("remark", N_("Remark"), end.remark if end and end.inspected_on else None),
    )  # fmt: skip
    return Facts(N_("The inspection"), [one for one in facts if one.value not in (None, "")])


def _list_answers(plan: "InspectionPlan") -> Iterator[Section]:
    def answer(row: "tuple[str, ItemAnswer]") -> Cell:
        code = answer_code(row[1].is_met)
        return Chip(code, ANSWER_TITLES[code], _ANSWER_TONES[code])

    if plan.outcome is not None and plan.outcome.answers:
        columns = (
            TableColumn["tuple[str, ItemAnswer]"]("item", N_("What"), lambda row: _item(row[0])),
            TableColumn["tuple[str, ItemAnswer]"]("answer", N_("Answer"), answer),
            TableColumn["tuple[str, ItemAnswer]"]("note", N_("Note"), lambda row: row[1].note),
        )
        yield Table("answers", N_("Answers"), columns, list(plan.outcome.answers.items()), "")


def _build_timeline(plan: "InspectionPlan") -> Timeline:
    end = plan.outcome
    events = [Event(plan.planned_at, "planned", STATE_TITLES["planned"], plan.planned_by, plan.remark)]
    if end is not None:
        code = end.state.value
        events.insert(0, Event(end.at, code, STATE_TITLES[code], end.by, end.remark))
    return Timeline(events)


def _list_wrong(one: ListedPlan) -> Cell:
    """Return what was found wrong, each with its note."""
    answers = one.plan.outcome.answers if one.plan.outcome else {}
    wrong = [(item, answer.note) for item, answer in answers.items() if answer.is_met is False]
    return Several(tuple(Several((_item(item), note), "：") for item, note in wrong)) if wrong else None


def _list_unseen(one: ListedPlan) -> Cell:
    answers = one.plan.outcome.answers if one.plan.outcome else {}
    unseen = tuple(_item(item) for item, answer in answers.items() if answer.is_met is None)
    return Several(unseen) if unseen else None


def _task_column(
    name: str, title: str, value: "Callable[[InspectionTask], Cell]", is_on_page: bool = True
) -> TableColumn[ListedTask]:
    return TableColumn(name, title, lambda one: value(one.task), is_on_page)


_plan_column = TableColumn[ListedPlan]
_PLAN_COLUMNS = (
    _plan_column("station", N_("Station"), lambda one: Link(f"/desk/{_PATH}/{one.plan.number}", one.plan.station_name)),
    _plan_column("number", N_("inspection"), lambda one: one.plan.number, is_on_page=False),
    _plan_column("station_id", N_("station's id"), lambda one: one.plan.station, is_on_page=False),
    _plan_column("district", N_("District"), lambda one: _link_district(one.plan)),
    _plan_column("due_on", N_("Due on"), lambda one: one.plan.due_on),
    _plan_column("state", N_("State"), lambda one: _chip(one.plan, one.is_overdue)),
    _plan_column("inspected_on", N_("Inspected on"), lambda one: one.plan.outcome.inspected_on if one.plan.outcome else None),
    _plan_column("wrong", N_("wrong"), _list_wrong),
    _plan_column("unseen", N_("not looked at"), _list_unseen, is_on_page=False),
    _plan_column("remark", N_("remark"), lambda one: (one.plan.outcome or one.plan).remark),
    _plan_column("by", N_("by"), lambda one: Officer(one.plan.outcome.by if one.plan.outcome else one.plan.planned_by), is_on_page=False),
)  # fmt: skip
_TASK_COLUMNS = (
    _task_column("item", N_("What"), lambda one: Link(f"/desk/{_PATH}/{one.opened_by}", _item(one.item))),
    _task_column("number", N_("task"), lambda one: one.number, is_on_page=False),
    _task_column("note", N_("Note"), lambda one: one.note),
    _task_column("due_on", N_("To be mended until"), lambda one: one.due_on),
    TableColumn[ListedTask]("overdue", N_("Late"), lambda one: _OVERDUE if one.is_overdue else None),
    _task_column("inspection", N_("inspection"), lambda one: one.opened_by, is_on_page=False),
)
_REPAIR_COLUMNS = (
    *_TASK_COLUMNS[:1],
    _task_column("station", N_("Station"), lambda one: _link_station(one.station, one.station_name)),
    *_TASK_COLUMNS[1:],
)


def _name_district(one: ListedShare) -> Cell:
    """Return a district; a city leads to the shares of its counties."""
    code, name = one.share.district, Choice(one.share.district, one.name)
    return Link(f"/desk/inspections/shares?district={code}", name) if code.endswith("00") else name


def _share_column(
    name: str, title: str, value: "Callable[[InspectedShare], Cell]"
) -> TableColumn[ListedShare]:
    return TableColumn(name, title, lambda one: value(one.share))


_SHARE_COLUMNS = (
    TableColumn[ListedShare]("district", N_("District"), _name_district),
    _share_column("stations", N_("Stations"), lambda one: one.stations),
    _share_column("inspected", N_("Inspected"), lambda one: one.inspected),
    _share_column("share", N_("Share inspected"), lambda one: Percent(round(one.share * 100) * 100)),
)
PLANS = Noun(
    _PATH,
    N_("Inspections of stations"),
    INSPECTION,
    Listing(
        N_("List inspections: open ones by their last day, others the newest first"),
        PlanFilter,
        find_plans,
        _PLAN_COLUMNS,
        N_("Nothing of your districts is in this list."),
    ),
    show_plan,
    _RIGHT,
    (RECORD, PHOTO, WITHDRAW, PLAN, PLAN_DISTRICT),
    _TABS,
    papers=lambda look, plan: list_photos(look.connection, plan),
    todos=(
        ToDo(
            N_("overdue inspections of stations"),
            f"/desk/{_PATH}?state=overdue",
            Right.CHANGE_STATIONS,
            find_overdue_plans,
        ),
    ),
)
REPAIRS = Noun(
    "inspections/repairs",
    N_("To be mended"),
    None,
    Listing(
        N_("List what inspections found wrong and is not mended yet, the most urgent first"),
        RepairFilter,
        find_repairs,
        _REPAIR_COLUMNS,
        N_("Nothing is to be mended."),
    ),
    None,
    _RIGHT,
    tabs=_TABS,
    todos=(
        ToDo(
            N_("overdue repairs that inspections asked for"),
            "/desk/inspections/repairs?overdue=yes",
            Right.CHANGE_STATIONS,
            find_overdue_repairs,
        ),
    ),
)
SHARES = Noun(
    "inspections/shares",
    N_("Share inspected"),
    None,
    Listing(
        N_("Stations that are not closed for good; what officers recorded counts, a keeper's own word doesn't."),
        ShareFilter,
        find_shares,
        _SHARE_COLUMNS,
        N_("No station of your districts."),
    ),
    None,
    _RIGHT,
    tabs=_TABS,
)  # fmt: skip
