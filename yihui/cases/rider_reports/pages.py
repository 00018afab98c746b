"""Riders' reports at every door: those that nobody has answered, and one with what riders read of the station now."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import quote

from core.prompts import Prompt
from core.text_marks import N_
from geo.messages import Answer
from geo.status.statements import ReportKind, StatusReport, expires_at
from yihui.access.roles import Right
from yihui.cases.rider_reports.acts import ANSWER, REPORT, StationReport, list_alike
from yihui.frame.cells import Chip, Choice, Deadline, Link, Organisation
from yihui.frame.content import Fact, Facts, Section, Table, TableColumn, ThingPage
from yihui.frame.listing import Listing, Looking, RowSlice, find_selected
from yihui.frame.noun import Noun
from yihui.frame.todo import ToDo, Waiting
from yihui.frame.types import AreaCode, Form
from yihui.runtime.language import Language
from yihui.views.report_texts import KEEPER_ANSWER_TEXTS, OBSERVATION_TEXTS, observation_text

if TYPE_CHECKING:
    from sqlalchemy import Select

    from geo.registry.reports import KeeperAnswer


_PATH, _RIGHT = "rider-reports", Right.READ_STATIONS
_STATES = {"waiting": N_("waits for an answer"), "answered": N_("answered"), "over": N_("over")}
_CHIPS = {**_STATES, "taken_back": N_("taken back by the rider")}
_TONES = {"waiting": "waiting", "answered": "good", "over": "", "taken_back": ""}
_LABELS = {**OBSERVATION_TEXTS, ReportKind.BROKEN: N_("something was broken")}
_EFFECT = N_("Each rider who said so reads your answer under the report's number. “One gets in now”, “It is mended” and “We can't find that” end these reports for all riders; the other answers don't.")  # fmt: skip


class ReportFilter(Form):
    """Which reports are listed: unless said, those that hold now and that nobody has answered."""

    state: Annotated[
        Literal["waiting", "answered", "all"],
        Prompt(N_("Show"), labels={**_STATES, "all": N_("all")}),
    ] = "waiting"
    what: Annotated[
        Literal["fine", "closed", "locked", "crowded", "broken", "wrong_place"] | None,
        Prompt(N_("What riders found"), labels={kind.value: text for kind, text in _LABELS.items()}),
    ] = None
    district: Annotated[AreaCode | None, Prompt(N_("City or county"))] = None


@dataclass(frozen=True, slots=True)
class ListedReport:
    """A report of a list."""

    number: str
    said: StatusReport
    station_name: str
    district: str | None
    state: str


def find_reports(look: Looking[ReportFilter]) -> RowSlice[ListedReport]:
    """Find the reports of the officer's districts: those that wait the earliest first, others the newest first."""
    from geo.registry.tables import station_statements

    one, is_waiting = station_statements.c, look.filter.state == "waiting"
    order = (one.at, one.sequence) if is_waiting else (one.at.desc(), one.sequence.desc())
    return find_selected(look, _select(look, _RIGHT).order_by(*order), partial(_read, look.now))


def _select(look: Looking[Any], right: Right) -> "Select[Any]":
    from sqlalchemy import exists, select

    from geo.registry.reports import is_riders_report, is_withdrawn
    from geo.registry.tables import station_answers, station_statements, stations
    from yihui.cases.inspections.calls import is_within

    one, asked = station_statements.c, look.filter
    answer, later = station_answers.c, station_answers.alias().c
    is_last = ~exists().where(later.report == answer.report, later.sequence > answer.sequence)
    answered = exists().where(answer.report == one.event_id, answer.answer != Answer.RESTORED.value, is_last)
    query = select(station_statements, stations.c.name, stations.c.district, answered.label("is_answered"))
    query = query.join(stations, stations.c.id == one.station_id)
    query = query.where(is_riders_report(), is_within(look, right), ~is_withdrawn())
    if asked.what is not None:
        query = query.where(one.what == asked.what)
    if asked.state == "waiting":
        return query.where(one.lapses_at > look.now, ~answered)
    return query.where(answered) if asked.state == "answered" else query


def _read(now: datetime, row: Any) -> ListedReport:
    from geo.registry.reports import report_from_row

    said = report_from_row(row)
    return ListedReport(row.event_id, said, row.name, row.district, _find_state(said, row.is_answered, now))


def find_locked_doors(look: Looking[Any], language: Language) -> RowSlice[Waiting]:
    """Find the stations that riders report as locked, each by the earliest report that nobody has answered."""
    asked = replace(look, filter=ReportFilter(what="locked"))
    doors: dict[str, ListedReport] = {}
    for row in look.connection.execute(_select(asked, Right.CHANGE_STATIONS)):
        found = _read(look.now, row)
        earliest = doors.get(found.said.station, found)
        doors[found.said.station] = min(earliest, found, key=lambda one: one.said.order)
    earliest_first = look.cut(sorted(doors.values(), key=lambda one: one.said.order))
    return earliest_first.map(
        lambda one: Waiting(
            one.station_name, f"/desk/{_PATH}/{one.number}", expires_at(one.said), place=one.district
        )
    )


def show_report(look: Looking[Any], one: StationReport, language: Language) -> ThingPage:
    """Return a report with its station, who can answer, and what riders read now."""
    from geo.registry.keys import load_keeper_keys
    from geo.registry.statements import load_live_summaries
    from yihui.views.live_status import live_notes

    report, station = one.report, one.station
    live = load_live_summaries(look.connection, look.now, station=station.id).get(station.id)
    told = live_notes(live.statuses_at(look.now) if live else (), language)
    keys = [key for key in load_keeper_keys(look.connection, station.id) if key.revoked_at is None]
    alike = len(list_alike(look, one))
    facts = (
        Fact("station", N_("Station"), Link(f"/desk/register/{quote(station.id, safe='')}", station.name, station.id)),
        Fact("district", N_("District"), station.district and Organisation(station.district)),
        Fact("address", N_("Address"), station.address),
        Fact("hours", N_("Opening hours"), station.hours_text),
        Fact("what", N_("What the rider found"), observation_text(report.status_report, language)),
        Fact("at", N_("Reported at"), report.status_report.at),
        Fact("until", N_("Counts until"), Deadline(expires_at(report.status_report), _is_over(report.status_report, look.now))),
        Fact("alike", N_("Riders who say the same now"), alike if alike > 1 else None),
        Fact("riders_read", N_("Riders read now"), language.join_clauses(told) if told else None),
        Fact("keepers", N_("Keepers who can answer"), len(keys) or language.translate(N_("none: no keeper has a key of this station"))),
    )  # fmt: skip
    sections: list[Section] = [Facts("", [fact for fact in facts if fact.value not in (None, "")])]
    if report.answers:
        sections.append(Table("answers", N_("Answers"), _ANSWER_COLUMNS, report.answers[::-1], ""))
    is_taken_back = report.withdrawn_at is not None
    state = "taken_back" if is_taken_back else _find_state(report.status_report, report.is_answered, look.now)
    return ThingPage(
        station.name,
        sections,
        _chip(state),
        effect=language.translate(_EFFECT) if state == "waiting" else "",
        acts=[] if is_taken_back else [ANSWER.name],
    )


def _is_over(said: StatusReport, now: datetime) -> bool:
    return expires_at(said) <= now


def _find_state(said: StatusReport, is_answered: bool, now: datetime) -> str:
    return "answered" if is_answered else "over" if _is_over(said, now) else "waiting"


def _chip(state: str) -> Chip:
    return Chip(state, _CHIPS[state], _TONES[state])


def _name_answerer(one: "KeeperAnswer") -> Choice:
    if one.answer is Answer.WITHDRAWN:
        return Choice("rider", N_("the rider"))
    return Choice("officer", N_("the union")) if one.is_officers else Choice("keeper", N_("the keeper"))


_column = TableColumn[ListedReport]
_COLUMNS = (
    _column("station", N_("Station"), lambda one: Link(f"/desk/{_PATH}/{one.number}", one.station_name)),
    _column("number", N_("Report"), lambda one: one.number, is_on_page=False),
    _column("station_id", N_("station's id"), lambda one: one.said.station, is_on_page=False),
    _column("what", N_("What the rider found"), lambda one: Choice(one.said.what.value, _LABELS[one.said.what])),
    _column("district", N_("District"), lambda one: one.district and Organisation(one.district)),
    _column("at", N_("Reported at"), lambda one: one.said.at),
    _column("until", N_("Counts until"), lambda one: Deadline(expires_at(one.said))),
    _column("state", N_("State"), lambda one: _chip(one.state)),
)  # fmt: skip
_ANSWER_COLUMNS = (
    TableColumn["KeeperAnswer"]("answer", N_("Answer"), lambda one: Choice(one.answer.value, KEEPER_ANSWER_TEXTS[one.answer])),
    TableColumn["KeeperAnswer"]("note", N_("Note"), lambda one: one.note or None),
    TableColumn["KeeperAnswer"]("at", N_("Answered at"), lambda one: one.at),
    TableColumn["KeeperAnswer"]("by", N_("By whom"), _name_answerer),
)  # fmt: skip
NOUN = Noun(
    _PATH,
    N_("Riders' reports"),
    REPORT,
    Listing(
        N_("List riders' reports: those that wait for an answer the earliest first, others the newest first"),
        ReportFilter,
        find_reports,
        _COLUMNS,
        N_("No report waits for an answer. Keepers see them on their own pages, too."),
    ),
    show_report,
    _RIGHT,
    (ANSWER,),
    (("/desk/register", N_("Stations")), (f"/desk/{_PATH}", N_("Riders' reports"))),
    todos=(
        ToDo(
            N_("stations reported as locked"),
            f"/desk/{_PATH}?what=locked",
            Right.CHANGE_STATIONS,
            find_locked_doors,
        ),
    ),
)
