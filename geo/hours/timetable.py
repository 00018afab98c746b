"""The meaning of an opening-hours phrase: rules and closures that give a plan for any day.

The minutes of a day and of the day after are bits of an integer, so that "open in every reading" is
``&`` and "open in some reading" is ``|``. Where readings differ the plan is unknown, never open.
"""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import reduce
from itertools import groupby
from operator import and_, or_

from geo.hours.day_selector import SATURDAY, Day, DayKind, DayMatch, DaySelector, match_class
from geo.hours.words import HOLIDAYS, DayClass

DAY_MINUTES = 1440


WHOLE_DAY = (1 << DAY_MINUTES) - 1
_WEEK = range(7)


_YEAR = tuple((month, day) for month in range(1, 13) for day in range(1, monthrange(2024, month)[1] + 1))


def minute_bits(start: int, end: int) -> int:
    """Return the bits of the minutes from start up to end, counted from the day's midnight."""
    return (1 << end) - (1 << start)


@dataclass(frozen=True, slots=True)
class Season:
    """A part of the year; without ranges it is only a name (夏季) with unknown dates."""

    name: str
    ranges: tuple[tuple[tuple[int, int], tuple[int, int]], ...] = ()

    def holds(self, month_day: tuple[int, int] | None) -> bool:
        """Return whether the season's ranges contain a (month, day)."""
        if month_day is None:
            return False
        return any(
            first <= month_day <= last if first <= last else month_day >= first or month_day <= last
            for first, last in self.ranges
        )

    def without(self, others: "Iterable[Season]") -> "Season":
        """Return the dated season, or else the whole year, without the dates of others. *Raises* ValueError if none is left."""
        cut = tuple(others)
        kept = [
            at
            for at, day in enumerate(_YEAR)
            if (not self.ranges or self.holds(day)) and not any(one.holds(day) for one in cut)
        ]
        runs = [list(run) for _, run in groupby(enumerate(kept), lambda pair: pair[1] - pair[0])]
        if not runs:
            raise ValueError("no date is left")
        return Season(self.name, tuple((_YEAR[run[0][1]], _YEAR[run[-1][1]]) for run in runs))


@dataclass(frozen=True, slots=True)
class DayPlan:
    """The minutes surely open and the minutes perhaps open, as bits; all others are closed."""

    open: int = 0
    unknown: int = 0

    def merge_reading(self, other: "DayPlan") -> "DayPlan":
        """Return the plan if either of two readings may be right."""
        sure = self.open & other.open
        return DayPlan(sure, (self.open | self.unknown | other.open | other.unknown) & ~sure)

    def follow_night(self, before: "DayPlan") -> "DayPlan":
        """Return the plan of the 24 hours alone, with the end of the night before."""
        sure = (self.open & WHOLE_DAY) | (before.open >> DAY_MINUTES)
        maybe = (self.unknown & WHOLE_DAY) | (before.unknown >> DAY_MINUTES)
        return DayPlan(sure, maybe & ~sure)

    def as_unknown(self) -> "DayPlan":
        """Return the plan with all its open minutes unknown."""
        return DayPlan(0, self.open | self.unknown)


UNKNOWN_PLAN = DayPlan(0, WHOLE_DAY)


@dataclass(frozen=True, slots=True)
class HoursRule:
    """Open on these days, in this season, at these minutes."""

    days: DaySelector
    season: Season | None
    plan: DayPlan


@dataclass(frozen=True, slots=True)
class SpecialDates:
    """Days of one year with a plan of their own, whatever else the text states."""

    first: date
    last: date
    plan: DayPlan


@dataclass(frozen=True, slots=True)
class ClosureRule:
    """Closed on these days; on days of ``unless`` the state is unknown.

    ``postponed``: on days of ``unless`` it is closed on a later day instead, the next day or the first
    that isn't off.
    """

    days: DaySelector
    unless: DaySelector | None = None
    sure: bool = True
    postponed: bool = False

    def match(self, day: Day) -> DayMatch:
        named = self.days.match(day)
        if named is DayMatch.NO:
            put_off = self.postponed and bool(self.days.weekdays & day.off_before)
            return DayMatch.MAYBE if put_off else named
        made_up = day.kind is DayKind.MAKE_UP and day.weekday in self.days.weekdays
        return DayMatch.MAYBE if not self.sure or made_up or self.is_lifted(day) else named

    def is_lifted(self, day: Day) -> bool:
        """Return whether ``unless`` applies to the day."""
        return self.unless is not None and self.unless.match(day) > DayMatch.NO


@dataclass(frozen=True, slots=True)
class Timetable:
    """The meaning of one phrase."""

    rules: tuple[HoursRule, ...]
    closures: tuple[ClosureRule, ...] = ()
    opened: tuple[DaySelector, ...] = ()  # 节假日照常开放: then never surely closed
    is_default: bool = False  # 00:00-00:00 and the like: round the clock by a form, not by a statement
    special: tuple[SpecialDates, ...] = ()

    @property
    def selectors(self) -> tuple[DaySelector, ...]:
        unless = tuple(c.unless for c in self.closures if c.unless is not None)
        return (*(r.days for r in self.rules), *(c.days for c in self.closures), *unless, *self.opened)

    @property
    def opens_every_weekday(self) -> bool:
        """Whether each weekday has hours of its own, and nothing closes it."""
        named = (rule.days.weekdays for rule in self.rules if rule.plan != DayPlan())
        return not self.closures and len(frozenset[int]().union(*named)) == len(_WEEK)

    @property
    def needs_workdays(self) -> bool:
        """Whether a day can be known by a work-day table alone.

        Not so where holidays are as their weekday: 周一至周五8:00-18:00，周末9:00-16:00，节假日照常.
        """
        if not self.opens_every_weekday:
            return any(days.classes for days in self.selectors)
        named = frozenset[DayClass]().union(*(days.classes for days in self.opened))
        return bool(named - HOLIDAYS) or any(rule.days.classes for rule in self.rules)

    @property
    def follows_week(self) -> bool:
        """Whether the text names some days of the week, so that a day off or a make-up day may be another."""
        return any(0 < len(days.weekdays) < 7 for days in self.selectors)

    @property
    def seasons(self) -> frozenset[Season]:
        return frozenset(r.season for r in self.rules if r.season is not None)

    @property
    def is_weekly(self) -> bool:
        """Whether the weekday alone decides on ordinary days."""
        dated = any(s.ranges for s in self.seasons) or any(days.nths for days in self.selectors)
        return not any(days.classes for days in self.selectors) and not dated and not self.special

    @property
    def spills_over_midnight(self) -> bool:
        return any((r.plan.open | r.plan.unknown) >> DAY_MINUTES for r in self.rules)

    @property
    def is_always(self) -> bool:
        """Whether it is open at every minute of ordinary days, whatever the date."""
        plans = [self.plan(Day(weekday)) for weekday in range(7)] if self.is_weekly else [DayPlan()]
        return all(plan.follow_night(plans[n - 1]) == DayPlan(WHOLE_DAY) for n, plan in enumerate(plans))

    def plan(self, day: Day) -> DayPlan:
        """Return the plan of a day and of the night that follows it.

        A text that names weekdays does not say what holds on a day off or a make-up work-day, unless it
        speaks of such days: 周一至周五 is then unknown.
        """
        if (special := self._special_plan(day)) is not None:
            return special
        if not day.unsure:
            return self._plan_of_kind(day)
        kinds = [DayKind.NORMAL, DayKind.DAY_OFF, *([DayKind.MAKE_UP] if day.weekday >= SATURDAY else [])]
        readings = (self._plan_of_kind(replace(day, kind=kind, unsure=False)) for kind in kinds)
        return reduce(DayPlan.merge_reading, readings)

    def is_doubted(self, day: Day) -> bool:
        """Return whether the plan is unknown only because the day is off or made up."""
        return self.plan(day) != self.plan_at_word(day)

    def plan_at_word(self, day: Day) -> DayPlan:
        """Return the plan that the text states, even on a day off or a make-up day of which it does not speak."""
        special = self._special_plan(day)
        return self._stated(replace(day, unsure=False)) if special is None else special

    def _special_plan(self, day: Day) -> DayPlan | None:
        if not self.special or day.on is None:
            return None
        return next((one.plan for one in self.special if one.first <= day.on <= one.last), None)

    def _plan_of_kind(self, day: Day) -> DayPlan:
        stated = self._stated(day)
        if day.kind is DayKind.NORMAL or not self.follows_week or self._speaks_of(day):
            return stated
        if day.kind is DayKind.DAY_OFF:
            return plan_on_day_off(
                stated, self._stated(day.as_plain(day.weekday)), self._stated(day.as_plain(6))
            )
        return plan_on_make_up_day(stated, [self._stated(day.as_plain(weekday)) for weekday in range(5)])

    def _speaks_of(self, day: Day) -> bool:
        """Return whether the text names days off, or work-days for a make-up day."""
        named = self.selectors if day.kind is DayKind.DAY_OFF else [r.days for r in self.rules]
        classes = frozenset[DayClass]().union(*(days.classes for days in named))
        asked = classes & HOLIDAYS if day.kind is DayKind.DAY_OFF else classes
        return any(match_class(cls, day) > DayMatch.NO for cls in asked)

    def _stated(self, day: Day) -> DayPlan:
        """Return the plan that the text states, taken at its word."""
        plan = self._hours(day)
        if not self.closures and not self.opened:
            return plan
        everything = reduce(or_, (r.plan.open | r.plan.unknown for r in self.rules))
        named_open = any(r.days.names_holiday(day) for r in self.rules)
        for closure in self.closures:
            match = closure.match(day)
            if match is DayMatch.YES and (not named_open or closure.days.names_holiday(day)):
                plan = DayPlan()
            elif match is not DayMatch.NO:
                plan = plan.as_unknown()
                if closure.is_lifted(day) and not plan.unknown:
                    # It may be open in spite of the closure, then at the hours of other days.
                    plan = DayPlan(0, everything)
        opened = max((days.match(day) for days in self.opened), default=DayMatch.NO)
        # A weekend with hours of its own keeps them: 周六9:00-12:00，节假日照常.
        has_own = day.weekday >= SATURDAY and bool(plan.open)
        if opened is not DayMatch.NO and not has_own:
            plan = DayPlan(plan.open, (plan.unknown | everything) & ~plan.open)
        return plan

    def _hours(self, day: Day) -> DayPlan:
        undated = sorted({s.name for s in self.seasons if not s.ranges})
        if not undated:
            return self._in_season(day, None)
        readings: list[DayPlan] = [self._in_season(day, name) for name in undated]
        if any(r.season is None for r in self.rules):
            readings.append(self._in_season(day, None))
        return reduce(DayPlan.merge_reading, readings)

    def _in_season(self, day: Day, name: str | None) -> DayPlan:
        rules = [r for r in self.rules if _is_in_season(r.season, day, name)]
        if not rules:
            return UNKNOWN_PLAN  # the text gives hours for other parts of the year only
        return _choose(rules, day)


def _is_in_season(season: Season | None, day: Day, name: str | None) -> bool:
    if name is not None:
        return season is not None and season.name == name and not season.ranges
    return season is None or season.holds(day.month_day)


def _choose(rules: list[HoursRule], day: Day) -> DayPlan:
    """Return the plan of the rules for a day: holidays outrank weekdays, sure outranks likely."""
    holiday = [r for r in rules if r.days.names_holiday(day)]
    by_match: dict[DayMatch, list[DayPlan]] = {match: [] for match in DayMatch}
    for rule in rules:
        by_match[rule.days.match(day)].append(rule.plan)
    if holiday:
        # A festival's own hours may be meant instead: 节假日9:00-17:00, 春节10:00-12:00.
        return reduce(DayPlan.merge_reading, by_match[DayMatch.MAYBE], _together([r.plan for r in holiday]))
    sure = by_match[DayMatch.YES] or by_match[DayMatch.LIKELY]
    if not sure and all(r.days.classes and r.days.classes <= HOLIDAYS and not r.days.weekdays for r in rules):
        return UNKNOWN_PLAN  # 节假日9:00-16:00 says nothing of other days
    doubtful = by_match[DayMatch.MAYBE] + (by_match[DayMatch.LIKELY] if by_match[DayMatch.YES] else [])
    plan = _together(sure) if sure else DayPlan()
    return reduce(DayPlan.merge_reading, doubtful, plan)


def plan_on_day_off(stated: DayPlan, usual: DayPlan, sunday: DayPlan) -> DayPlan:
    """Return the plan of a day off of which the text does not speak.

    A place with the same hours on Sundays does not follow the working week. Any other may be shut, or open
    at its usual hours or at those of Sundays.
    """
    closed = DayPlan()
    if usual in (sunday, closed) or (stated == closed and sunday == closed):
        return stated
    return DayPlan(
        0, stated.open | stated.unknown | usual.open | usual.unknown | sunday.open | sunday.unknown
    )


def plan_on_make_up_day(stated: DayPlan, weekdays: list[DayPlan]) -> DayPlan:
    """Return the plan of a Saturday or Sunday that is made up, of which the text does not speak.

    It may have the hours of a weekday instead. The one closing day of a museum is left out.
    """
    closed = DayPlan()
    working = [plan for plan in weekdays if plan != closed]
    if len(working) < len(weekdays) - 1:
        working.append(closed)
    return reduce(DayPlan.merge_reading, working, stated)


def _together(plans: list[DayPlan]) -> DayPlan:
    """Combine several rules for one day: disjoint parts add up, overlapping parts are in dispute."""
    if len(plans) == 1:
        return plans[0]
    touched = [p.open | p.unknown for p in plans]
    if reduce(or_, touched).bit_count() == sum(t.bit_count() for t in touched):
        return DayPlan(reduce(or_, (p.open for p in plans)), reduce(or_, (p.unknown for p in plans)))
    sure = reduce(and_, (p.open for p in plans))
    return DayPlan(sure, reduce(or_, touched) & ~sure)
