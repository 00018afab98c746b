"""Dated tables of days off and make-up work-days.

A date that no published table covers is unknown: next year's mainland table comes out in November,
and a rule of thumb is wrong on most moved weekends. `WorkdayTable.is_unsure` names the days that may be
off or made up in such a year.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from types import MappingProxyType
from typing import Any


class Calendar(StrEnum):
    """The calendar of work-days and holidays that the hours follow."""

    CN = "CN"
    TW = "TW"
    NONE = "none"


# The library is asked for the mainland's years up to one that no notice can have reached yet.
_CN_FIRST_YEAR, _CN_LAST_YEAR = 2004, 2035
# Taiwan's calendar of government offices is published to this year (115 of the Republic). The library
# computes later years by rule, and before 2016 it lacks make-up days.
_TW_YEARS = (2016, 2026)
_SATURDAY = 5
# 除夕 to 正月初五 fall between these (month, day) in every year of 1901-2100.
_SPRING = ((1, 20), (2, 25))


_LONGEST_RUN_DAYS = 12
# The (month, day) between which days off fall in any year, for years that no table covers yet.
_PERHAPS_OFF = (
    *(((1, 1), (1, 3)), ((1, 20), (2, 26)), ((4, 2), (4, 8)), ((4, 30), (5, 6)), ((5, 25), (6, 28))),
    *(((9, 6), (10, 11)), ((12, 30), (12, 31))),
)
_PERHAPS_OFF_BY_CALENDAR = {
    Calendar.CN: (),
    Calendar.TW: (((2, 26), (3, 2)), ((9, 27), (9, 30)), ((10, 24), (10, 27)), ((12, 24), (12, 27))),
    # Hong Kong and Macau: Easter, Buddha's birthday, 1 July, 重阳, 2 November, December.
    Calendar.NONE: (
        ((3, 20), (4, 27)),
        ((4, 28), (6, 28)),
        ((7, 1), (7, 2)),
        ((10, 1), (11, 3)),
        ((12, 8), (12, 28)),
    ),
}
_MADE_UP_WITHIN_DAYS = 14


class DayKind(StrEnum):
    WORKDAY = "workday"
    DAY_OFF = "day_off"
    UNKNOWN = "unknown"


class Festival(StrEnum):
    """Holidays that a text may name; of the Spring Festival the table knows the run of days off alone."""

    SPRING = "spring"
    NEW_YEAR = "new_year"
    QINGMING = "qingming"
    LABOUR = "labour"
    DRAGON_BOAT = "dragon_boat"
    MID_AUTUMN = "mid_autumn"
    NATIONAL = "national"


# Names as the libraries give them, and the (month, day) between which the festival always falls, for the
# years whose table doesn't name it (中秋 on 1 October 2020).
_FESTIVALS = {
    Festival.NEW_YEAR: (("New Year's Day", "Founding Day"), (1, 1), (1, 3)),
    Festival.QINGMING: (("Tomb",), (4, 3), (4, 7)),
    Festival.LABOUR: (("Labour Day", "Labor Day"), (5, 1), (5, 5)),
    Festival.DRAGON_BOAT: (("Dragon Boat",), (5, 25), (6, 27)),
    Festival.MID_AUTUMN: (("Mid-autumn", "Mid-Autumn"), (9, 6), (10, 10)),
    Festival.NATIONAL: (("National Day",), (10, 1), (10, 10)),
}
_FIXED = {Festival.NEW_YEAR: (1, 1), Festival.LABOUR: (5, 1)}
# The (month, day) between which the mainland has days off in every year, for years that no table covers yet.
_ALWAYS_OFF = {
    Festival.NEW_YEAR: ((1, 1), (1, 3)),
    Festival.LABOUR: ((5, 1), (5, 3)),
    Festival.NATIONAL: ((10, 1), (10, 3)),
}
_NATIONAL_DAY = {Calendar.CN: (10, 1), Calendar.TW: (10, 10)}


@dataclass(frozen=True, slots=True)
class WorkdayTable:
    """The days off and make-up work-days of one calendar; years outside first…last are unknown."""

    calendar: Calendar
    first_year: int
    last_year: int
    days_off: frozenset[date]
    makeup_days: frozenset[date]
    festivals: Mapping[Festival, frozenset[date]] = field(default_factory=dict, hash=False)

    def covers(self, year: int) -> bool:
        return self.first_year <= year <= self.last_year

    def kind_of_day(self, day: date) -> DayKind:
        """Return whether people work on the day; a weekend is a day off unless it is made up."""
        if not self.covers(day.year):
            return DayKind.UNKNOWN
        if day in self.makeup_days:
            return DayKind.WORKDAY
        if day in self.days_off or day.weekday() >= _SATURDAY:
            return DayKind.DAY_OFF
        return DayKind.WORKDAY

    def is_unsure(self, day: date) -> bool:
        """Return whether no table says if the day is off or made up, and in some years it is."""
        if self.covers(day.year):
            return False
        if self._is_perhaps_off(day):
            return True
        moved = range(-_MADE_UP_WITHIN_DAYS, _MADE_UP_WITHIN_DAYS + 1)
        weekend = day.weekday() >= _SATURDAY and self.calendar is Calendar.CN
        return weekend and any(self._is_perhaps_off(day + timedelta(days=n)) for n in moved)

    def _is_perhaps_off(self, day: date) -> bool:
        spans = (*_PERHAPS_OFF, *_PERHAPS_OFF_BY_CALENDAR[self.calendar])
        return any(first <= (day.month, day.day) <= last for first, last in spans)

    def is_ordinary_workday(self, day: date) -> bool:
        """Return whether people work on the day as in most weeks: none of a holiday, and no weekend that is made up.

        Where no table covers the year, of the holidays those of fixed dates alone are known.
        """
        return day.weekday() < _SATURDAY and day not in self.days_off and not self.list_holidays(day)

    def list_holidays(self, day: date) -> tuple[Festival, ...]:
        """Return the holidays to whose run of days off a day belongs.

        Where no table covers the year, only those of fixed dates on the mainland.
        """
        if not self.covers(day.year):
            always = _ALWAYS_OFF.items() if self.calendar is Calendar.CN else ()
            return tuple(one for one, (first, last) in always if first <= (day.month, day.day) <= last)
        if day not in self.days_off:
            return ()
        near = self.festivals_near(day) | ({Festival.SPRING} if self._in_spring_run(day) else set())
        return tuple(one for one in Festival if one in near)

    def festivals_near(self, day: date) -> frozenset[Festival]:
        """Return the festivals whose run of days off includes the day.

        Texts differ in which days of the run they mean.
        """
        return frozenset(f for f, days in self.festivals.items() if day in days) | self.fixed_festivals(day)

    def long_holidays(self, day: date) -> frozenset[Festival]:
        """Return for which of 春节 and 国庆, when many doors keep other hours than usual, the table has the day off."""
        if self.kind_of_day(day) is not DayKind.DAY_OFF:
            return frozenset()
        spring = {Festival.SPRING} if self._in_spring_run(day) else set()
        return self.festivals_near(day) & {Festival.NATIONAL} | spring

    def fixed_festivals(self, day: date) -> frozenset[Festival]:
        """Return the festivals that fall on this day in every year: 元旦, 五一, 国庆."""
        fixed = _FIXED | {Festival.NATIONAL: _NATIONAL_DAY.get(self.calendar)}
        return frozenset(f for f, month_day in fixed.items() if month_day == (day.month, day.day))

    def weekdays_off_before(self, day: date) -> frozenset[int]:
        """Return the weekdays of the holidays in the run of days off that ends on the day before: 逢节假日顺延."""
        found: set[int] = set()
        for n in range(1, _LONGEST_RUN_DAYS + 1):
            before = day - timedelta(days=n)
            if self.kind_of_day(before) is not DayKind.DAY_OFF:
                break
            if before in self.days_off:
                found.add(before.weekday())
        return frozenset(found)

    def days_off_run(self, day: date) -> frozenset[date]:
        """Return the unbroken run of days off, weekends included, that contains the day."""
        run = {day}
        for step in (timedelta(days=-1), timedelta(days=1)):
            at = day + step
            while self.kind_of_day(at) is DayKind.DAY_OFF and len(run) <= 2 * _LONGEST_RUN_DAYS:
                run.add(at)
                at += step
        return frozenset(run)

    def is_near_spring_festival(self, day: date) -> bool:
        """Return whether the day is in the Spring Festival's run of days off, or right before or after it.

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
    """Return the table of one calendar.

    *Source*: ``holidays``, for CN after the State Council's yearly notices, for TW after the calendar of the
    Directorate-General of Personnel Administration; NONE: no year at all.
    """
    if calendar is Calendar.CN:
        return _mainland()
    if calendar is Calendar.TW:
        return _taiwan()
    return WorkdayTable(calendar, 1, 0, frozenset(), frozenset())


def _mainland() -> WorkdayTable:
    """The notices name days off and, in each year so far, make-up days: the last year with one is published.

    The notices count the weekend beside a day off as a part of the holiday; the library does not list it.
    """
    listed = _list_days_off("China", range(_CN_FIRST_YEAR, _CN_LAST_YEAR + 1))
    makeup = frozenset(day for day in listed.weekend_workdays if day.year >= _CN_FIRST_YEAR)
    last = max(makeup).year
    days_off = {day for day in listed if _CN_FIRST_YEAR <= day.year <= last}
    for step in (timedelta(days=-1), timedelta(days=1)):
        for day in sorted(days_off, reverse=step < timedelta(0)):
            beside = day + step
            while beside.weekday() >= _SATURDAY and beside not in makeup and beside.year <= last:
                days_off.add(beside)
                beside += step
    return _with_festivals(
        WorkdayTable(Calendar.CN, _CN_FIRST_YEAR, last, frozenset(days_off), makeup), listed
    )


def _taiwan() -> WorkdayTable:
    first, last = _TW_YEARS
    listed = _list_days_off("Taiwan", range(first, last + 1))
    days_off = frozenset(d for d in listed if first <= d.year <= last)
    makeup = frozenset(d for d in listed.weekend_workdays if first <= d.year <= last)
    return _with_festivals(WorkdayTable(Calendar.TW, first, last, days_off, makeup), listed)


def _list_days_off(country: str, years: range) -> Any:
    """Return the days off by the library's class of a country.

    A country's file is run alone if the library has one: its package would import all 250 countries.
    """
    import holidays

    folders = [f"{folder}/countries" for folder in holidays.__path__]
    spec = PathFinder.find_spec(f"holidays.countries.{country.lower()}", folders)
    module: Any = holidays
    if spec is not None and spec.loader is not None:
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
    return getattr(module, country)(years=years, language="en_US")


def _with_festivals(table: WorkdayTable, names: Mapping[date, str]) -> WorkdayTable:
    years = range(table.first_year, table.last_year + 1)
    festivals = {
        festival: frozenset(day for year in years for day in _festival_days(table, names, festival, year))
        for festival in _FESTIVALS
    }
    return replace(table, festivals=MappingProxyType(festivals))


def _festival_days(
    table: WorkdayTable, names: Mapping[date, str], festival: Festival, year: int
) -> Iterable[date]:
    """Return the runs of days off that contain the festival, or else the span in which it must fall."""
    words, first, last = _FESTIVALS[festival]
    named = [d for d, name in names.items() if d.year == year and any(w in name for w in words)]
    if named:
        return frozenset().union(*(table.days_off_run(d) for d in named))
    start, end = date(year, *first), date(year, *last)
    return [start + timedelta(days=n) for n in range((end - start).days + 1)]
