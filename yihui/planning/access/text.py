"""Access on the terminal: what falls to each, how evenly, and which areas have least."""

from collections.abc import Iterator
from math import isfinite

from core.civil_time import CIVIL_TIME
from geo.coverage.demand import GROUND
from yihui.planning.access.capacity import ROOM
from yihui.planning.access.data import method
from yihui.planning.access.run import Access
from yihui.planning.caveats import caveats
from yihui.planning.report.phrases import amount, amount_text, distance_text, percent, weekday, who
from yihui.runtime.language import Language
from yihui.views.simulation import table

N_ = str  # marks a text for the message catalogue

_GINI = N_("Gini {gini}: 0 would mean that all have the same, 1 that a single one has everything")


def access_lines(found: Access, language: Language, limit: int) -> Iterator[str]:
    """Everything in readable form; ``limit`` areas, 0 is all."""
    yield from _head(found, language)
    yield from caveats(language, found.order.demand, found.unknown)
    yield ""
    yield from _spread(found, language)
    yield ""
    yield from _areas(found, language, limit)


def _head(found: Access, language: Language) -> Iterator[str]:
    order = found.order
    civil = order.at.astimezone(CIVIL_TIME)
    sample = f" [{language.say(N_('sample'))}]" if found.is_sample else ""
    yield (
        language.say(
            N_("{area}, {when}: what of the open places falls to each ({method})"),
            area=found.area_name,
            when=f"{civil:%Y-%m-%d} {weekday(civil.weekday(), language)} {civil:%H:%M}",
            method=method(found),
        )
        + sample
    )
    yield language.say(
        N_("Demand: {demand}, {title}"),
        demand=amount_text(found.demand.total, found.demand.unit, language),
        title=found.demand_title,
    )
    zones = (
        language.say(
            N_("within {end} weight {weight}"), end=distance_text(end, language), weight=f"{weight:g}"
        )
        for end, weight in order.zones
    )
    yield language.say(
        N_("Each place shares what it has among all who reach it: {zones}"), zones=language.listed(zones)
    )
    yield language.say(
        N_("Places open then and usable by all that are within reach from here: {count}"),
        count=f"{found.places:,}",
    )


def _spread(found: Access, language: Language) -> Iterator[str]:
    spread = found.of_all
    each = _per(found, language)
    yield language.say(N_("Mean {per}: {mean}"), mean=_offer(found, spread.mean, language), per=each)
    yield language.say(
        N_("Without an open place within reach: {share} ({count})"),
        share=percent(spread.without_share),
        count=amount_text(spread.without_share * found.demand.total, found.demand.unit, language),
    )
    if not isfinite(spread.gini):
        yield language.say(N_("Nobody has any, so that there is nothing to compare"))
        return
    yield language.say(_GINI, gini=f"{spread.gini:.2f}")
    yield language.say(
        N_("The worst-served tenth {per}: {worst}, {share} of all there is"),
        per=each,
        worst=_offer(found, spread.worst_tenth, language),
        share=percent(spread.worst_tenth_share),
    )
    if found.of_served is not None and spread.without_share > 0:
        yield language.say(
            N_("Where a place is within reach: Gini {gini}; the worst-served tenth {per}: {worst}"),
            per=each,
            gini=f"{found.of_served.gini:.2f}",
            worst=_offer(found, found.of_served.worst_tenth, language),
        )


def _areas(found: Access, language: Language, limit: int) -> Iterator[str]:
    listed = found.areas[: limit or None]
    area, demand, without = (language.text(one) for one in (N_("area"), N_("demand"), N_("without any")))
    head = [area, demand, _per(found, language), without]
    rows = [
        [one.name, amount(one.demand, found.demand.unit), _figure(one.mean), percent(one.without_share)]
        for one in listed
    ]
    yield language.say(N_("By area, the least first"))
    yield from table(head, rows)
    if len(listed) < len(found.areas):
        told = N_("{count} more are not listed; --limit 0 lists all")
        yield language.say(told, count=f"{len(found.areas) - len(listed):,}")


def _per(found: Access, language: Language) -> str:
    """Of how much demand access is told."""
    if found.demand.unit == GROUND:
        return language.text(N_("per km²"))
    return language.say(N_("per 10,000 {unit}"), unit=who(found.demand.unit, language))


def _offer(found: Access, value: float, language: Language) -> str:
    """So many places, square metres or seats."""
    capacity = found.order.capacity
    template = N_("{count} places") if capacity == "1" else N_("{count} of capacity")
    return language.say(N_("{count} m²") if capacity == ROOM else template, count=_figure(value))


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
