"""Show the outcome of a rider's report, for the API and the page."""

from datetime import datetime
from operator import itemgetter

from typing_extensions import TypedDict

from core.civil_time import format_civil_instant
from core.text_marks import N_
from geo.messages import Answer
from geo.registry.reports import KeeperAnswer
from geo.status.live_status import format_report_time
from geo.status.statements import LEAVES_OPEN, ReportKind, StatusReport
from yihui.runtime.language import Language
from yihui.services.stations.reports import FollowedReport
from yihui.views.live_status import LiveAnswer, build_live_answers, live_notes
from yihui.views.report_texts import KEEPER_ANSWER_TEXTS
from yihui.views.station_fields import name_fields

_HEARD = N_("It was received and counts.")
_NOT_HEARD = N_("It was received, but doesn't count: too many reports came from the same connection.")
_WITHDRAWN = N_("You took it back ({time}); it doesn't count.")
_CONFIRMED = (N_("The keeper said so too ({time})."), N_("An inspection found the same ({time})."))
_SETTLED = (
    N_("The keeper said since that it is in order ({time})."),
    N_("Closed by an inspection ({time})."),
)


# By the keeper, by the union
_CHANGED = {
    Answer.CORRECTED: (
        N_("The keeper corrected the entry ({time}): {fields}."),
        N_("The union corrected the entry ({time}): {fields}."),
    ),
    Answer.RESTORED: (
        N_(
            "The keeper changed the entry back ({time}): {fields}. A report that has not lapsed counts again."
        ),
        N_("The union changed the entry back ({time}): {fields}. A report that has not lapsed counts again."),
    ),
}


class AnswerGiven(TypedDict):
    """What was answered: fixed, open_now, on_it, cannot_find, thanks, withdrawn, or corrected or restored: the ``fields`` of the register."""

    answer: str
    note: str
    at: str
    fields: list[str]


class FollowedAnswer(TypedDict):
    """The state of a report. ``heard`` is false if too many reports came from the same connection.

    ``agreeing`` is the number of other riders with the same report; ``confirmed_at`` and ``settled_at`` are
    the instants at which a keeper or an officer confirmed or settled it. ``words`` describes all of it in sentences.
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
    answers: list[AnswerGiven]
    live: list[LiveAnswer]
    words: list[str]


def followed_report_json(found: FollowedReport, language: Language) -> FollowedAnswer:
    """Return the outcome as the API sends it."""
    saying, outcome = found.report.status_report, found.outcome
    return {
        "number": found.report.number,
        "station": saying.station,
        "name": found.station.name if found.station else "",
        "at": format_civil_instant(saying.at),
        "observation": saying.what.value,
        "facility": min(saying.facilities, default=None),
        "heard": saying.counts,
        "agreeing": outcome.agreeing,
        "confirmed_at": _format_time(outcome.confirmed),
        "settled_at": _format_time(outcome.settled),
        "answers": [
            {
                "answer": one.answer.value,
                "note": one.note,
                "at": format_civil_instant(one.at),
                "fields": list(one.fields),
            }
            for one in found.report.answers
        ],
        "live": build_live_answers(found.live.statuses_at(found.now) if found.live else (), language),
        "words": report_sentences(found, language),
    }


def report_sentences(found: FollowedReport, language: Language) -> list[str]:
    """Return the outcome as sentences, in the order of events."""
    if (at := found.report.withdrawn_at) is not None:
        return [language.render(_WITHDRAWN, time=format_report_time(at, found.now))]
    said = [language.translate(_HEARD if found.report.status_report.counts else _NOT_HEARD)]
    if found.report.status_report.counts:
        said.append(_agreement_text(found, language))
    if found.outcome.confirmed is not None:
        said.append(_by(found, found.outcome.confirmed, _CONFIRMED, language))
    told = [(one.at, render_answer(one, found.now, language)) for one in found.report.answers]
    settled = found.outcome.settled
    if settled is not None and all(one.answer in LEAVES_OPEN for one in found.report.answers):
        told.append((settled.at, _by(found, settled, _SETTLED, language)))
    return said + [words for _, words in sorted(told, key=itemgetter(0))]


def report_live_notes(found: FollowedReport, language: Language) -> list[str]:
    """Return the current live notes of the station."""
    return live_notes(found.live.statuses_at(found.now) if found.live else (), language)


def _agreement_text(found: FollowedReport, language: Language) -> str:
    if found.report.status_report.what is ReportKind.FINE:
        return language.translate(N_("It takes back one report of somebody who found it otherwise."))
    count = found.outcome.agreeing
    if not count:
        return language.translate(N_("Nobody else has said so. It is shown as what one person said."))
    return language.render(N_("Others who said the same: {count}."), count=count)


def _by(found: FollowedReport, word: StatusReport, templates: tuple[str, str], language: Language) -> str:
    return language.render(
        templates[word.what is ReportKind.INSPECTED], time=format_report_time(word.at, found.now)
    )


def render_answer(one: KeeperAnswer, now: datetime, language: Language) -> str:
    """Return an answer as the reporter reads it."""
    if one.answer in _CHANGED:
        told = _CHANGED[one.answer][one.is_officers]
        fields = language.format_list(name_fields(one.fields, language))
        return language.render(told, time=format_report_time(one.at, now), fields=fields)
    templates = (
        N_("The keeper answered ({time}): {answer}. {note}"),
        N_("The union answered ({time}): {answer}. {note}"),
    )
    template = templates[one.is_officers]
    answer, time = (
        language.translate(KEEPER_ANSWER_TEXTS[one.answer]),
        format_report_time(one.at, now),
    )
    return language.render(template, time=time, answer=answer, note=one.note).rstrip()


def _format_time(saying: StatusReport | None) -> str | None:
    return None if saying is None else format_civil_instant(saying.at)
