"""Write a timetable in OSM's opening_hours syntax, with holidays and make-up days as dates.

Nights are cut at midnight (``Mo-Fr 22:00-24:00; Tu-Sa 00:00-02:00``): in that syntax a later rule
replaces the whole day, including the end of last night's opening.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from itertools import groupby
from typing import TYPE_CHECKING

from geo.calendars import WorkdayTable
from geo.hours.timetable import (
    DAY_MINUTES,
    WHOLE_DAY,
    Day,
    DayKind,
    DayPlan,
    Timetable,
    minute_bits,
    plan_on_day_off,
    plan_on_make_up_day,
)
from geo.hours.words import DayClass

if TYPE_CHECKING:
    from opening_hours import OpeningHours

_DAY_NAMES = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH_LENGTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def osm_for_any_year(timetable: Timetable) -> str:
    """Return the syntax of ordinary days, without holidays and make-up days."""
    if timetable.spills_over_midnight and _is_uniform(timetable):
        return _rule("Mo-Su", timetable.plan(Day(0)))  # 18:00-02:00 is clearer than two halves
    rules: list[str] = []
    for prefix, month_day in _seasons(timetable):
        rules += _weekly(timetable, prefix, month_day)
    return "; ".join(rules) or "off"


def osm_in_year(timetable: Timetable, table: WorkdayTable, year: int) -> str:
    """Return the syntax for one year, with every date on which the table changes the week.

    *Shape*: ``Mo-Fr 08:30-17:30; 2026 Oct 01-07 off; 2026 Oct 10 08:30-17:30``. The night before the
    first of January is included.
    """
    if not timetable.needs_workdays and not timetable.follows_week:
        return osm_for_any_year(timetable)
    plan_of = cache(timetable.plan)  # for most phrases many special days are equal
    exceptions = []
    for special in _special_days(table, year, timetable.used_day_fields):
        plan = _overlay(plan_of(special.day), plan_of(special.eve))
        if plan != _overlay(plan_of(special.plain_day), plan_of(special.plain_eve)):
            exceptions.append((special.date, plan))
    rules = [_rule(_dates(first, last), plan) for (first, last), plan in _runs(exceptions)]
    return "; ".join([osm_for_any_year(timetable), *rules])


@lru_cache(maxsize=4096)
def doubt_osm_in_year(osm: str, table: WorkdayTable, year: int) -> str:
    """Return a text in OSM's own syntax with the days off and make-up work-days of which it does not speak."""
    from opening_hours import OpeningHours

    plan_of = cache(lambda day: _library_plan(OpeningHours(osm), day))
    rules = []
    for day in _special_dates(table, year):
        there, own = build_day(day, table), plan_of(day)
        week = [plan_of(day + timedelta(days=n - day.weekday())) for n in range(7)]
        off, made_up = plan_on_day_off(own, own, week[6]), plan_on_make_up_day(own, week[:5])
        by_kind = {DayKind.NORMAL: own, DayKind.DAY_OFF: off, DayKind.MAKE_UP: made_up}
        plan = by_kind[there.kind]
        if there.unsure:
            plan = own.merge_reading(off)
            plan = plan.merge_reading(made_up) if day.weekday() > 4 else plan
        if plan != own:
            rules.append(_rule(_dates(day, day), plan))
    return "; ".join([osm, *rules])


def _library_plan(hours: "OpeningHours", day: date) -> DayPlan:
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - the library's wall clock
    bits = {"open": 0, "unknown": 0, "closed": 0}
    for start, end, state, _ in hours.intervals(midnight, midnight + timedelta(days=1)):
        first, last = (
            int(((x or midnight + timedelta(days=1)) - midnight) / timedelta(minutes=1)) for x in (start, end)
        )
        bits[str(state)] |= minute_bits(first, min(last, DAY_MINUTES))
    return DayPlan(bits["open"], bits["unknown"])


@lru_cache(maxsize=4096)
def build_day(day: date, table: WorkdayTable | None = None) -> Day:
    """Return the properties of a date that phrases refer to.

    Without a table no day is a holiday or a make-up day.
    """
    following = (day + timedelta(days=7)).month != day.month
    weeks_left = next(n for n in range(1, 6) if (day + timedelta(days=7 * n)).month != day.month)
    nth = frozenset({(day.day - 1) // 7 + 1, -1 if following else -weeks_left})
    plain = Day(day.weekday(), (day.month, day.day), nth)
    return plain if table is None else _in_table(plain, day, table)


def _in_table(plain: Day, day: date, table: WorkdayTable) -> Day:
    kind = DayKind.DAY_OFF if day in table.days_off else DayKind.NORMAL
    tomorrow = day + timedelta(days=1)
    return replace(
        plain,
        kind=DayKind.MAKE_UP if day in table.makeup_days else kind,
        spring=table.is_near_spring_festival(day),
        is_eve=tomorrow in table.days_off or (tomorrow.month, tomorrow.day) == (1, 1),
        near=frozenset(DayClass(f.value) for f in table.festivals_near(day)),
        feasts=frozenset(DayClass(f.value) for f in table.fixed_festivals(day)),
        off_before=table.weekdays_off_before(day),
        unsure=table.is_unsure(day),
    )


def plan_of_date(
    timetable: Timetable, day: date, table: WorkdayTable | None, *, at_word: bool = False
) -> DayPlan:
    """Return the plan of a date within its 24 hours, including the end of the night before.

    ``at_word``: weekdays hold on days off and make-up days too.
    """
    plan_of = timetable.plan_at_word if at_word else timetable.plan
    before = plan_of(build_day(day - timedelta(days=1), table))
    return _overlay(plan_of(build_day(day, table)), before)


def _overlay(own: DayPlan, before: DayPlan) -> DayPlan:
    sure = (own.open & WHOLE_DAY) | (before.open >> DAY_MINUTES)
    maybe = (own.unknown & WHOLE_DAY) | (before.unknown >> DAY_MINUTES)
    return DayPlan(sure, maybe & ~sure)


@dataclass(frozen=True, slots=True)
class _SpecialDay:
    """A date and its eve, with the work-day table and by the weekday alone."""

    date: date
    day: Day
    eve: Day
    plain_day: Day
    plain_eve: Day


@lru_cache(maxsize=1024)
def _special_days(table: WorkdayTable, year: int, asked: frozenset[str]) -> tuple[_SpecialDay, ...]:
    return tuple(
        _SpecialDay(
            day,
            *(build_day(d, table).restrict_to(asked) for d in (day, day - timedelta(days=1))),
            *(build_day(d).restrict_to(asked) for d in (day, day - timedelta(days=1))),
        )
        for day in _special_dates(table, year)
    )


@lru_cache(maxsize=256)
def _special_dates(table: WorkdayTable, year: int) -> tuple[date, ...]:
    """Return the dates of a year that differ from their weekday, or that adjoin such a run of days."""
    first = date(year, 1, 1)
    length = (date(year + 1, 1, 1) - first).days
    days = [first + timedelta(days=n) for n in range(-1, length + 1)]
    special = {d for d in days if d in table.days_off or d in table.makeup_days}
    special |= {d for d in days if d.month <= 2 and table.is_near_spring_festival(d)}
    special |= {d for run in map(table.days_off_run, special & table.days_off) for d in run}
    special |= {d for d in days if table.festivals_near(d) or table.is_unsure(d)}
    special |= {
        d + timedelta(days=n) for d in special for n in (-1, 1, 2)
    }  # eves, the days that a closure is postponed to, and the night after
    return tuple(sorted(d for d in special if d.year == year))


def _runs(days: Iterable[tuple[date, DayPlan]]) -> Iterator[tuple[tuple[date, date], DayPlan]]:
    """Yield consecutive dates of one month with the same plan as (first, last), plan."""
    numbered = enumerate(days)
    for _, group in groupby(numbered, lambda x: (x[1][0].toordinal() - x[0], x[1][0].month, x[1][1])):
        members = [item for _, item in group]
        yield (members[0][0], members[-1][0]), members[0][1]


def _dates(first: date, last: date) -> str:
    name = f"{first.year} {_MONTHS[first.month - 1]} {first.day:02d}"
    return name if first == last else f"{name}-{last.day:02d}"


# The week -----------------------------------------------------------------------------------------


def _is_uniform(timetable: Timetable) -> bool:
    plain = not timetable.needs_workdays and not any(s.ranges for s in timetable.seasons)
    return plain and len({timetable.plan(Day(w)) for w in range(7)}) == 1


def _weekly(timetable: Timetable, prefix: str, month_day: tuple[int, int] | None) -> list[str]:
    plans = [timetable.plan(Day(w, month_day)) for w in range(7)]
    whole = [_overlay(plans[w], plans[w - 1]) for w in range(7)]
    if all(p == DayPlan(WHOLE_DAY) for p in whole) and not prefix:
        rules = ["24/7"]
    else:
        distinct = dict.fromkeys(p for p in whole if p != DayPlan())
        rules = [_rule(prefix + _weekdays([w for w in range(7) if whole[w] == p]), p) for p in distinct]
    return rules + _monthly(timetable, prefix, month_day, plans)


def _monthly(
    timetable: Timetable, prefix: str, month_day: tuple[int, int] | None, plans: list[DayPlan]
) -> list[str]:
    """Return rules for 第 n 个星期 X where it differs from the week."""
    rules = []
    named = {(x.weekday, x.n, x.sure) for days in timetable.selectors for x in days.nths}
    wanted = {(w, m) for w, n, sure in named for m in ((n,) if sure else (n, n + (1 if n > 0 else -1)))}
    for weekday, n in sorted(wanted):
        plan = timetable.plan(Day(weekday, month_day, frozenset({n})))
        if plan != plans[weekday]:
            rules.append(_rule(f"{prefix}{_DAY_NAMES[weekday]}[{n}]", plan))
    return rules


def _weekdays(days: list[int]) -> str:
    parts = []
    for _, group in groupby(enumerate(days), lambda x: x[1] - x[0]):
        run = [d for _, d in group]
        name = _DAY_NAMES[run[0]]
        parts.append(name if len(run) == 1 else f"{name}{'-' if len(run) > 2 else ','}{_DAY_NAMES[run[-1]]}")
    return ",".join(parts)


def _seasons(timetable: Timetable) -> list[tuple[str, tuple[int, int] | None]]:
    """Return the prefix and a sample (month, day) of each part of the year with its own hours."""
    ranges = [r for s in timetable.seasons for r in s.ranges]
    if not ranges:
        return [("", None)]
    starts = {first for first, _ in ranges} | {_day_after(last) for _, last in ranges}
    cuts = sorted(starts | {(1, 1)})
    ends = [_day_before(cut) for cut in cuts[1:]] + [(12, 31)]
    return [(f"{_month_day(a)}-{_month_day(b)} ", a) for a, b in zip(cuts, ends, strict=True)]


def _month_day(month_day: tuple[int, int]) -> str:
    return f"{_MONTHS[month_day[0] - 1]} {month_day[1]:02d}"


def _day_after(month_day: tuple[int, int]) -> tuple[int, int]:
    month, day = month_day
    if day < _MONTH_LENGTHS[month - 1]:
        return month, day + 1
    return month % 12 + 1, 1


def _day_before(month_day: tuple[int, int]) -> tuple[int, int]:
    month, day = month_day
    if day > 1:
        return month, day - 1
    return month - 1, _MONTH_LENGTHS[month - 2]


# One rule -----------------------------------------------------------------------------------------


def _rule(selector: str, plan: DayPlan) -> str:
    parts = []
    if plan.open:
        parts.append(f"{selector} {_times(plan.open)}")
    if plan.unknown:
        parts.append(f"{selector} {_times(plan.unknown)} unknown")
    return ", ".join(parts) or f"{selector} off"


def _times(bits: int) -> str:
    return ",".join(f"{_clock(a)}-{_clock(b)}" for a, b in bit_runs(bits))


def _clock(minute: int) -> str:
    minute = minute - DAY_MINUTES if minute > DAY_MINUTES else minute
    return f"{minute // 60:02d}:{minute % 60:02d}"


def bit_runs(bits: int) -> Iterator[tuple[int, int]]:
    """Yield runs of set bits as (first, one past the last)."""
    at = 0
    while bits:
        gap = (bits & -bits).bit_length() - 1
        bits >>= gap
        length = (~bits & (bits + 1)).bit_length() - 1
        yield at + gap, at + gap + length
        bits >>= length
        at += gap + length
