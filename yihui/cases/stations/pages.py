"""Stations of the register at every door: the list, and one with all that is known of it, its reports and its history."""

import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import quote

from pydantic import Field

from core.civil_time import civil_date
from core.prompts import Prompt
from core.text_marks import N_
from geo.registry.corrections import KEEPER
from geo.station import Kind
from geo.status.statements import ReporterRole
from yihui.access.roles import Right
from yihui.cases.inspections.calls import ITEM_TITLES, STATE_TITLES, load_station_inspections
from yihui.cases.stations.acts import (
    FACILITIES,
    HOURS,
    LINK,
    NOTE,
    PHONE,
    PHOTO,
    PLACE,
    REMOVE_PHOTO,
    REVOKE,
    SHOW_PHOTO,
    STATION,
)
from yihui.cases.stations.changing import RegisteredStation
from yihui.cases.stations.notices import ANNOUNCE, WITHDRAW
from yihui.frame.acts import Act
from yihui.frame.cells import Cell, Chip, Choice, Link, Organisation, Several, shorten_days
from yihui.frame.content import (
    Event,
    Fact,
    Facts,
    Papers,
    Section,
    ShownPaper,
    Table,
    TableColumn,
    ThingPage,
    Timeline,
)
from yihui.frame.listing import Listing, Looking, RowSlice, find_selected
from yihui.frame.noun import Noun
from yihui.frame.todo import ToDo, Waiting
from yihui.frame.types import AreaCode, Form
from yihui.runtime.language import Language
from yihui.views.checklist import inspection_text
from yihui.views.hours_by_day import format_day_span
from yihui.views.labels import (
    ACCESS_LABELS,
    ENTRY_LABELS,
    STATION_KIND_LABELS,
    STATION_STATUS_LABELS,
    format_facilities,
)
from yihui.views.live_status import live_notes
from yihui.views.report_texts import KEEPER_ANSWER_TEXTS, observation_text
from yihui.views.sessions import session_line
from yihui.views.station_details import BY_HAND, STATION_CHANGE_TITLES
from yihui.views.station_fields import field_change_lines

if TYPE_CHECKING:
    from sqlalchemy import Select

    from geo.registry.inspections import InspectionPlan, InspectionTask
    from geo.registry.photos import StationPhoto
    from geo.registry.reports import RiderReport
    from geo.station import Station
    from yihui.services.access.officer_scope import OfficerScope

PATH, _RIGHT = "register", Right.READ_STATIONS
_REPORT_DAYS = 90
_LOOK_WITHIN = timedelta(days=7)  # at a photo
_TONES = {"active": "good", "closed_temporarily": "waiting", "closed_for_good": "bad"}
_STATES = {
    "unplaced": N_("not placed yet"),
    "closed": N_("closed for now or for good"),
    "photos": N_("a photo waits for a look"),
}
TABS = (
    (f"/desk/{PATH}", N_("Stations")),
    ("/desk/rider-reports", N_("Riders' reports")),
    ("/desk/inspections/plans", N_("Inspections of stations")),
    ("/desk/stations/keys", N_("Keepers' keys")),
    ("/desk/stations/import", N_("Import a file")),
)


class StationFilter(Form):
    """Which stations are listed, by id."""

    text: Annotated[str | None, Field(max_length=100), Prompt(N_("Name, address or id"))] = None
    district: Annotated[AreaCode | None, Prompt(N_("City or county"))] = None
    kind: Annotated[Kind | None, Prompt(N_("Kind"), labels=STATION_KIND_LABELS)] = None
    publisher: Annotated[str | None, Field(max_length=64), Prompt(N_("Register"))] = None
    state: Annotated[Literal["unplaced", "closed", "photos"] | None, Prompt(N_("State"), labels=_STATES)] = (
        None
    )


def select_listed(scope: "OfficerScope", asked: StationFilter) -> "Select[Any]":
    """Return a query of the stations of an officer's districts that a filter lets through, by id."""
    from yihui.services.stations.desk import StationQuery, select_stations_of

    wanted = (asked.text, asked.district, asked.kind, asked.publisher, asked.state)
    return select_stations_of(scope, StationQuery(*(one or "" for one in wanted)))


def find_stations(look: Looking[StationFilter]) -> "RowSlice[Station]":
    """Find the stations of the officer's districts."""
    from geo.registry.records import read_station

    return find_selected(look, select_listed(look.scope(_RIGHT), look.filter), read_station)


def show_station(look: Looking[Any], found: RegisteredStation, language: Language) -> ThingPage:
    """Return a station with what is known of it, riders' reports, inspections and its history."""
    from geo.registry.reports import load_recent_reports

    station = found.station
    reports = load_recent_reports(look.connection, station.id, look.now - timedelta(days=_REPORT_DAYS))
    inspected = load_station_inspections(look.wiring, station.id)
    sections: list[Section] = [
        Facts(N_("What is known"), [one for one in _list_facts(look, found, language) if one.value not in (None, "")]),
        Table("reports", N_("Riders' reports"), _build_report_columns(language), reports, N_("No reports in the last 90 days.")),
    ]  # fmt: skip
    if inspected.tasks:
        sections.append(Table("tasks", N_("To be mended"), _TASK_COLUMNS, inspected.tasks, ""))
    sections.append(
        Table("inspections", N_("Inspections of stations"), _PLAN_COLUMNS, inspected.plans, N_("No inspection was planned."))
    )  # fmt: skip
    if found.photos:
        sections.append(Papers("photos", N_("Photos"), [_show_photo(one, language) for one in found.photos]))
    events = [*_list_changes(found, language), *_list_announcements(found, language)]
    sections.append(Timeline(sorted(events, key=lambda one: one.at, reverse=True)))
    acts: list[Act[Any, RegisteredStation]] = [
        *([SHOW_PHOTO] if any(one.shown_at is None for one in found.photos) else []),
        *(HOURS, ANNOUNCE, PHONE, FACILITIES, NOTE, PLACE, PHOTO),
        *([WITHDRAW] if found.list_notices() else []),
        *([REVOKE] if found.revocable else []),
        *([REMOVE_PHOTO] if found.photos else []),
        LINK,
    ]
    return ThingPage(station.name, sections, _chip(station), acts=[act.name for act in acts])


def _list_facts(look: Looking[Any], found: RegisteredStation, language: Language) -> Iterator[Fact]:
    station, page = found.station, f"/desk/stations/{quote(found.station.id, safe='')}"
    where = (
        f"{station.lon:.6f}, {station.lat:.6f} (WGS84)"
        if station.is_placed
        else language.translate(N_("not placed yet"))
    )
    agreed = N_("{count} riders set their pins at one place: {lon}, {lat}.")
    lon, lat = (f"{degrees:.6f}" for degrees in (found.pin.middle if found.pin else (0.0, 0.0)))
    pin = language.render(agreed, count=found.pin.agreeing, lon=lon, lat=lat) if found.pin else None
    yield Fact("id", N_("id"), station.id)
    yield Fact("kind", N_("Kind"), Choice(station.kind.value, STATION_KIND_LABELS[station.kind]))
    yield Fact("hours", N_("Opening hours"), station.hours_text)
    yield Fact("phone", N_("Telephone"), station.phone)
    yield Fact("facilities", N_("What is there"), format_facilities(sorted(station.facilities), language))
    yield Fact("note", N_("Note for riders"), station.note)
    yield Fact("address", N_("Address"), station.address)
    yield Fact("district", N_("District"), _district(station))
    yield Fact("position", N_("Where it is"), where)
    yield Fact("pins", N_("Riders say"), pin)
    yield Fact("entry", N_("How to get in"), Choice(station.entry.value, ENTRY_LABELS[station.entry]))
    yield Fact("access", N_("For whom"), Choice(station.access.value, ACCESS_LABELS[station.access]))
    yield Fact("employer", N_("For staff of"), station.employer)
    yield Fact("accepts", N_("Takes benefits"), language.format_list(sorted(station.accepts)))
    yield Fact("room", N_("Room"), "" if station.area_m2 is None else f"{station.area_m2:g} m²")
    yield Fact("verified_on", N_("Verified on"), station.verified_on)
    yield Fact("source", N_("Source"), station.source)
    yield from _list_current(look, station, language)
    yield Fact(
        "checks",
        N_("Findings of the checks"),
        Link(f"{page}/findings", Choice("findings", N_("Check this station now"))),
    )
    if look.holds(Right.ISSUE_KEYS):
        keys = Link(f"/desk/stations/keys?station={quote(station.id)}", Choice("keys", N_("Keepers' keys")))
        yield Fact("keys", N_("For keepers"), keys)
    if look.holds(Right.CHANGE_STATIONS):
        named = quote(f"{station.name}（{station.id}）")
        plan = Link(
            f"/desk/inspections/plans/plan?station={named}", Choice("plan", N_("Plan the inspection"))
        )
        yield Fact("plan", N_("Inspections of stations"), plan)


def _show_photo(one: "StationPhoto", language: Language) -> ShownPaper:
    said = language.translate(N_("riders see it") if one.shown_at else N_("waits for your look"))
    return ShownPaper(one.number, said, f"/desk/stations/photos/{one.number}", 1, one.by, one.at)


def find_waiting_photos(look: Looking[Any], language: Language) -> RowSlice[Waiting]:
    """Find the photos of the officer's stations that nobody has looked at."""
    from sqlalchemy import select

    from geo.registry.tables import station_photos, stations

    photo, own = station_photos.c, look.scope(Right.CHANGE_STATIONS).station_condition()
    query = select(photo.at, stations.c.id, stations.c.name, stations.c.district).join(stations)
    query = query.where(photo.shown_at.is_(None), own).order_by(photo.number)
    return find_selected(
        look,
        query,
        lambda row: Waiting(
            row.name, f"/desk/{PATH}/{quote(row.id, safe='')}", row.at + _LOOK_WITHIN, place=row.district
        ),
    )


def _list_current(look: Looking[Any], station: "Station", language: Language) -> Iterator[Fact]:
    """Yield what holds of a station now, and what is at the same place."""
    from geo.checks.shared_building import find_services_beside
    from geo.registry.inspections import last_inspection
    from geo.registry.statements import load_live_summaries
    from geo.registry.stations import load_neighbours
    from yihui.services.benefits.sessions import load_session_states

    live = load_live_summaries(look.connection, look.now, station=station.id).get(station.id)
    told = live_notes(live.statuses_at(look.now) if live else (), language)
    seen = last_inspection(look.connection, station.id)
    sessions = [
        session_line(one, language) for one in load_session_states(look.wiring, station.id) if one.is_listed
    ]
    beside = find_services_beside(station, load_neighbours(look.connection, station))
    yield Fact("told", N_("Reported lately"), language.join_clauses(told) if told else None)
    yield Fact(
        "inspection",
        N_("Last inspection"),
        shorten_days(inspection_text(seen, language), language, civil_date(look.now)) if seen else None,
    )
    yield Fact("sessions", N_("Courses"), language.format_list(sessions))
    yield Fact("beside", N_("At the same place"), Several(tuple(map(_link, beside))) if beside else None)


def _link(station: "Station") -> Link:
    return Link(_path_of(station), station.name, station.id)


def _path_of(station: "Station") -> str:
    return f"/desk/{PATH}/{quote(station.id, safe='')}"


def _district(station: "Station") -> Cell:
    """Return the district by its name, not by its union's; by that where the register doesn't name it."""
    code = station.district
    return code and (Choice(code, station.district_name) if station.district_name else Organisation(code))


def _chip(station: "Station") -> Chip:
    code = station.status.value
    return Chip(code, STATION_STATUS_LABELS[code], _TONES[code])


def _list_changes(found: RegisteredStation, language: Language) -> Iterator[Event]:
    """Yield the history, the newest first: by whom, or because of which file, what was changed."""
    for entry in reversed(found.history):
        before, after = json.loads(entry.before), json.loads(entry.after)
        lines = field_change_lines(before, after, language) if entry.change not in ("added", "gone") else ()
        is_by_hand = entry.change in BY_HAND
        told = shorten_days(language.join_clauses(list(lines)), language, civil_date(found.at or entry.at))
        yield Event(
            entry.at,
            entry.change,
            STATION_CHANGE_TITLES[entry.change],
            entry.cause if is_by_hand else "",
            "" if is_by_hand or entry.change == "inspected" else entry.cause,
            told,
        )


def _list_announcements(found: RegisteredStation, language: Language) -> Iterator[Event]:
    """Yield what was announced of the station's days, the newest first: by a keeper's key, or for the union."""
    for one in reversed(found.announced):
        hours = one.hours_text or language.translate(N_("closed all day"))
        told = language.join_clauses([format_day_span(*one.days, language), hours])
        if one.voice is ReporterRole.KEEPER:
            yield Event(one.at, "announced", N_("announced"), f"{KEEPER}{one.who}", one.note, told)
        else:
            yield Event(one.at, "announced", N_("announced by the union"), "", one.note, told)


def _build_report_columns(language: Language) -> "Sequence[TableColumn[RiderReport]]":
    column = TableColumn["RiderReport"]

    def answer(one: "RiderReport") -> Cell:
        said = [Choice(each.answer.value, KEEPER_ANSWER_TEXTS[each.answer]) for each in one.answers]
        return Several(tuple(said)) if said else None

    return (
        column("what", N_("What the rider found"), lambda one: Link(f"/desk/rider-reports/{one.number}", observation_text(one.status_report, language), one.number)),
        column("at", N_("Reported at"), lambda one: one.status_report.at),
        column("answers", N_("Answers"), answer),
    )  # fmt: skip


_TASK_COLUMNS: "Sequence[TableColumn[InspectionTask]]" = (
    TableColumn["InspectionTask"]("item", N_("What"), lambda one: Choice(one.item, ITEM_TITLES.get(one.item, one.item))),
    TableColumn["InspectionTask"]("note", N_("Note"), lambda one: one.note),
    TableColumn["InspectionTask"]("due_on", N_("To be mended until"), lambda one: one.due_on),
)  # fmt: skip
_PLAN_COLUMNS: "Sequence[TableColumn[InspectionPlan]]" = (
    TableColumn["InspectionPlan"]("state", N_("State"), lambda one: Link(f"/desk/inspections/plans/{one.number}", Choice(one.state.value, STATE_TITLES[one.state.value]), one.number)),
    TableColumn["InspectionPlan"]("due_on", N_("Due on"), lambda one: one.due_on),
    TableColumn["InspectionPlan"]("inspected_on", N_("Inspected on"), lambda one: one.outcome.inspected_on if one.outcome else None),
)  # fmt: skip
_column = TableColumn["Station"]
_COLUMNS = (
    _column("name", N_("Name"), _link),
    _column("id", N_("station's id"), lambda one: one.id, is_on_page=False),
    _column("kind", N_("Kind"), lambda one: Choice(one.kind.value, STATION_KIND_LABELS[one.kind])),
    _column("district", N_("District"), _district),
    _column("hours", N_("Opening hours"), lambda one: one.hours_text),
    _column("state", N_("State"), _chip),
    _column("placed", N_("Has a place"), lambda one: one.is_placed),
)
NOUN = Noun(
    PATH,
    N_("Stations"),
    STATION,
    Listing(
        N_("List the stations of the register by id"),
        StationFilter,
        find_stations,
        _COLUMNS,
        N_("The register holds no station of your districts. Import a file."),
        map="/desk/stations/within",
    ),
    show_station,
    _RIGHT,
    (
        ANNOUNCE,
        WITHDRAW,
        HOURS,
        PHONE,
        FACILITIES,
        NOTE,
        PLACE,
        PHOTO,
        SHOW_PHOTO,
        REMOVE_PHOTO,
        REVOKE,
        LINK,
    ),
    TABS,
    todos=(
        ToDo(
            N_("photos of stations to look at"),
            f"/desk/{PATH}?state=photos",
            Right.CHANGE_STATIONS,
            find_waiting_photos,
        ),
    ),
)
