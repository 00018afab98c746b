"""Merge days that are named twice, find the usual days, and refuse timetables that contradict themselves."""

from dataclasses import replace

from geo.hours.day_selector import DaySelector
from geo.hours.timetable import DayPlan, Timetable
from geo.hours.tokens import NotUnderstoodError
from geo.hours.words import DayClass

_ALL_WEEK = DaySelector(weekdays=frozenset(range(7)))
_MONDAY_TO_FRIDAY = DaySelector(weekdays=frozenset(range(5)))


def merge_named_days(first: DaySelector, second: DaySelector) -> DaySelector:
    """Merge days that are named twice: 工作日(周一至周五), 周二至周日 每天, 周一至周五 工作日."""
    for one, other in ((first, second), (second, first)):
        if one.classes & {DayClass.WORKDAY, DayClass.ORDINARY, DayClass.USUAL} and other == _MONDAY_TO_FRIDAY:
            return DaySelector(classes=frozenset({DayClass.ORDINARY}))
        if other == _ALL_WEEK and not one.nths:
            return one
    if second.weekdays <= first.weekdays and not second.classes and not second.nths:
        return second
    raise NotUnderstoodError("…")  # two lists of days, hours for one only


def check_timetable(timetable: Timetable) -> Timetable:
    """Return the timetable if it is consistent and can be written in OSM syntax.

    *Raises* NotUnderstoodError otherwise.
    """
    closed = frozenset().union(*(c.days.weekdays for c in timetable.closures))
    if closed >= frozenset(range(7)):
        raise NotUnderstoodError("…")
    undated = {s.name for s in timetable.seasons if not s.ranges}
    dated = {s for s in timetable.seasons if s.ranges}
    seasonless = any(r.season is None for r in timetable.rules)
    if (undated and dated) or (len(undated) == 1 and not seasonless) or (dated and seasonless):
        raise NotUnderstoodError("…")
    nths = {nth for days in timetable.selectors for nth in days.nths}
    mixed = any(a.weekday == b.weekday and a.n * b.n < 0 for a in nths for b in nths)
    if mixed or (timetable.spills_over_midnight and (nths or dated)):
        raise NotUnderstoodError("…")
    return _without_idle_openings(timetable)


def _without_idle_openings(timetable: Timetable) -> Timetable:
    """Drop openings that change nothing: 全周开放，节假日照常 needs no work-day table."""
    plain = frozenset().union(*(r.days.weekdays for r in timetable.rules if r.plan != DayPlan()))
    if timetable.closures or plain < frozenset(range(7)):
        return timetable
    kept = tuple(d for d in timetable.opened if DayClass.WORKDAY in d.classes)
    return replace(timetable, opened=kept)


_WEEKEND = frozenset({5, 6})


def resolve_usual_days(timetable: Timetable) -> Timetable:
    """Return the timetable with the meaning of 平时 in it.

    Beside weekends it is Monday to Friday. Beside holidays, seasons or a closing day it is every other day.
    Alone it stays what it is: Monday to Friday, and perhaps other days.
    """
    if not any(DayClass.USUAL in days.classes for days in timetable.selectors):
        return timetable
    meaning = _meaning(timetable)
    if meaning is DayClass.USUAL:
        return timetable

    def resolve(days: DaySelector) -> DaySelector:
        if DayClass.USUAL not in days.classes:
            return days
        return replace(days, classes=days.classes - {DayClass.USUAL} | {meaning})

    rules = tuple(replace(rule, days=resolve(rule.days)) for rule in timetable.rules)
    closures = tuple(replace(closure, days=resolve(closure.days)) for closure in timetable.closures)
    return replace(timetable, rules=rules, closures=closures, opened=tuple(map(resolve, timetable.opened)))


def _meaning(timetable: Timetable) -> DayClass:
    of_rules = [rule.days for rule in timetable.rules]
    weekend = any(days.weekdays & _WEEKEND and len(days.weekdays) < 7 for days in of_rules)
    weekend |= any(DayClass.REST_DAY in days.classes for days in timetable.selectors)
    weekend |= any(closure.days.weekdays >= _WEEKEND for closure in timetable.closures)
    if weekend:
        return DayClass.ORDINARY
    if any(0 < len(days.weekdays) < 7 for days in of_rules):
        return DayClass.USUAL  # 平日9:00-18:00，周五9:00-20:00 says nothing of weekends
    others = [days for days in timetable.selectors if DayClass.USUAL not in days.classes]
    seasons = len({rule.season for rule in timetable.rules}) > 1
    return DayClass.OTHER if others or seasons else DayClass.USUAL
