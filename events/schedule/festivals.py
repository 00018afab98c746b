"""The festivals of a day, and the rules in force that react to one."""

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from types import MappingProxyType

from rules import FESTIVALS, FactValue, Rule, RuleLibrary, may_consider_event

FESTIVAL_TYPE = "calendar.festival"
# What the library ``holidays`` calls each festival in Chinese; a day made up for one has another name.
_NAMES = MappingProxyType(
    {
        "元旦": "元旦",
        "春节": "春节",
        "国际妇女节": "妇女节",
        "清明节": "清明",
        "劳动节": "劳动节",
        "五四青年节": "青年节",
        "端午节": "端午",
        "六一儿童节": "儿童节",
        "建军节": "建军节",
        "中秋节": "中秋",
        "国庆节": "国庆节",
    }
)


def festivals_on(day: date) -> tuple[str, ...]:
    """Return the festivals whose own day it is, as rules name them; days off around it are no festival.

    *Source*: the library ``holidays``, calendar CN: the first of the days that have a festival's name.
    """
    return tuple(name for name in FESTIVALS if _first_days(day.year).get(name) == day)


@lru_cache(64)
def _first_days(year: int) -> dict[str, date]:
    import holidays

    calendar = holidays.country_holidays(
        "CN", years=year, language="zh_CN", categories=("public", "half_day")
    )
    found: dict[str, date] = {}
    for day, names in sorted(calendar.items()):
        for name in names.split("; "):
            if name in _NAMES:
                found.setdefault(_NAMES[name], day)
    return found


def iter_listening_rules(library: RuleLibrary, festival: str, day: date) -> Iterator[Rule]:
    """Yield the versions in force on the day that react to this festival, whatever is known of a member.

    A rule whose ``among`` is false for the festival alone does not react: 春节's rule doesn't send
    国庆节 to everybody.
    """
    known: dict[str, FactValue] = {
        "event.festival": festival,
        "event.on": day,
        "event.occurred_on": day,
    }
    for rules in library.by_event.get(FESTIVAL_TYPE, {}).values():
        for rule in rules:
            if rule.definition.in_force.holds(day) and may_consider_event(rule, known):
                yield rule
