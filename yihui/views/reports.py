"""Show the outcome of a rider's report, for the API and the page."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from typing_extensions import TypedDict

from core.civil_time import format_civil_instant
from core.text_marks import N_
from geo.registry import (
    RiderReport,
    find_report,
    find_station,
    load_live_summaries,
    load_station_history,
    load_status_reports,
)
from geo.status.live_status import format_report_time
from geo.status.report_outcome import ReportOutcome, find_report_outcome
from geo.status.statements import ReportKind, StatusReport
from yihui.runtime.language import Language
from yihui.views.labels import FACILITY_LABELS, code_label
from yihui.views.live_status import LiveAnswer, build_live_answers, live_notes
from yihui.views.report_texts import KEEPER_ANSWER_TEXTS

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from geo.station import Station
    from geo.status.live import LiveSummary


_PLACED = ("moved", "placed", "returned")


class AnswerGiven(TypedDict):
    """What the keeper answered: fixed, open_now, on_it, cannot_find or thanks."""

    answer: str
    note: str
    at: str


class FollowedAnswer(TypedDict):
    """What became of a report. ``heard`` is false where its reporter reports too often.

    ``agreeing`` other riders said the same; ``confirmed_at`` and ``settled_at``: by a keeper's or an officer's
    word. ``moved_at``: when the place was moved on the map since. ``words`` say all of it in sentences.
    """

    number: str
    station: str
    name: str
    at: str
    observation: str
    facility: str | None
    heard: bool
    agreeing: int
    confirmed_at: str | None
    settled_at: str | None
    moved_at: str | None
    answers: list[AnswerGiven]
    live: list[LiveAnswer]
    words: list[str]


@dataclass(frozen=True, slots=True)
class FollowedReport:
    """One report with everything known of its outcome."""

    report: RiderReport
    station: "Station | None"
    outcome: ReportOutcome
    live: "LiveSummary | None"
    moved_at: datetime | None
    now: datetime

    @property
    def facility(self) -> str | None:
        return min(self.report.status_report.facilities, default=None)

    def as_data(self, language: Language) -> FollowedAnswer:
        """Return the outcome as the API sends it."""
        saying, outcome = self.report.status_report, self.outcome
        return {
            "number": self.report.number,
            "station": saying.station,
            "name": self.station.name if self.station else "",
            "at": format_civil_instant(saying.at),
            "observation": saying.what.value,
            "facility": self.facility,
            "heard": saying.counts,
            "agreeing": outcome.agreeing,
            "confirmed_at": _told(outcome.confirmed),
            "settled_at": _told(outcome.settled),
            "moved_at": format_civil_instant(self.moved_at) if self.moved_at else None,
            "answers": [
                {"answer": one.answer.value, "note": one.note, "at": format_civil_instant(one.at)}
                for one in self.report.answers
            ],
            "live": build_live_answers(self.live.statuses_at(self.now) if self.live else (), language),
            "words": self.sentences(language),
        }

    def sentences(self, language: Language) -> list[str]:
        """Return the outcome as sentences, in the order of events."""
        said = [language.translate(_HEARD if self.report.status_report.counts else _NOT_HEARD)]
        if self.report.status_report.counts:
            said.append(self._agreeing(language))
        if self.outcome.confirmed is not None:
            said.append(self._by(self.outcome.confirmed, _CONFIRMED, language))
        said += [self._answered(n, language) for n in range(len(self.report.answers))]
        if self.outcome.settled is not None and not self.report.answers:
            said.append(self._by(self.outcome.settled, _SETTLED, language))
        if self.moved_at is not None:
            told = N_("The place was moved on the map ({time}).")
            said.append(language.render(told, time=format_report_time(self.moved_at, self.now)))
        return said

    def live_notes(self, language: Language) -> list[str]:
        """Return the current live notes of the station."""
        return live_notes(self.live.statuses_at(self.now) if self.live else (), "", language)

    def _agreeing(self, language: Language) -> str:
        if self.report.status_report.what is ReportKind.FINE:
            return language.translate(N_("It takes back one report of somebody who found it otherwise."))
        count = self.outcome.agreeing
        if not count:
            return language.translate(N_("Nobody else has said so. It is shown as what one person said."))
        return language.render(N_("Others who said the same: {count}."), count=count)

    def _by(self, word: StatusReport, templates: tuple[str, str], language: Language) -> str:
        return language.render(
            templates[word.what is ReportKind.INSPECTED], time=format_report_time(word.at, self.now)
        )

    def _answered(self, number: int, language: Language) -> str:
        one = self.report.answers[number]
        template = N_("The keeper answered ({time}): {answer}. {note}")
        answer, time = (
            language.translate(KEEPER_ANSWER_TEXTS[one.answer]),
            format_report_time(one.at, self.now),
        )
        return language.render(template, time=time, answer=answer, note=one.note).rstrip()

    def facility_label(self, language: Language) -> str:
        """Return the translated name of the facility, or an empty text."""
        return code_label(FACILITY_LABELS, self.facility, language) if self.facility else ""


_HEARD = N_("It was received and counts.")
_NOT_HEARD = N_("It was received, but doesn't count: too many reports came from the same connection.")
_CONFIRMED = (N_("The keeper said so too ({time})."), N_("An inspection found the same ({time})."))
_SETTLED = (
    N_("The keeper said since that it is in order ({time})."),
    N_("Closed by an inspection ({time})."),
)


def load_followed_report(connection: "Connection", number: str, now: datetime) -> FollowedReport | None:
    """Return the report with a given number and its outcome, or None if no such report was processed."""
    report = find_report(connection, number)
    if report is None:
        return None
    saying = report.status_report
    outcome = find_report_outcome(saying, load_status_reports(connection, saying.station, saying.at))
    live = load_live_summaries(connection, now, station=saying.station).get(saying.station)
    return FollowedReport(
        report, find_station(connection, saying.station), outcome, live, _moved(connection, saying), now
    )


def _moved(connection: "Connection", saying: StatusReport) -> datetime | None:
    """Return when the station was first moved after a rider reported a wrong position."""
    if saying.what is not ReportKind.WRONG_PLACE:
        return None
    past = load_station_history(connection, saying.station)
    return min((entry.at for entry in past if entry.change in _PLACED and entry.at > saying.at), default=None)


def _told(saying: StatusReport | None) -> str | None:
    return None if saying is None else format_civil_instant(saying.at)
