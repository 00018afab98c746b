"""The functions of the expression language; Python computes them exactly and without a clock."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from core.civil_time import full_months, full_years
from core.text_marks import N_
from rules.facts import FactKind, FactValue
from rules.lunar import FEASTS, feast, lunar_day, lunar_month
from rules.territory import territory_covers


def days_between(start: date, end: date) -> int:
    """Return the days from ``start`` to ``end``, negative when ``end`` comes first."""
    return (end - start).days


def calendar_year(on: date) -> int:
    """Return the year of a date."""
    return on.year


def calendar_month(on: date) -> int:
    """Return the month of a date, 1 to 12."""
    return on.month


def day_of_month(on: date) -> int:
    """Return the day of the month, 1 to 31."""
    return on.day


def is_code_within(code: str, area: str) -> bool:
    """Return whether the code of a district or organisation is the area's own or lies below it."""
    return territory_covers(area, code)


@dataclass(frozen=True, slots=True)
class ExpressionFunction:
    """A function of the expression language: the kinds it takes, and the kind and unit it gives.

    ``allowed`` lists every text that it may return.
    """

    compute: Callable[..., FactValue]
    takes: tuple[FactKind, ...]
    gives: FactKind
    unit: str | None = None
    allowed: tuple[str, ...] = ()


FUNCTIONS: Mapping[str, ExpressionFunction] = MappingProxyType(
    {
        "age": ExpressionFunction(full_years, ("date", "date"), "integer", N_("years")),
        "months_between": ExpressionFunction(full_months, ("date", "date"), "integer", N_("months")),
        "days_between": ExpressionFunction(days_between, ("date", "date"), "integer", N_("days")),
        "year": ExpressionFunction(calendar_year, ("date",), "integer", N_("year")),
        "month": ExpressionFunction(calendar_month, ("date",), "integer"),
        "day": ExpressionFunction(day_of_month, ("date",), "integer"),
        "years": ExpressionFunction(full_years, ("date", "date"), "integer", N_("years")),
        "lunar_month": ExpressionFunction(lunar_month, ("date",), "integer"),
        "lunar_day": ExpressionFunction(lunar_day, ("date",), "integer"),
        "feast": ExpressionFunction(feast, ("date",), "text", allowed=FEASTS),
        "within": ExpressionFunction(is_code_within, ("text", "text"), "boolean"),
    }
)
KNOWN_FUNCTION = "known"
"""``known(fact)``: whether a fact is known; the one question that is never itself unknown."""
