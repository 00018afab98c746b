"""Decide which days 平时 and 平日 name: it depends on the other days in the text."""

from dataclasses import replace

from geo.hours.timetable import DaySelector, Timetable
from geo.hours.words import DayClass

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
