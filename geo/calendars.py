"""Dated tables of days off and make-up work-days.

A date that no published table covers is unknown: next year's mainland table comes out in November,
and a rule of thumb is wrong on most moved weekends.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache

from geo.station import Calendar

# Taiwan's calendar of government offices is published to this year (115 of the Republic). The library
# computes later years by rule, and before 2016 it lacks make-up days.
_TW_YEARS = (2016, 2026)
_SATURDAY = 5
# 除夕 to 正月初五 fall between these (month, day) in every year of 1901-2100.
_SPRING = ((1, 20), (2, 25))


class DayKind(StrEnum):
    WORKDAY = "workday"
    DAY_OFF = "day_off"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class WorkdayTable:
    """The days off and make-up work-days of one calendar; years outside first…last are unknown."""

    calendar: Calendar
    first_year: int
    last_year: int
    days_off: frozenset[date]
    makeup_days: frozenset[date]

    def covers(self, year: int) -> bool:
        return self.first_year <= year <= self.last_year

    def kind_of_day(self, day: date) -> DayKind:
        """Whether people work on that day; weekends are days off unless made up."""
        if not self.covers(day.year):
            return DayKind.UNKNOWN
        if day in self.makeup_days:
            return DayKind.WORKDAY
        if day in self.days_off or day.weekday() >= _SATURDAY:
            return DayKind.DAY_OFF
        return DayKind.WORKDAY

    def near_spring_festival(self, day: date) -> bool:
        """Whether the day is in the Spring Festival's run of days off, or right before or after it.

        The run always holds 正月初一, so 除夕 to 初三 are in this window whatever the lunar date is.
        """
        return any(self._in_spring_run(day + timedelta(days=n)) for n in (-1, 0, 1))

    def _in_spring_run(self, day: date) -> bool:
        return _is_spring(day) and (day in self.days_off or self._weekend_beside_spring(day))

    def _weekend_beside_spring(self, day: date) -> bool:
        beside = (day + timedelta(days=n) for n in (-2, -1, 1, 2))
        return day.weekday() >= _SATURDAY and any(_is_spring(d) and d in self.days_off for d in beside)


def _is_spring(day: date) -> bool:
    return _SPRING[0] <= (day.month, day.day) <= _SPRING[1]


@cache
def workday_table(calendar: Calendar) -> WorkdayTable:
    """The table of one calendar.

    *Source*: CN: the State Council's yearly notices, through ``chinesecalendar``; TW: the calendar of
    the Directorate-General of Personnel Administration, through ``holidays``; NONE: no year at all.
    """
    if calendar is Calendar.CN:
        return _mainland()
    if calendar is Calendar.TW:
        return _taiwan()
    return WorkdayTable(calendar, 1, 0, frozenset(), frozenset())


def _mainland() -> WorkdayTable:
    from chinese_calendar import constants

    days_off, makeup = frozenset(constants.holidays), frozenset(constants.workdays)
    years = sorted({day.year for day in days_off})
    return WorkdayTable(Calendar.CN, years[0], years[-1], days_off, makeup)


def _taiwan() -> WorkdayTable:
    import holidays

    first, last = _TW_YEARS
    listed = holidays.country_holidays("TW", years=range(first, last + 1))
    days_off = frozenset(d for d in listed if first <= d.year <= last)
    makeup = frozenset(d for d in listed.weekend_workdays if first <= d.year <= last)
    return WorkdayTable(Calendar.TW, first, last, days_off, makeup)
