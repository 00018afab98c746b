"""Compute the states of the minutes of one date from a phrase."""

from datetime import date, timedelta
from functools import lru_cache

from geo.calendars import Calendar, workday_table
from geo.hours.dates import bit_runs, build_day, osm_plan_of_date, plan_of_date
from geo.hours.phrase import HoursPhrase
from geo.hours.spells import CLOSED, OPEN, UNKNOWN
from geo.hours.timetable import DAY_MINUTES, UNKNOWN_PLAN, DayKind, DayPlan


def day_states(phrase: HoursPhrase, calendar: Calendar, day: date, *, at_word: bool = False) -> bytes:
    """Return the states of a day's minutes by the text alone. *Shape*: 1,440 codes.

    ``at_word``: the text is a notice for this very date, so its weekdays hold on days off too.
    """
    plan = _plan_of_phrase(phrase, calendar, day, at_word)
    row = bytearray([CLOSED]) * DAY_MINUTES
    for code, bits in ((OPEN, plan.open), (UNKNOWN, plan.unknown)):
        for first, last in bit_runs(bits):
            row[first:last] = bytes([code]) * (last - first)
    return bytes(row)


def _plan_of_phrase(phrase: HoursPhrase, calendar: Calendar, day: date, at_word: bool) -> DayPlan:
    table = workday_table(calendar)
    if phrase.osm is not None:
        return osm_plan_of_date(phrase.osm, day, None if at_word else table)
    if phrase.timetable is None or (phrase.needs_workdays and not table.covers(day.year)):
        return UNKNOWN_PLAN
    return plan_of_date(phrase.timetable, day, table, at_word=at_word)


@lru_cache(maxsize=4096)
def is_ordinary(day: date) -> bool:
    """Return whether in every calendar the weekday alone decides on this day and on the night before it."""
    days = [build_day(day - timedelta(days=n), workday_table(c)) for n in (0, 1) for c in Calendar]
    return all(one.kind is DayKind.NORMAL and not one.unsure for one in days)
