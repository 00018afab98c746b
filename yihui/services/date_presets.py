"""Days that many keepers have something to say about, to choose instead of to write."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from geo.calendars import WorkdayTable, workday_table
from geo.station import Calendar
from rules.lunar import feast

N_ = str  # marks a text for the message catalogue

_EVE_BY_DAYS = 60  # of the year, at the latest


@dataclass(frozen=True, slots=True)
class Preset:
    """``is_known``: whether these are the days off as they were published, or those that are usual."""

    code: str
    name: str
    first: date
    last: date
    is_known: bool = True


@dataclass(frozen=True, slots=True)
class _Feast:
    """``day_of``: the day on which it begins in a year; ``usual_days`` hold from there on if nothing better is known."""

    code: str
    name: str
    usual_days: int
    day_of: Callable[[int], date]

    def in_year(self, year: int, table: WorkdayTable) -> Preset:
        day = self.day_of(year)
        if table.covers(year):
            run = table.run_of(day)
            return Preset(self.code, self.name, min(run), max(run))
        return Preset(self.code, self.name, day, day + timedelta(days=self.usual_days - 1), is_known=False)


def _eve_of_spring(year: int) -> date:
    days = (date(year, 1, 1) + timedelta(days=n) for n in range(_EVE_BY_DAYS))
    return next(day for day in days if feast(day) == "除夕")


_FEASTS = (
    _Feast("spring", N_("Spring Festival"), 4, _eve_of_spring),
    _Feast("new_year", N_("New Year"), 3, lambda year: date(year, 1, 1)),
    _Feast("may", N_("May Day"), 5, lambda year: date(year, 5, 1)),
    _Feast("national", N_("National Day"), 7, lambda year: date(year, 10, 1)),
)


def presets(today: date) -> tuple[Preset, ...]:
    """Tomorrow, and the next Spring Festival, New Year, May Day and National Day, in the order in which they come.

    A feast has all days off that follow one another around it, as published for the mainland; of one that is
    under way what is left of it. Years: 1901–2099, as far as the lunar calendar is known.
    """
    table = workday_table(Calendar.CN)
    coming = sorted((_next(one, today, table) for one in _FEASTS), key=lambda one: one.first)
    tomorrow = today + timedelta(days=1)
    return (Preset("tomorrow", N_("tomorrow"), tomorrow, tomorrow), *coming)


def _next(one: _Feast, today: date, table: WorkdayTable) -> Preset:
    found = next(preset for preset in _by_year(one, today.year, table) if preset.last >= today)
    return Preset(found.code, found.name, max(found.first, today), found.last, found.is_known)


def _by_year(one: _Feast, year: int, table: WorkdayTable) -> Iterator[Preset]:
    yield from (one.in_year(y, table) for y in (year, year + 1))
