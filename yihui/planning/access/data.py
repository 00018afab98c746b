"""Access as JSON data, for ``--json``."""

from dataclasses import asdict
from math import isfinite
from typing import TYPE_CHECKING

from core.civil_time import CIVIL_TIME
from geo.coverage.equity import Equity, lorenz_percentiles
from yihui.planning.access.run import AccessResult
from yihui.planning.demand.even_spread import is_spread_evenly
from yihui.planning.finite import finite_json, select_fields
from yihui.planning.street_text import street_json
from yihui.planning.study.study import access_denominator
from yihui.runtime.errors import fault_line
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from collections.abc import Mapping

_DIGITS = 9


@finite_json
def access_json(found: AccessResult, language: Language) -> "Mapping[str, object]":
    """Return the whole result as JSON data.

    Access is per `access_denominator` of the demand, shares are 0..1, and None stands for an undefined value.
    """
    order = found.order
    return {
        "area": order.area,
        "area_name": found.area_name,
        "at": order.at.astimezone(CIVIL_TIME).isoformat(),
        "method": access_method_name(found),
        "zones": _zones(found),
        "capacity": order.capacity,
        "per": access_denominator(found.demand.unit),
        "demand": {"title": found.demand_title, "unit": found.demand.unit, "total": found.demand.total},
        "places": found.places,
        "offered": found.offered,
        "equity": _equity(found.equity_of_all),
        "equity_of_served": None if found.equity_of_served is None else _equity(found.equity_of_served),
        "by": found.by,
        "townships": None if found.townships is None else found.townships.format_source(language),
        "townships_not_listed": found.townships
        and found.townships.count_lacking([one.code for one in found.areas]),
        "areas": [asdict(one) for one in found.areas],
        "by_street": street_json(found.order.terms, **(_equity(found.straight) if found.straight else {})),
        "hours_unknown": found.unknown,
        "spread_evenly": is_spread_evenly(found.order.demand),
        "notes": [fault_line(note, language).as_json() for note in found.notes],
        "sample": found.is_sample,
    }


def _zones(found: AccessResult) -> "list[Mapping[str, object]]":
    if found.order.terms is not None and found.order.terms.within_s is not None:
        return [{"to_s": found.order.terms.within_s, "weight": 1.0}]
    return [{"to_m": end, "weight": weight} for end, weight in found.order.zones]


def access_method_name(found: AccessResult) -> str:
    """Return “2SFCA” where one zone weighs all distances alike, else “E2SFCA”."""
    return "2SFCA" if len(found.order.zones) == 1 else "E2SFCA"


def _equity(one: Equity) -> "Mapping[str, object]":
    figures = ("gini", "mean", "worst_tenth", "worst_tenth_share", "without_share")
    curve = lorenz_percentiles(one.lorenz) if isfinite(one.gini) else []
    lorenz = [[round(x, 2), round(y, _DIGITS)] for x, y in curve] or None
    return {**select_fields(one, *figures), "lorenz": lorenz}
