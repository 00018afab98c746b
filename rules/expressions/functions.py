"""The functions of the expressions: exact, without a clock, computed here and not by ZEN.

ZEN's own date functions read the clock, and adding a year to 29 February is an invalid date there.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from rules.facts import Kind, Value
from rules.lunar import FEASTS, feast, lunar_day, lunar_month
from rules.territory import covers

N_ = str  # marks a text for the message catalogue


def age(birthday: date, on: date) -> int:
    """Full years; somebody born on 29 February completes a year on 1 March of a common year."""
    return on.year - birthday.year - ((on.month, on.day) < (birthday.month, birthday.day))


def years(start: date, end: date) -> int:
    """Full years from ``start`` to ``end``, of a membership or an employment."""
    return age(start, end)


def months_between(start: date, end: date) -> int:
    """Full months from ``start`` to ``end``, negative when ``end`` comes first."""
    if end < start:
        return -months_between(end, start)
    return (end.year - start.year) * 12 + end.month - start.month - (end.day < start.day)


def days_between(start: date, end: date) -> int:
    """Days from ``start`` to ``end``, negative when ``end`` comes first."""
    return (end - start).days


def year(on: date) -> int:
    """The year of a date."""
    return on.year


def month(on: date) -> int:
    """The month of a date, 1 to 12."""
    return on.month


def day(on: date) -> int:
    """The day of the month, 1 to 31."""
    return on.day


def within(code: str, area: str) -> bool:
    """Whether a code of a district or organisation is the area's own or lies below it."""
    return covers(area, code)


@dataclass(frozen=True, slots=True)
class Function:
    """A function: the kinds it takes, the kind and unit it gives; ``allowed`` are all texts that it may give."""

    compute: Callable[..., Value]
    takes: tuple[Kind, ...]
    gives: Kind
    unit: str | None = None
    allowed: tuple[str, ...] = ()


FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {
        "age": Function(age, ("date", "date"), "integer", N_("years")),
        "months_between": Function(months_between, ("date", "date"), "integer", N_("months")),
        "days_between": Function(days_between, ("date", "date"), "integer", N_("days")),
        "year": Function(year, ("date",), "integer", N_("year")),
        "month": Function(month, ("date",), "integer"),
        "day": Function(day, ("date",), "integer"),
        "years": Function(years, ("date", "date"), "integer", N_("years")),
        "lunar_month": Function(lunar_month, ("date",), "integer"),
        "lunar_day": Function(lunar_day, ("date",), "integer"),
        "feast": Function(feast, ("date",), "text", allowed=FEASTS),
        "within": Function(within, ("text", "text"), "boolean"),
    }
)
KNOWN = "known"
"""``known(fact)``: whether a fact is known; the one question that is never itself unknown."""
