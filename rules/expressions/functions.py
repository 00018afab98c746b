"""The functions of the expression language; Python computes them exactly and without a clock."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import attrgetter

from core.civil_time import full_months, full_years
from core.text_marks import N_
from rules.facts import FactKind, FactValue
from rules.lunar import FEASTS, feast, lunar_day, lunar_month
from rules.territory import territory_covers

KNOWN_FUNCTION = "known"
"""``known(fact)``: whether a fact is known; the one question that is never itself unknown."""


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


FUNCTIONS: Mapping[str, ExpressionFunction] = {
    "age": ExpressionFunction(full_years, ("date", "date"), "integer", N_("years")),
    "months_between": ExpressionFunction(full_months, ("date", "date"), "integer", N_("months")),
    "days_between": ExpressionFunction(
        lambda start, end: (end - start).days, ("date", "date"), "integer", N_("days")
    ),
    "year": ExpressionFunction(attrgetter("year"), ("date",), "integer", N_("year")),
    "month": ExpressionFunction(attrgetter("month"), ("date",), "integer"),
    "day": ExpressionFunction(attrgetter("day"), ("date",), "integer"),
    "years": ExpressionFunction(full_years, ("date", "date"), "integer", N_("years")),
    "lunar_month": ExpressionFunction(lunar_month, ("date",), "integer"),
    "lunar_day": ExpressionFunction(lunar_day, ("date",), "integer"),
    "feast": ExpressionFunction(feast, ("date",), "text", allowed=FEASTS),
    "within": ExpressionFunction(
        lambda code, area: territory_covers(area, code), ("text", "text"), "boolean"
    ),
}
