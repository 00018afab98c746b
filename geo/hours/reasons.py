"""State why an opening state is unknown."""

from collections.abc import Mapping
from datetime import date, timedelta
from types import MappingProxyType

from core.text_marks import N_
from geo.calendars import Calendar, workday_table
from geo.hours.dates import build_day
from geo.hours.phrase import HoursPhrase
from geo.hours.timetable import DayKind

NO_TABLE = N_("no work-day table for {year}")
NO_CALENDAR = N_("the hours name work-days or holidays, and the place names no calendar")
NO_HOLIDAYS = N_("the text names weekdays, the day may be a public holiday, and the place names no calendar")
DAY_OFF = N_("that day is a public holiday; the text names weekdays only and not what holds on holidays")
MAKE_UP_DAY = N_(
    "that day is a make-up work-day; the text names weekdays only and not what holds on such days"
)
NOT_STATED = N_("the text does not say what holds at this time")
_NONE: Mapping[str, str] = MappingProxyType({})
_BY_KIND = {DayKind.DAY_OFF: DAY_OFF, DayKind.MAKE_UP: MAKE_UP_DAY}


def reason_for_unknown(phrase: HoursPhrase, calendar: Calendar, day: date) -> tuple[str, Mapping[str, str]]:
    """Return the template and its parameters for a date on which a phrase leaves the state unknown."""
    if not phrase.understood:
        return phrase.reason, _NONE
    if phrase.needs_workdays and not workday_table(calendar).covers(day.year):
        return _no_table(day, calendar, NO_CALENDAR)
    return _doubt(phrase, calendar, day) or (NOT_STATED, _NONE)


def _doubt(phrase: HoursPhrase, calendar: Calendar, day: date) -> tuple[str, Mapping[str, str]] | None:
    """Return the reason if the text is in doubt only because the day, or the one before, is off or made up."""
    timetable = phrase.timetable
    for one in (day, day - timedelta(days=1)):
        there = build_day(one, workday_table(calendar))
        special = there.unsure or there.kind is not DayKind.NORMAL
        if special and (timetable is None or timetable.is_doubted(there)):
            return _no_table(one, calendar, NO_HOLIDAYS) if there.unsure else (_BY_KIND[there.kind], _NONE)
    return None


def _no_table(day: date, calendar: Calendar, without_calendar: str) -> tuple[str, Mapping[str, str]]:
    if calendar is Calendar.NONE:
        return without_calendar, _NONE
    return NO_TABLE, MappingProxyType({"year": str(day.year)})
