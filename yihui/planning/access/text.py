"""Access on the terminal: the mean, the inequality, and the areas with the least access first."""

from collections.abc import Iterator
from math import isfinite
from typing import TYPE_CHECKING

from core.civil_time import CIVIL_TIME
from core.text_marks import N_
from geo.coverage.demand import GROUND_UNIT
from geo.coverage.equity import Equity
from yihui.planning.access.capacity import CAPACITY_BY_ROOM_AREA
from yihui.planning.access.data import access_method_name
from yihui.planning.access.request import AccessOrder
from yihui.planning.access.run import AccessResult
from yihui.planning.street_text import share_lines, street_limit_text
from yihui.planning.text import (
    NOT_SHARED_WITH_NEIGHBOURS,
    SHARED_WITH_NEIGHBOURS,
    caveat_lines,
    demand_amount,
    demand_amount_text,
    demand_unit_label,
    distance_text,
    format_gini,
    format_share,
    sample_mark,
    weekday_name,
)
from yihui.planning.townships import township_lines
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from geo.coverage.street_pairs import StreetTerms

ACCESS_TABLE_TITLE = N_("By area, the least first")
_GINI = N_("Gini {gini}: 0 would mean that all have the same, 1 that a single one has everything")


def access_summary_lines(found: AccessResult, language: Language) -> Iterator[str]:
    """Yield the result without the areas."""
    yield from _head(found, language)
    yield from caveat_lines(language, found.order.demand, found.unknown)
    yield from township_lines(found.townships, [one.code for one in found.areas], language)
    yield ""
    yield from _spread(found, language)


def _head(found: AccessResult, language: Language) -> Iterator[str]:
    order = found.order
    civil = order.at.astimezone(CIVIL_TIME)
    sample = sample_mark(found.is_sample, language)
    yield (
        language.render(
            N_("{area}, {when}: what of the open places falls to each ({method})"),
            area=found.area_name,
            when=f"{civil:%Y-%m-%d} {weekday_name(civil.weekday(), language)} {civil:%H:%M}",
            method=access_method_name(found),
        )
        + sample
    )
    yield language.render(
        N_("Demand: {demand}, {title}"),
        demand=demand_amount_text(found.demand.total, found.demand.unit, language),
        title=found.demand_title,
    )
    terms = found.order.terms
    zones = [] if terms is None else [street_limit_text(terms, language)]
    if terms is None or len(order.zones) > 1:
        zones += _zones(order, language)
    yield language.render(
        N_("Each place shares what it has among all who reach it: {zones}"), zones=language.format_list(zones)
    )
    yield language.translate(SHARED_WITH_NEIGHBOURS if found.around else NOT_SHARED_WITH_NEIGHBOURS)
    yield language.render(
        N_("Places open then and usable by all that are within reach from here: {count}"),
        count=f"{found.places:,}",
    )


def _zones(order: AccessOrder, language: Language) -> list[str]:
    return [
        language.render(
            N_("within {end} weight {weight}"), end=distance_text(end, language), weight=f"{weight:g}"
        )
        for end, weight in order.zones
    ]


def _spread(found: AccessResult, language: Language) -> Iterator[str]:
    spread = found.equity_of_all
    each = _per(found, language)
    yield language.render(N_("Mean {per}: {mean}"), mean=_offer(found, spread.mean, language), per=each)
    yield language.render(
        N_("Without an open place within reach: {share} ({count})"),
        share=format_share(spread.without_share),
        count=demand_amount_text(spread.without_share * found.demand.total, found.demand.unit, language),
    )
    if found.order.terms is not None and found.straight is not None:
        yield from _straight_lines(found.order.terms, found, found.straight, language)
    if not isfinite(spread.gini):
        yield language.render(N_("Nobody has any, so that there is nothing to compare"))
        return
    yield language.render(_GINI, gini=f"{spread.gini:.2f}")
    yield language.render(
        N_("The worst-served tenth {per}: {worst}, {share} of all there is"),
        per=each,
        worst=_offer(found, spread.worst_tenth, language),
        share=format_share(spread.worst_tenth_share),
    )
    if found.equity_of_served is not None and spread.without_share > 0:
        yield language.render(
            N_("Where a place is within reach: Gini {gini}; the worst-served tenth {per}: {worst}"),
            per=each,
            gini=f"{found.equity_of_served.gini:.2f}",
            worst=_offer(found, found.equity_of_served.worst_tenth, language),
        )


def _straight_lines(
    streets: "StreetTerms", found: AccessResult, straight: Equity, language: Language
) -> Iterator[str]:
    """Yield the figures by the straight line beside those by street."""
    by_street = 1 - found.equity_of_all.without_share
    yield from share_lines(streets, by_street, 1 - straight.without_share, language)
    yield language.render(
        N_("By straight line: mean {per} {mean}, Gini {gini}"),
        per=_per(found, language),
        mean=_offer(found, straight.mean, language),
        gini=format_gini(straight.gini),
    )


def access_table(found: AccessResult, language: Language) -> tuple[list[str], list[list[str]]]:
    """Return headings and a row for each area, the least access first."""
    area, demand, without = (language.translate(one) for one in (N_("area"), N_("demand"), N_("without any")))
    head = [area, demand, _per(found, language), without]
    rows = [
        [
            one.name,
            demand_amount(one.demand, found.demand.unit),
            _figure(one.mean),
            format_share(one.without_share),
        ]
        for one in found.areas
    ]
    return head, rows


def _per(found: AccessResult, language: Language) -> str:
    """Return the amount of demand to which access figures refer, such as “per 10,000 residents”."""
    if found.demand.unit == GROUND_UNIT:
        return language.translate(N_("per km²"))
    return language.render(N_("per 10,000 {unit}"), unit=demand_unit_label(found.demand.unit, language))


def _offer(found: AccessResult, value: float, language: Language) -> str:
    """Format a capacity as a number of places, of square metres or of capacity units."""
    capacity = found.order.capacity
    template = N_("{count} places") if capacity == "1" else N_("{count} of capacity")
    return language.render(
        N_("{count} m²") if capacity == CAPACITY_BY_ROOM_AREA else template, count=_figure(value)
    )


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
