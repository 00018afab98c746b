"""Render hours day by day, so that the keeper who wrote a text sees how it was understood."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from core.civil_time import CIVIL_TIME, civil_date, end_of_day
from core.text_marks import N_
from geo.hours import DaysOff, Schedules, classify_days_off
from geo.station import OpeningState, Station
from geo.status.live import LiveSummary
from yihui.runtime.language import Language
from yihui.views.labels import WEEKDAYS

_Piece = tuple[str, datetime, datetime]  # a state, from when, until when
_DAY = timedelta(days=1)
_MIDNIGHT = "24:00"
_WHOLE_DAY = {"open": N_("open all day"), "closed": N_("closed all day"), "unknown": N_("hours not known")}

_DAYS_OFF = {
    DaysOff.USUAL: N_("as on other days"),
    DaysOff.CLOSED: _WHOLE_DAY["closed"],
    DaysOff.OWN: N_("hours of their own"),
    DaysOff.UNCLEAR: N_(
        "not clear from the text: riders read that the hours aren't known; add 节假日照常 or 节假日休息"
    ),
}


@dataclass(frozen=True, slots=True)
class DayStretch:
    """Consecutive days with the same opening hours; ``is_sure`` if nothing of them is unknown."""

    first: date
    last: date
    words: str
    is_sure: bool


def render_hours_by_day(
    station: Station, live: LiveSummary, first: date, last: date, language: Language
) -> list[DayStretch]:
    """Render each day as riders see it, from the hours and the announcements.

    *Units*: civil days, both ends included.
    """
    plain = Schedules.compile([(station.hours_text, station.calendar)])
    schedules = plain.with_special_hours({0: live.spells}) if live.spells else plain
    number = int(schedules.ids[0])
    turns = schedules.change_instants(number, first, (last - first).days + 1)
    by_day = defaultdict[date, list[datetime]](list)
    for turn in turns:
        by_day[civil_date(turn)].append(turn)
    found: list[DayStretch] = []
    for n in range((last - first).days + 1):
        day = first + _DAY * n
        pieces = _list_pieces(schedules, number, day, by_day[day])
        words = _say_day(pieces, day, language)
        if found and found[-1].words == words:
            found[-1] = replace(found[-1], last=day)
        else:
            is_sure = all(state != OpeningState.UNKNOWN for state, _, _ in pieces)
            found.append(DayStretch(day, day, words, is_sure))
    return found


def _list_pieces(schedules: Schedules, number: int, day: date, turns: list[datetime]) -> list[_Piece]:
    ends = [*turns[1:], end_of_day(day)]
    pieces: list[_Piece] = []
    for start, end in zip(turns, ends, strict=True):
        state = schedules.opening(number, start).state.value
        if pieces and pieces[-1][0] == state:
            pieces[-1] = (state, pieces[-1][1], end)
        else:
            pieces.append((state, start, end))
    return pieces


def _say_day(pieces: list[_Piece], day: date, language: Language) -> str:
    if len(pieces) == 1:
        return language.translate(_WHOLE_DAY[pieces[0][0]])
    told = [
        _piece(state, _span(start, end, day), language)
        for state, start, end in pieces
        if state != OpeningState.CLOSED
    ]
    return language.format_list(told)


def _piece(state: str, span: str, language: Language) -> str:
    return span if state == OpeningState.OPEN else language.render(N_("{span} not known"), span=span)


def _span(start: datetime, end: datetime, day: date) -> str:
    until = end.astimezone(CIVIL_TIME)
    return (
        f"{start.astimezone(CIVIL_TIME):%H:%M}–{_MIDNIGHT if until.date() > day else format(until, '%H:%M')}"
    )


def render_days_off(station: Station, language: Language) -> tuple[str, str]:
    """Render what the hours say of holidays, as a title and words."""
    said = classify_days_off(station.hours_text, station.calendar)
    return language.translate(N_("Public holidays")), language.translate(_DAYS_OFF[said])


def format_weekdays(stretch: DayStretch, language: Language) -> str:
    """Name the days of a stretch by their weekdays alone, as of one week."""
    first, last = (language.translate(WEEKDAYS[day.weekday()]) for day in (stretch.first, stretch.last))
    return first if first == last else language.render(N_("{first} through {last}"), first=first, last=last)


def format_day_span(first: date, last: date, language: Language) -> str:
    """Format days with their weekdays, so that a wrong date is noticed."""
    if first == last:
        return _format_day(first, language)
    return language.render(
        N_("{first} to {last}"), first=_format_day(first, language), last=_format_day(last, language)
    )


def format_short_span(first: date, last: date, language: Language, today: date) -> str:
    """Format days that were read back with weekdays before, shortly where they lie in one month of this year."""
    if first == last or not (today.year == first.year == last.year and first.month == last.month):
        return format_day_span(first, last, language)
    template = N_("{month}/{first} to {month}/{last}")
    return language.render(template, month=first.month, first=first.day, last=last.day)


def format_plain_day(day: date, language: Language) -> str:
    """Format a day as people write it."""
    return language.render(N_("{month}/{day}/{year}"), year=day.year, month=day.month, day=day.day)


def _format_day(day: date, language: Language) -> str:
    weekday = language.translate(WEEKDAYS[day.weekday()])
    return language.render(N_("{day} ({weekday})"), day=format_plain_day(day, language), weekday=weekday)
