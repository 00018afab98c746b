"""What the keeper's page shows: finished words, nothing left to decide."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from core.civil_time import CIVIL_TIME, civil_date
from geo.hours import USUAL, Schedules
from geo.nearest.filters import status_opening
from geo.registry import Report, find, last_inspection, recent_reports
from geo.registry.inspections import Inspection
from geo.registry.keeper_notices import Word, load_words
from geo.status.live import Live
from geo.status.live_status import LiveState
from geo.status.statements import What
from yihui.http.keeper.reports import AnsweredLine, Waiting, answered_reports, waiting_reports
from yihui.http.rider.cards import station_card
from yihui.runtime.language import DEFAULT, Language
from yihui.runtime.language import language as language_of
from yihui.services.date_presets import Preset, presets
from yihui.views.checklist import Item, checklist, inspection_words, source
from yihui.views.hours_by_day import days_in_words
from yihui.views.labels import FACILITIES, KINDS, label
from yihui.views.live_status import notes

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from geo.station import Station

N_ = str  # marks a text for the message catalogue

_USUAL_FACILITIES = ("water", "microwave", "aircon", "seats", "medicine", "charging", "toilet")
_REASONS = (N_("no electricity"), N_("no water"), N_("repairs"), N_("short of staff"))
_REPORTS_SINCE = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Seen:
    """What riders read of the station at this moment."""

    state: str  # open, closed, unknown: for the colour
    opening: str
    reason: str
    notes: Sequence[str]
    at: str


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to choose: what is sent, and what is read."""

    code: str
    words: str


@dataclass(frozen=True, slots=True)
class Announced:
    """Special dates that still hold; ``which`` names them where they are taken back."""

    which: str
    days: str
    words: str


@dataclass(frozen=True, slots=True)
class Dates:
    """Days to choose; ``words`` are the days themselves."""

    code: str
    name: str
    words: str


@dataclass(frozen=True, slots=True)
class View:
    """The whole page of one station."""

    id: str
    name: str
    kind: str
    address: str
    seen: Seen
    waiting: Sequence[Waiting]
    answered: Sequence[AnsweredLine]
    working: Sequence[Choice]
    broken: Sequence[Choice]
    reasons: Sequence[Choice]
    announced: Sequence[Announced]
    presets: Sequence[Dates]
    usual: str  # of which presets only the usual days are known; empty where all were published
    items: Sequence[Item]
    standard: str
    inspected: str
    closed_today: str  # names the announcement; empty while there is none
    told_otherwise: bool  # crowded, or the door shut by somebody's word: “fine” says that it isn't so
    today: str


@dataclass(frozen=True, slots=True)
class Known:
    """All that is known of a station when its keeper asks."""

    station: "Station"
    live: Live
    words: Sequence[Word]
    reports: Sequence[Report]
    inspection: Inspection | None
    now: datetime


def known_of(connection: "Connection", id: str, now: datetime) -> Known | None:
    """None where the register no longer has the station."""
    from geo.status.live import live_at

    station = find(connection, id)
    if station is None:
        return None
    words = load_words(connection, id, now)
    live = live_at((word.saying for word in words), now)
    reports = recent_reports(connection, id, now - _REPORTS_SINCE)
    return Known(station, live, words, reports, last_inspection(connection, id), now)


def view_of(known: Known, language: Language) -> View:
    """The page in the keeper's language."""
    station, live = known.station, known.live
    broken = sorted(live.broken & FACILITIES.keys())
    offered = presets(civil_date(known.now))
    working = [
        code
        for code in FACILITIES
        if code in (station.facilities or _USUAL_FACILITIES) and code not in broken
    ]
    shut = {status.state for status in live.statuses} & {LiveState.CLOSED, LiveState.CROWDED}
    closed_today = _closed_today(known)
    return View(
        id=station.id,
        name=station.name,
        kind=label(KINDS, station.kind, language),
        address=station.address,
        seen=_seen(known, language),
        waiting=waiting_reports(known.reports, known.now, language),
        answered=answered_reports(known.reports, known.now, language),
        working=_facilities(working, language),
        broken=_facilities(broken, language),
        reasons=[Choice(shown_to_riders(reason), language.text(reason)) for reason in _REASONS],
        announced=_announced(known, language),
        presets=[Dates(one.code, language.text(one.name), _short(one.first, one.last)) for one in offered],
        usual=_usual(offered, language),
        items=checklist(station, broken, language),
        standard=source(station.kind, language),
        inspected="" if known.inspection is None else inspection_words(known.inspection, language),
        closed_today=closed_today,
        told_otherwise=bool(shut) and not closed_today,
        today=civil_date(known.now).isoformat(),
    )


def _seen(known: Known, language: Language) -> Seen:
    station, live, now = known.station, known.live, known.now
    plain = Schedules.compile([(station.hours_text, station.calendar)])
    schedules = plain.with_spells({0: live.spells}) if live.spells else plain
    opening = status_opening(station.status) or schedules.opening(int(schedules.ids[0]), now)
    card = station_card(station, opening, now, language)
    told = notes(live.told_at(now), card.reason, language)
    return Seen(card.state, card.opening, card.reason, told, f"{now.astimezone(CIVIL_TIME):%H:%M}")


def shown_to_riders(words: str) -> str:
    """Our words in the language in which most riders read; what a keeper writes is shown to all of them as it is."""
    return language_of(DEFAULT).text(words)


def _facilities(codes: Sequence[str], language: Language) -> list[Choice]:
    return [Choice(code, label(FACILITIES, code, language)) for code in codes]


def _usual(offered: Sequence[Preset], language: Language) -> str:
    years = sorted({str(one.last.year) for one in offered if not one.is_known})
    if not years:
        return ""
    unknown = N_("The days off of {years} are not known here yet: these are the usual ones, please check.")
    return language.say(unknown, years=" ".join(years))


def _short(first: date, last: date) -> str:
    return first.isoformat() if first == last else f"{first.isoformat()} – {last.isoformat()}"


def _announced(known: Known, language: Language) -> list[Announced]:
    """What was announced of days that are still to come or not yet over, but for what later words cover wholly."""
    closed = language.text(N_("closed all day"))
    words = [word.saying for word in known.words if word.saying.what is What.HOURS and _holds(word, known)]
    return [
        Announced(saying.id, days_in_words(*saying.days, language), saying.hours_text or closed)
        for saying in sorted(words, key=lambda saying: saying.days)
        if saying.hours_text != USUAL
    ]


def _holds(word: Word, known: Known) -> bool:
    """Whether no later announcement covers one of its days and all others."""
    first, last = word.saying.days
    later = [
        other.saying.days
        for other in known.words
        if other.saying.what in (What.HOURS, What.CLOSED_DAY) and other.saying.order > word.saying.order
    ]
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return any(day >= civil_date(known.now) and not any(a <= day <= b for a, b in later) for day in days)


def _closed_today(known: Known) -> str:
    """The announcement by which it is closed today and nothing else, if it still holds."""
    today = civil_date(known.now)
    for word in reversed(known.words):
        saying = word.saying
        if saying.what in (What.HOURS, What.CLOSED_DAY) and saying.days[0] <= today <= saying.days[1]:
            closed = saying.what is What.CLOSED_DAY or not saying.hours_text
            return saying.id if closed and _is_shut(known) else ""
    return ""


def _is_shut(known: Known) -> bool:
    """Whether an announcement shuts the door now: not one that was opened again."""
    return any(
        spell.hours_text is None and spell.promised and spell.start <= known.now < spell.end
        for spell in known.live.spells
    )
