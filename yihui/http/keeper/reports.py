"""Riders' reports as the keeper reads them, and what may be answered to each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from geo.messages import Answer
from geo.registry import KeepersAnswer, Report
from geo.status.live_status import clock
from geo.status.statements import What
from yihui.runtime.language import Language
from yihui.views.report_texts import ANSWERS, found_words

N_ = str  # marks a text for the message catalogue

_DOOR = (Answer.OPEN_NOW, Answer.ON_IT, Answer.THANKS)
_THING = (Answer.FIXED, Answer.ON_IT, Answer.CANNOT_FIND)
_FITTING: Mapping[What, Sequence[Answer]] = MappingProxyType(
    {
        What.FINE: (Answer.THANKS,),
        What.CLOSED: _DOOR,
        What.LOCKED: _DOOR,
        What.CROWDED: _DOOR,
        What.BROKEN: _THING,
        What.WRONG_PLACE: _THING,
    }
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Reports of one thing that wait for an answer; ``choices`` are codes and words of what may be answered."""

    words: str
    at: str  # the newest
    numbers: Sequence[str]
    choices: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class AnsweredLine:
    """One report that has its answer."""

    number: str
    words: str
    at: str
    answer: str


def waiting_reports(reports: Sequence[Report], now: datetime, language: Language) -> list[Waiting]:
    """What waits, the newest first; those who say the same are answered together."""
    together: dict[tuple[What, frozenset[str]], list[Report]] = {}
    for report in reports:
        if not report.answers:
            together.setdefault((report.saying.what, report.saying.facilities), []).append(report)
    return [_waiting(alike, now, language) for alike in together.values()]


def answered_reports(reports: Sequence[Report], now: datetime, language: Language) -> list[AnsweredLine]:
    """What has been answered, the newest report first."""
    return [
        AnsweredLine(
            report.number,
            found_words(report.saying, language),
            clock(report.saying.at, now),
            _answered(report.answers[-1], now, language),
        )
        for report in reports
        if report.answers
    ]


def _waiting(alike: Sequence[Report], now: datetime, language: Language) -> Waiting:
    saying = alike[0].saying
    answers = _FITTING.get(saying.what, (Answer.THANKS,))
    return Waiting(
        words=found_words(saying, language),
        at=clock(saying.at, now),
        numbers=[report.number for report in alike],
        choices=[(answer.value, language.text(ANSWERS[answer])) for answer in answers],
    )


def _answered(answer: KeepersAnswer, now: datetime, language: Language) -> str:
    words = language.text(ANSWERS[answer.answer])
    if answer.note:
        return language.say(
            N_("answered {time}: {answer} ({note})"),
            time=clock(answer.at, now),
            answer=words,
            note=answer.note,
        )
    return language.say(N_("answered {time}: {answer}"), time=clock(answer.at, now), answer=words)
