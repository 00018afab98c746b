"""Dates that keepers often announce, offered as presets."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from core.calendars import Calendar, WorkdayTable, workday_table
from core.text_marks import N_
from rules.lunar import feast

_EVE_BY_DAYS = 60  # lunar New Year's Eve falls within this many days of the year


@dataclass(frozen=True, slots=True)
class DatePreset:
    """A span of days to choose. ``is_known``: whether its days off are published, rather than estimated."""

    code: str
    name: str
    first: date
    last: date
    is_known: bool = True


@dataclass(frozen=True, slots=True)
class _Feast:
    """A feast that recurs each year.

    ``day_of`` gives its first day in a year; ``usual_days`` is its length where no days off are published.
    """

    code: str
    name: str
    usual_days: int
    day_of: Callable[[int], date]

    def in_year(self, year: int, table: WorkdayTable) -> DatePreset:
        day = self.day_of(year)
        if table.covers(year):
            run = table.days_off_run(day)
            return DatePreset(self.code, self.name, min(run), max(run))
        return DatePreset(
            self.code, self.name, day, day + timedelta(days=self.usual_days - 1), is_known=False
        )


def _eve_of_spring(year: int) -> date:
    days = (date(year, 1, 1) + timedelta(days=n) for n in range(_EVE_BY_DAYS))
    return next(day for day in days if feast(day) == "除夕")


_FEASTS = (
    _Feast("spring", N_("Spring Festival"), 8, _eve_of_spring),
    _Feast("new_year", N_("New Year"), 3, lambda year: date(year, 1, 1)),
    _Feast("may", N_("May Day"), 5, lambda year: date(year, 5, 1)),
    _Feast("national", N_("National Day"), 7, lambda year: date(year, 10, 1)),
)


def list_date_presets(today: date) -> tuple[DatePreset, ...]:
    """List tomorrow and the next Spring Festival, New Year, May Day and National Day, in order of time.

    A feast includes all consecutive days off around it, as published for the mainland; a feast under way
    starts today. Years: 1901–2099, the range of the lunar calendar.
    """
    table = workday_table(Calendar.CN)
    coming = sorted((_next(one, today, table) for one in _FEASTS), key=lambda one: one.first)
    tomorrow = today + timedelta(days=1)
    return (DatePreset("tomorrow", N_("tomorrow"), tomorrow, tomorrow), *coming)


def _next(one: _Feast, today: date, table: WorkdayTable) -> DatePreset:
    by_year = (one.in_year(year, table) for year in (today.year, today.year + 1))
    found = next(preset for preset in by_year if preset.last >= today)
    return DatePreset(found.code, found.name, max(found.first, today), found.last, found.is_known)
