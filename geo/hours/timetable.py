"""What an opening-hours phrase means: rules and closures that give a plan for any day.

Minutes of a day and the day after are bits of an integer, so that "open in every reading" is ``&`` and
"open in some reading" is ``|``. Where readings differ the plan says unknown, never open.
"""

from dataclasses import dataclass
from enum import IntEnum
from functools import reduce
from operator import and_, or_

from geo.hours.words import DayClass

DAY_MINUTES = 1440
WHOLE_DAY = (1 << DAY_MINUTES) - 1
_SATURDAY = 5
_BEFORE_REST_DAYS = (4, 5)
FESTIVALS = frozenset(
    {
        *(DayClass.NEW_YEAR, DayClass.QINGMING, DayClass.LABOUR),
        *(DayClass.DRAGON_BOAT, DayClass.MID_AUTUMN, DayClass.NATIONAL),
    }
)


def minutes(start: int, end: int) -> int:
    """The bits of the minutes from start up to end, counted from the day's midnight."""
    return (1 << end) - (1 << start)


class DayKind(IntEnum):
    """How the dated table deviates from the weekday."""

    NORMAL = 0
    DAY_OFF = 1
    MAKE_UP = 2


@dataclass(frozen=True, slots=True)
class Day:
    """What a phrase can ask about a date."""

    weekday: int
    month_day: tuple[int, int] | None = None  # None: in no dated season
    nth: frozenset[int] = frozenset()  # 1 is the month's first such weekday, -1 the last
    kind: DayKind = DayKind.NORMAL
    spring: bool = False
    is_eve: bool = False  # of a holiday
    near: frozenset[DayClass] = frozenset()  # in the run of days off of these festivals
    feasts: frozenset[DayClass] = frozenset()  # the very day of these
    off_before: frozenset[int] = frozenset()  # weekdays whose closing may have been put off to this day

    def only(self, asked: frozenset[str]) -> "Day":
        """The day without what isn't asked, so that days which are alike to a phrase are equal."""
        kept = {name: getattr(self, name) for name in asked}
        return Day(self.weekday, **kept)


class Match(IntEnum):
    """How surely a selector means a day; LIKELY yields to a rule that names the weekday."""

    NO = 0
    MAYBE = 1
    LIKELY = 2
    YES = 3


@dataclass(frozen=True, slots=True)
class Nth:
    """第 n 个星期 X; ``sure`` is false for 第一周的星期 X, which may mean the weekday after."""

    weekday: int
    n: int
    sure: bool = True

    def match(self, day: Day) -> Match:
        if day.weekday != self.weekday:
            return Match.NO
        if self.sure:
            return Match.YES if self.n in day.nth else Match.NO
        next_n = self.n + (1 if self.n > 0 else -1)
        return Match.MAYBE if day.nth & {self.n, next_n} else Match.NO


@dataclass(frozen=True, slots=True)
class Days:
    """The days that a phrase names."""

    weekdays: frozenset[int] = frozenset()
    classes: frozenset[DayClass] = frozenset()
    nths: frozenset[Nth] = frozenset()

    def __or__(self, other: "Days") -> "Days":
        return Days(self.weekdays | other.weekdays, self.classes | other.classes, self.nths | other.nths)

    def match(self, day: Day) -> Match:
        named = [Match.YES] if day.weekday in self.weekdays else [Match.NO]
        named += [_match_class(cls, day) for cls in self.classes]
        named += [nth.match(day) for nth in self.nths]
        return max(named)

    def names_holiday(self, day: Day) -> bool:
        """Whether the day is meant as a holiday, which outweighs its weekday."""
        return day.kind is DayKind.DAY_OFF and any(_match_class(c, day) is Match.YES for c in self.classes)


def _match_class(cls: DayClass, day: Day) -> Match:
    """How surely a class means a day. Which eves and which days of a festival's run, nobody says."""
    weekend = day.weekday >= _SATURDAY
    if cls is DayClass.SPRING:
        return Match.MAYBE if day.spring else Match.NO
    if cls in FESTIVALS:
        return Match.YES if cls in day.feasts else Match.MAYBE if cls in day.near else Match.NO
    if cls is DayClass.EVE:
        return Match.MAYBE if day.is_eve or day.weekday in _BEFORE_REST_DAYS else Match.NO
    if day.kind is DayKind.DAY_OFF:
        return Match.NO if cls in (DayClass.WORKDAY, DayClass.ORDINARY) else Match.YES
    if day.kind is DayKind.MAKE_UP:
        return {
            DayClass.WORKDAY: Match.YES,
            DayClass.ORDINARY: Match.MAYBE,
            DayClass.REST_DAY: Match.MAYBE,
        }.get(cls, Match.NO)
    if cls in (DayClass.WORKDAY, DayClass.ORDINARY):
        return Match.NO if weekend else Match.YES
    if not weekend:
        return Match.NO
    return {DayClass.REST_DAY: Match.LIKELY, DayClass.FESTIVE: Match.MAYBE}.get(cls, Match.NO)


@dataclass(frozen=True, slots=True)
class Season:
    """A part of the year; without ranges it is only a name (夏季) whose dates nobody stated."""

    name: str
    ranges: tuple[tuple[tuple[int, int], tuple[int, int]], ...] = ()

    def holds(self, month_day: tuple[int, int] | None) -> bool:
        if month_day is None:
            return False
        return any(
            first <= month_day <= last if first <= last else month_day >= first or month_day <= last
            for first, last in self.ranges
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """Minutes surely open and minutes perhaps open, as bits; all others are closed."""

    open: int = 0
    unknown: int = 0

    def or_else(self, other: "Plan") -> "Plan":
        """What holds when either of two readings may be right."""
        sure = self.open & other.open
        return Plan(sure, (self.open | self.unknown | other.open | other.unknown) & ~sure)

    def doubted(self) -> "Plan":
        return Plan(0, self.open | self.unknown)


UNKNOWN_DAY = Plan(0, WHOLE_DAY)


@dataclass(frozen=True, slots=True)
class Rule:
    """On these days, in this season, at these minutes."""

    days: Days
    season: Season | None
    plan: Plan


@dataclass(frozen=True, slots=True)
class Closure:
    """Closed on these days; on days of ``unless`` it is not said what happens.

    ``postponed``: then closed on a later day instead, the next one or the first that isn't off.
    """

    days: Days
    unless: Days | None = None
    sure: bool = True
    postponed: bool = False

    def match(self, day: Day) -> Match:
        named = self.days.match(day)
        if named is Match.NO:
            put_off = self.postponed and bool(self.days.weekdays & day.off_before)
            return Match.MAYBE if put_off else named
        return Match.MAYBE if not self.sure or self.is_lifted(day) else named

    def is_lifted(self, day: Day) -> bool:
        return self.unless is not None and self.unless.match(day) > Match.NO


@dataclass(frozen=True, slots=True)
class Timetable:
    """The meaning of one phrase."""

    rules: tuple[Rule, ...]
    closures: tuple[Closure, ...] = ()
    opened: tuple[Days, ...] = ()  # 节假日照常开放: then never surely closed

    @property
    def selectors(self) -> tuple[Days, ...]:
        unless = tuple(c.unless for c in self.closures if c.unless is not None)
        return (*(r.days for r in self.rules), *(c.days for c in self.closures), *unless, *self.opened)

    @property
    def needs_workdays(self) -> bool:
        return any(days.classes for days in self.selectors)

    @property
    def asked(self) -> frozenset[str]:
        """The fields of `Day` that this phrase looks at, beside the weekday."""
        selectors = self.selectors
        classes = frozenset().union(*(days.classes for days in selectors))
        asked = {
            "kind": bool(classes),
            "month_day": any(s.ranges for s in self.seasons),
            "nth": any(days.nths for days in selectors),
            "spring": DayClass.SPRING in classes,
            "is_eve": DayClass.EVE in classes,
            "near": bool(classes & FESTIVALS),
            "feasts": bool(classes & FESTIVALS),
            "off_before": any(c.postponed for c in self.closures),
        }
        return frozenset(name for name, is_asked in asked.items() if is_asked)

    @property
    def seasons(self) -> frozenset[Season]:
        return frozenset(r.season for r in self.rules if r.season is not None)

    @property
    def is_weekly(self) -> bool:
        """Whether only the weekday decides."""
        dated = any(s.ranges for s in self.seasons) or any(days.nths for days in self.selectors)
        return not self.needs_workdays and not dated

    @property
    def spills_over_midnight(self) -> bool:
        return any((r.plan.open | r.plan.unknown) >> DAY_MINUTES for r in self.rules)

    def plan(self, day: Day) -> Plan:
        """The minutes of a day, and of the night that follows it."""
        plan = self._hours(day)
        everything = reduce(or_, (r.plan.open | r.plan.unknown for r in self.rules))
        for closure in self.closures:
            match = closure.match(day)
            if match is Match.YES:
                plan = Plan()
            elif match is not Match.NO:
                plan = plan.doubted()
                if closure.is_lifted(day) and not plan.unknown:
                    # Perhaps open in spite of the closure, then at the hours of other days.
                    plan = Plan(0, everything)
        if any(days.match(day) > Match.NO for days in self.opened):
            plan = Plan(plan.open, (plan.unknown | everything) & ~plan.open)
        return plan

    def _hours(self, day: Day) -> Plan:
        undated = sorted({s.name for s in self.seasons if not s.ranges})
        if not undated:
            return self._in_season(day, None)
        readings: list[Plan] = [self._in_season(day, name) for name in undated]
        if any(r.season is None for r in self.rules):
            readings.append(self._in_season(day, None))
        return reduce(Plan.or_else, readings)

    def _in_season(self, day: Day, name: str | None) -> Plan:
        rules = [r for r in self.rules if _is_in_season(r.season, day, name)]
        if not rules:
            return UNKNOWN_DAY  # the text gives hours for other parts of the year only
        return _choose(rules, day)


def _is_in_season(season: Season | None, day: Day, name: str | None) -> bool:
    if name is not None:
        return season is not None and season.name == name and not season.ranges
    return season is None or season.holds(day.month_day)


def _choose(rules: list[Rule], day: Day) -> Plan:
    """The plan of the rules that mean the day: holidays outweigh weekdays, sure outweighs likely."""
    holiday = [r for r in rules if r.days.names_holiday(day)]
    by_match = {m: [r.plan for r in rules if r.days.match(day) is m] for m in Match}
    if holiday:
        # A festival's own hours may be meant instead: 节假日9:00-17:00, 春节10:00-12:00.
        return reduce(Plan.or_else, by_match[Match.MAYBE], _together([r.plan for r in holiday]))
    sure = by_match[Match.YES] or by_match[Match.LIKELY]
    doubtful = by_match[Match.MAYBE] + (by_match[Match.LIKELY] if by_match[Match.YES] else [])
    plan = _together(sure) if sure else Plan()
    return reduce(Plan.or_else, doubtful, plan)


def _together(plans: list[Plan]) -> Plan:
    """Several rules for one day: parts that don't overlap add up, parts that do are in dispute."""
    touched = [p.open | p.unknown for p in plans]
    if reduce(or_, touched).bit_count() == sum(t.bit_count() for t in touched):
        return Plan(reduce(or_, (p.open for p in plans)), reduce(or_, (p.unknown for p in plans)))
    sure = reduce(and_, (p.open for p in plans))
    return Plan(sure, reduce(or_, touched) & ~sure)
