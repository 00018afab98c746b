"""What became of a report, for the API and the page alike."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from typing_extensions import TypedDict

from geo.registry import Report, find, find_report, history, load_live, sayings_about
from geo.status.live_status import clock
from geo.status.report_outcome import Followed, followed
from geo.status.statements import Saying, What
from yihui.runtime.language import Language
from yihui.views.labels import FACILITIES, label
from yihui.views.live_status import LiveAnswer, live_answers, notes
from yihui.views.report_texts import ANSWERS
from yihui.views.stations import civil

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from geo.station import Station
    from geo.status.live import Live

N_ = str  # marks a text for the message catalogue

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
    """All that is known of what became of one report."""

    report: Report
    station: "Station | None"
    outcome: Followed
    live: "Live | None"
    moved_at: datetime | None
    now: datetime

    @property
    def facility(self) -> str | None:
        return min(self.report.saying.facilities, default=None)

    def as_data(self, language: Language) -> FollowedAnswer:
        saying, outcome = self.report.saying, self.outcome
        return {
            "number": self.report.number,
            "station": saying.station,
            "name": self.station.name if self.station else "",
            "at": civil(saying.at),
            "observation": saying.what.value,
            "facility": self.facility,
            "heard": saying.counts,
            "agreeing": outcome.agreeing,
            "confirmed_at": _told(outcome.confirmed),
            "settled_at": _told(outcome.settled),
            "moved_at": civil(self.moved_at) if self.moved_at else None,
            "answers": [
                {"answer": one.answer.value, "note": one.note, "at": civil(one.at)}
                for one in self.report.answers
            ],
            "live": live_answers(self.live.told_at(self.now) if self.live else (), language),
            "words": self.words(language),
        }

    def words(self, language: Language) -> list[str]:
        """What happened, one sentence each, in order."""
        said = [language.text(_HEARD if self.report.saying.counts else _NOT_HEARD)]
        if self.report.saying.counts:
            said.append(self._agreeing(language))
        if self.outcome.confirmed is not None:
            said.append(self._by(self.outcome.confirmed, _CONFIRMED, language))
        said += [self._answered(n, language) for n in range(len(self.report.answers))]
        if self.outcome.settled is not None and not self.report.answers:
            said.append(self._by(self.outcome.settled, _SETTLED, language))
        if self.moved_at is not None:
            told = N_("The place was moved on the map ({time}).")
            said.append(language.say(told, time=clock(self.moved_at, self.now)))
        return said

    def standing(self, language: Language) -> list[str]:
        """What is known of the place now."""
        return notes(self.live.told_at(self.now) if self.live else (), "", language)

    def _agreeing(self, language: Language) -> str:
        if self.report.saying.what is What.FINE:
            return language.text(N_("It takes back one report of somebody who found it otherwise."))
        count = self.outcome.agreeing
        if not count:
            return language.text(N_("Nobody else has said so. It is shown as what one person said."))
        return language.say(N_("Others who said the same: {count}."), count=count)

    def _by(self, word: Saying, templates: tuple[str, str], language: Language) -> str:
        return language.say(templates[word.what is What.INSPECTED], time=clock(word.at, self.now))

    def _answered(self, number: int, language: Language) -> str:
        one = self.report.answers[number]
        template = N_("The keeper answered ({time}): {answer}. {note}")
        answer, time = language.text(ANSWERS[one.answer]), clock(one.at, self.now)
        return language.say(template, time=time, answer=answer, note=one.note).rstrip()

    def facility_word(self, language: Language) -> str:
        return label(FACILITIES, self.facility, language) if self.facility else ""


_HEARD = N_("It was received and counts.")
_NOT_HEARD = N_("It was received, but doesn't count: too many reports came from the same connection.")
_CONFIRMED = (N_("The keeper said so too ({time})."), N_("An inspection found the same ({time})."))
_SETTLED = (
    N_("The keeper said since that it is in order ({time})."),
    N_("Closed by an inspection ({time})."),
)


def followed_report(connection: "Connection", number: str, now: datetime) -> FollowedReport | None:
    """What became of the report of a number; None where none has been handled under it."""
    report = find_report(connection, number)
    if report is None:
        return None
    saying = report.saying
    outcome = followed(saying, sayings_about(connection, saying.station, saying.at))
    live = load_live(connection, now, station=saying.station).get(saying.station)
    return FollowedReport(
        report, find(connection, saying.station), outcome, live, _moved(connection, saying), now
    )


def _moved(connection: "Connection", saying: Saying) -> datetime | None:
    """When the place was moved first after it was reported to be elsewhere."""
    if saying.what is not What.WRONG_PLACE:
        return None
    past = history(connection, saying.station)
    return min((entry.at for entry in past if entry.change in _PLACED and entry.at > saying.at), default=None)


def _told(saying: Saying | None) -> str | None:
    return None if saying is None else civil(saying.at)
