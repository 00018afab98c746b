"""What an officer does to a rider's report: answer it, with all that say the same of the station now."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from core.faults import FaultError, FaultTable
from core.prompts import Prompt
from core.text_marks import N_
from geo.messages import Answer
from geo.status.statements import list_fitting_answers
from yihui.access.roles import Right
from yihui.bootstrap import PROVINCE_CODE, Wiring
from yihui.frame.acts import Act, Change, Doing, Kind
from yihui.frame.cells import Cell, Choice
from yihui.frame.types import Form, FreeText
from yihui.views.report_texts import KEEPER_ANSWER_TEXTS

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from events import Event
    from geo.registry.reports import RiderReport
    from geo.station import Station

RIGHT = Right.CHANGE_STATIONS
ANSWER_SOURCE = "/answers"  # of events
_LOCK = "answers to riders' reports"
_FAULTS = FaultTable(
    "rider_report",
    {
        "unknown": (N_("there is no report {value}"), N_("look its number up in the list")),
        "taken_back": (N_("the rider took the report {value} back"), N_("answer one that waits")),
        "answer": (N_("{value} is no answer to this report"), N_("choose one of these: {known}")),
    },
)


class AnswerForm(Form):
    """What the union answers to a report; riders read the note."""

    answer: Annotated[Answer, Prompt(N_("Answer"), labels=KEEPER_ANSWER_TEXTS)]
    note: Annotated[
        FreeText | None, Field(max_length=200), Prompt(N_("Note"), hint=N_("Riders read it; write no names or numbers."))
    ] = None  # fmt: skip
    until: Annotated[
        str | None,
        Field(max_length=5),
        Prompt(N_("Until when one gets in today"), hint=N_("Where the hours say closed now, such as 21:30.")),
    ] = None


@dataclass(frozen=True, slots=True)
class StationReport:
    """A report, and the station on which it is."""

    report: "RiderReport"
    station: "Station"


def require_report(connection: "Connection", number: str) -> StationReport:
    """Return a report with its station. *Raises*: FaultError if there is none."""
    from geo.registry.reports import find_report
    from geo.registry.stations import find_station

    report = find_report(connection, number)
    station = find_station(connection, report.status_report.station) if report else None
    if report is None or station is None:
        raise FaultError(_FAULTS.build("unknown", field="number", value=number[:40]))
    return StationReport(report, station)


# The number of answers is the version: each of two who answer at once is told of the other's answer.
REPORT = Kind[StationReport](
    "rider_report",
    lambda at, number, _: require_report(at.connection, number),
    lambda one: 1 + len(one.report.answers),
    lambda one: one.station.district or PROVINCE_CODE,
    key=str,
)


def _lock(_: Wiring, connection: "Connection") -> None:
    from store import lock_exclusive

    lock_exclusive(connection, _LOCK)


def list_alike(act: Any, one: StationReport) -> "list[RiderReport]":
    """List the unanswered, valid reports that say the same of the station, and the report itself."""
    from geo.registry.reports import load_recent_reports
    from geo.status.statements import REPORT_TERMS, expires_at

    said = one.report.status_report
    recent = load_recent_reports(act.connection, one.station.id, act.now - REPORT_TERMS.place)
    alike = [
        other
        for other in recent
        if (other.status_report.what, other.status_report.facilities) == (said.what, said.facilities)
        and not other.is_answered
        and expires_at(other.status_report) > act.now
        and other.number != one.report.number
    ]
    return [one.report, *alike]


def _answer(act: Doing[AnswerForm, StationReport]) -> Change:
    """Answer a report and those alike; the events take effect like a keeper's answers. *Raises*: FaultError."""
    from yihui.services.events.events import process_events
    from yihui.services.stations.reports import build_station_event

    form, one = act.form, act.thing
    if one.report.withdrawn_at is not None:
        raise FaultError(_FAULTS.build("taken_back", field="number", value=one.report.number))
    fitting = list_fitting_answers(one.report.status_report.what)
    if form.answer not in fitting:
        known = ", ".join(fitting)
        raise FaultError(_FAULTS.build("answer", field="answer", value=form.answer.value, known=known))
    answered = [alike.number for alike in list_alike(act, one)]
    said = {"station": one.station.id, "answer": form.answer.value, "note": form.note or ""}
    times = (act.now, act.now)
    events = [
        *_open_today(act),
        *(
            build_station_event(ANSWER_SOURCE, "station.answered", {**said, "report": number}, times)
            for number in answered
        ),
    ]
    process_events(act.wiring, act.connection, events, act.now)
    return Change(one.report.number, {**said, "reports": answered}, organisation=REPORT.organisation(one))


def _open_today(act: Doing[AnswerForm, StationReport]) -> "list[Event]":
    """Return the exceptions where one gets in although the hours say closed. *Raises*: FaultError."""
    from yihui.services.stations.keepers import read_keeper_station
    from yihui.services.stations.reports import build_station_event

    if act.form.answer is not Answer.OPEN_NOW:
        return []
    id = act.thing.station.id
    known = read_keeper_station(act.connection, act.thing.station, act.now)
    days = [
        {"station": id, "first": str(one.day), "last": str(one.day), "hours_text": one.hours_text}
        for one in known.open_today_until(act.form.until or "")
    ]
    times = (act.now, act.now)
    return [build_station_event(ANSWER_SOURCE, "station.exception_set", day, times) for day in days]


def _offer(one: StationReport) -> dict[str, dict[str, Cell]]:
    """Return the answers that fit a report, for a form to choose from."""
    fitting = list_fitting_answers(one.report.status_report.what)
    return {"answer": {code.value: Choice(code.value, KEEPER_ANSWER_TEXTS[code]) for code in fitting}}


ANSWER = Act(
    "answer",
    N_("Answer it"),
    AnswerForm,
    _answer,
    RIGHT,
    f"{RIGHT.value}.answer_report",
    N_("The report was answered; the rider reads it under its number."),
    REPORT,
    prepare=_lock,
    offered=_offer,
)
