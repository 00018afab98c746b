"""Compute the states of the minutes of one date from a phrase."""

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from geo.calendars import Calendar, workday_table
from geo.hours.osm import bit_runs, build_day, plan_of_date
from geo.hours.phrase import HoursPhrase
from geo.hours.spells import CLOSED, OPEN, UNKNOWN
from geo.hours.timetable import DAY_MINUTES, DayKind, Timetable

if TYPE_CHECKING:
    from opening_hours import OpeningHours

_ZONES = {Calendar.CN: "Asia/Shanghai", Calendar.TW: "Asia/Taipei", Calendar.NONE: "Asia/Shanghai"}
_CODES = {"closed": CLOSED, "open": OPEN, "unknown": UNKNOWN}
_UNKNOWN_DAY = bytes([UNKNOWN]) * DAY_MINUTES


def day_states(phrase: HoursPhrase, calendar: Calendar, day: date, *, at_word: bool = False) -> bytes:
    """Return the states of a day's minutes by the text alone. *Shape*: 1,440 codes.

    ``at_word``: the text is a notice for this very date, so its weekdays hold on days off too.
    """
    if phrase.timetable is not None:
        return _by_timetable(phrase, phrase.timetable, calendar, day, at_word)
    osm = phrase.osm if at_word else phrase.osm_in(day.year, workday_table(calendar))
    return _by_osm(osm, _ZONES[calendar], day) if osm else _UNKNOWN_DAY


@lru_cache(maxsize=4096)
def is_ordinary(day: date) -> bool:
    """Return whether in every calendar the weekday alone decides on this day and on the night before it."""
    days = [build_day(day - timedelta(days=n), workday_table(c)) for n in (0, 1) for c in Calendar]
    return all(one.kind is DayKind.NORMAL and not one.unsure for one in days)


def _by_timetable(
    phrase: HoursPhrase, timetable: Timetable, calendar: Calendar, day: date, at_word: bool
) -> bytes:
    table = workday_table(calendar)
    if phrase.needs_workdays and not table.covers(day.year):
        return _UNKNOWN_DAY
    plan = plan_of_date(timetable, day, table, at_word=at_word)
    row = bytearray([CLOSED]) * DAY_MINUTES
    for code, bits in ((OPEN, plan.open), (UNKNOWN, plan.unknown)):
        for first, last in bit_runs(bits):
            row[first:last] = bytes([code]) * (last - first)
    return bytes(row)


def _by_osm(osm: str, zone: str, day: date) -> bytes:
    """Return the states by OSM syntax, as ``opening_hours`` evaluates it."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    row = bytearray([UNKNOWN]) * DAY_MINUTES
    for start, end, state, _ in _parsed(osm, zone).intervals(midnight, midnight + timedelta(days=1)):
        first, last = _minute(start, midnight), _minute(end, midnight)
        row[first:last] = bytes([_CODES[str(state)]]) * (last - first)
    return bytes(row)


@lru_cache(maxsize=20_000)
def _parsed(osm: str, zone: str) -> "OpeningHours":
    from opening_hours import OpeningHours

    return OpeningHours(osm, timezone=ZoneInfo(zone))


def _minute(moment: datetime | None, midnight: datetime) -> int:
    if moment is None:
        return DAY_MINUTES
    return int((moment - midnight).total_seconds() // 60)
