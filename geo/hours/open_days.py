"""The days on which a station opens: other hours for them, and what a text says of the days off."""

import re
from collections.abc import Iterator
from datetime import timedelta
from enum import StrEnum, auto
from itertools import product

from core.calendars import Calendar, workday_table
from geo.hours.dates import is_by_usual_hours, plan_of_phrase
from geo.hours.day_selector import SATURDAY, Day, DayKind
from geo.hours.phrase import parse_hours
from geo.hours.timetable import Timetable

_EVERY_DAY = "每天"
_WORDS = (_EVERY_DAY, "工作日", "周一至周五", "周一至周六", "周二至周日")
_OFF = ("", "，节假日休息", "，法定节假日休息")
_DAYS = [Day(weekday, kind=kind) for weekday, kind in product(range(7), DayKind)
         if weekday >= SATURDAY or kind is not DayKind.MAKE_UP]  # fmt: skip
_OSM_SPANS = re.compile(r"\d{1,2}:\d{2}-\d{1,2}:\d{2}(?:, ?\d{1,2}:\d{2}-\d{1,2}:\d{2})*")


def write_hours_of_open_days(text: str, hours: str) -> str:
    """Return a text with other hours on the days on which one opens: as few words as mean the same, else its weekdays.

    Every day, where the text isn't understood.
    """
    phrase = parse_hours(text)
    if phrase.osm is not None:
        written = _OSM_SPANS.sub(hours, phrase.osm)
        return written if parse_hours(written).understood else f"{_EVERY_DAY}{hours}"
    if phrase.timetable is None:
        return f"{_EVERY_DAY}{hours}"
    meant = _list_open(phrase.timetable)
    for words, off in product(_WORDS, _OFF):
        written = f"{words}{hours}{off}"
        said = parse_hours(written).timetable
        if said is not None and _list_open(said) == meant:
            return written
    plans = [phrase.timetable.plan(Day(weekday)) for weekday in range(7)]
    named = [name for name, plan in zip("一二三四五六日", plans, strict=True) if plan.open | plan.unknown]
    days = _EVERY_DAY if len(named) in (0, 7) else "、".join(f"周{name}" for name in named)
    return f"{days}{hours}"


def _list_open(timetable: Timetable) -> list[tuple[bool, bool]]:
    """Return whether it opens surely, and perhaps, on each weekday that is ordinary, off or made up."""
    plans = map(timetable.plan, _DAYS)
    return [(bool(plan.open), bool(plan.unknown)) for plan in plans]


class DaysOff(StrEnum):
    """What a text says of the days off of holidays."""

    USUAL = auto()  # each is as its weekday
    CLOSED = auto()
    OWN = auto()  # hours of their own, or not each alike
    UNCLEAR = auto()


def classify_days_off(text: str, calendar: Calendar) -> DaysOff:
    """Return what a text says of the last known year's days off on which it would open if they were none."""
    found = set(_list_days_off(text, calendar))
    if not found or DaysOff.UNCLEAR in found:
        return DaysOff.UNCLEAR
    return found.pop() if len(found) == 1 else DaysOff.OWN


def _list_days_off(text: str, calendar: Calendar) -> Iterator[DaysOff]:
    phrase, table = parse_hours(text), workday_table(calendar)
    following = {day + timedelta(days=1) for day in table.days_off}  # on the first of a run a night may end
    for day in sorted(one for one in table.days_off & following if one.year == table.last_year):
        usual, plan = plan_of_phrase(phrase, day, None), plan_of_phrase(phrase, day, table)
        if not usual.open:
            continue
        if is_by_usual_hours(phrase, calendar, day):
            yield DaysOff.UNCLEAR
        elif plan.open == usual.open:
            yield DaysOff.USUAL
        elif plan.unknown:
            yield DaysOff.UNCLEAR
        else:
            yield DaysOff.OWN if plan.open else DaysOff.CLOSED
