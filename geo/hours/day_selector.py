"""The days that a phrase of opening hours names, and how surely a day is one of them."""

from dataclasses import dataclass
from datetime import date
from enum import IntEnum

from geo.hours.words import FESTIVALS, DayClass

SATURDAY = 5
_BEFORE_REST_DAYS = (4, 5)


class DayKind(IntEnum):
    """How the work-day table deviates from the weekday."""

    NORMAL = 0
    DAY_OFF = 1
    MAKE_UP = 2


@dataclass(frozen=True, slots=True)
class Day:
    """The properties of a date that a phrase can refer to."""

    weekday: int
    month_day: tuple[int, int] | None = None  # None: in no dated season
    nth: frozenset[int] = frozenset()  # 1 is the month's first such weekday, -1 the last
    kind: DayKind = DayKind.NORMAL
    spring: bool = False
    is_eve: bool = False  # of a holiday
    near: frozenset[DayClass] = frozenset()  # in the run of days off around these festivals
    feasts: frozenset[DayClass] = frozenset()  # the day of these festivals itself
    off_before: frozenset[int] = frozenset()  # weekdays whose closure may have been postponed to this day
    unsure: bool = False  # no table says whether it is off or made up
    on: date | None = None  # None: any such day

    def as_plain(self, weekday: int) -> "Day":
        """Return an ordinary day of the same part of the year, on a weekday."""
        return Day(weekday, self.month_day, self.nth if weekday == self.weekday else frozenset())


class DayMatch(IntEnum):
    """How surely a selector applies to a day; a rule that names the weekday outranks LIKELY."""

    NO = 0
    MAYBE = 1
    LIKELY = 2
    YES = 3


@dataclass(frozen=True, slots=True)
class NthWeekday:
    """第 n 个星期 X; ``sure`` is false for 第一周的星期 X, which may mean the weekday after."""

    weekday: int
    n: int
    sure: bool = True

    def match(self, day: Day) -> DayMatch:
        if day.weekday != self.weekday:
            return DayMatch.NO
        if self.sure:
            return DayMatch.YES if self.n in day.nth else DayMatch.NO
        next_n = self.n + (1 if self.n > 0 else -1)
        return DayMatch.MAYBE if day.nth & {self.n, next_n} else DayMatch.NO


@dataclass(frozen=True, slots=True)
class DaySelector:
    """The days that a phrase names."""

    weekdays: frozenset[int] = frozenset()
    classes: frozenset[DayClass] = frozenset()
    nths: frozenset[NthWeekday] = frozenset()

    def __or__(self, other: "DaySelector") -> "DaySelector":
        return DaySelector(
            self.weekdays | other.weekdays, self.classes | other.classes, self.nths | other.nths
        )

    def match(self, day: Day) -> DayMatch:
        if day.weekday in self.weekdays:
            return DayMatch.YES
        named = [*(match_class(cls, day) for cls in self.classes), *(nth.match(day) for nth in self.nths)]
        return max(named, default=DayMatch.NO)

    def names_holiday(self, day: Day) -> bool:
        """Return whether the selector names the day as a holiday, which outranks its weekday."""
        return day.kind is DayKind.DAY_OFF and any(match_class(c, day) is DayMatch.YES for c in self.classes)


def match_class(cls: DayClass, day: Day) -> DayMatch:
    """Return how surely a class contains a day.

    No source states which eves and which days of a festival's run are meant, so these are MAYBE.
    """
    weekend = day.weekday >= SATURDAY
    if cls is DayClass.SPRING:
        return DayMatch.MAYBE if day.spring else DayMatch.NO
    if cls in FESTIVALS:
        return DayMatch.YES if cls in day.feasts else DayMatch.MAYBE if cls in day.near else DayMatch.NO
    if cls is DayClass.EVE:
        return DayMatch.MAYBE if day.is_eve or day.weekday in _BEFORE_REST_DAYS else DayMatch.NO
    if cls is DayClass.OTHER:
        return DayMatch.LIKELY if day.kind is DayKind.DAY_OFF else DayMatch.YES
    if cls is DayClass.USUAL:
        return DayMatch.MAYBE if weekend or day.kind is not DayKind.NORMAL else DayMatch.YES
    if day.kind is DayKind.DAY_OFF:
        return DayMatch.NO if cls in (DayClass.WORKDAY, DayClass.ORDINARY) else DayMatch.YES
    if day.kind is DayKind.MAKE_UP:
        return {
            DayClass.WORKDAY: DayMatch.YES,
            DayClass.ORDINARY: DayMatch.MAYBE,
            DayClass.REST_DAY: DayMatch.MAYBE,
        }.get(cls, DayMatch.NO)
    if cls in (DayClass.WORKDAY, DayClass.ORDINARY):
        return DayMatch.NO if weekend else DayMatch.YES
    if not weekend:
        return DayMatch.NO
    return {DayClass.REST_DAY: DayMatch.LIKELY, DayClass.FESTIVE: DayMatch.MAYBE}.get(cls, DayMatch.NO)
