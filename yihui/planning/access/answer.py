"""The answer of ``yihui plan access``: the mean, the inequality, and the areas with the least access first."""

from collections.abc import Iterator, Sequence
from functools import partial
from math import isfinite

from core.civil_time import CIVIL_TIME
from core.text_marks import N_
from geo.coverage.demand import GROUND_UNIT
from geo.coverage.floating import Equity, lorenz_percentiles
from yihui.planning.access.run import CAPACITY_BY_ROOM_AREA, AccessResult
from yihui.planning.answer import (
    Answer,
    AnswerView,
    Chart,
    Column,
    Figure,
    KeyFigure,
    Sentence,
    Table,
    Unit,
    build_area_answer,
    metres,
    sentence,
    share,
    short_amount,
)
from yihui.planning.caveats import (
    NOT_SHARED_WITH_NEIGHBOURS,
    SHARED_WITH_NEIGHBOURS,
    caveat_sentences,
    sample_sentences,
    street_limit_text,
    street_sentences,
    township_sentences,
)
from yihui.planning.text import access_denominator, day_text, demand_unit_label, weekday_text
from yihui.runtime.language import Language


def build_access_answer(found: AccessResult, language: Language, capacity: str) -> Answer:
    """Build the answer. ``capacity`` is what each place offers as it was asked: not the path of an uploaded table.

    Access is per `access_denominator` of the demand.
    """
    columns = (
        Column("code"),
        Column("name", N_("area")),
        Column("demand", N_("demand"), Unit.AMOUNT),
        Column("mean", _per(found, language).text(language), Unit.THREE_DIGITS),
        Column("without_share", N_("without any"), Unit.SHARE),
    )
    keys, title = [f"area {one.code}" for one in found.areas], N_("By area, the least first")
    areas = Table("areas", title, columns, found.areas, found.demand.unit, keys=keys)
    lorenz = build_lorenz_table(found.equity_of_all)
    asked = {"capacity": capacity, "method": _method(found), "per": access_denominator(found.demand.unit)}
    told, view = _sentences(found, language), partial(_view, found, lorenz.rows, language)
    return build_area_answer(found, told, [areas], view, [lorenz], **asked, by=found.by)


def build_lorenz_table(equity: Equity, title: str = "") -> Table:
    """Build the Lorenz curve at every hundredth of the demand, out of tens of thousands of points; empty where nobody has any."""
    worst, theirs = N_("share of the demand, the worst served first"), N_("their share of all access")
    columns = (Column("demand_share", worst, Unit.SHARE), Column("access_share", theirs, Unit.SHARE))
    rows = list(lorenz_percentiles(equity.lorenz)) if isfinite(equity.gini) else []
    return Table("lorenz", title, columns, rows)


def _view(found: AccessResult, curve: Sequence[Sequence[object]], language: Language) -> AnswerView:
    from yihui.planning.map.answer import draw_answer, open_map

    spread = found.equity_of_all
    without = short_amount(spread.without_share * found.demand.total, found.demand.unit, found.tolerance)
    worst, gini = share(spread.worst_tenth_share), sentence("", N_("Gini {gini}"), gini=_gini(spread))
    figures = [
        KeyFigure(N_("on the average"), _offer(found, spread.mean), _per(found, language)),
        KeyFigure(N_("without an open place within reach"), share(spread.without_share), without),
        KeyFigure(N_("the worst-served tenth has of all there is"), worst, gini),
    ]
    chart = Chart("lorenz", N_("How evenly it is shared: the line of equal shares, and what is"), curve)
    drawn = draw_answer(*open_map(found, language), language)
    return AnswerView(found.order.at, figures, chart if curve else None, drawn)


def _method(found: AccessResult) -> str:
    """Return “2SFCA” where one zone weighs all distances alike, else “E2SFCA”."""
    return "2SFCA" if len(found.order.zones) == 1 else "E2SFCA"


def _sentences(found: AccessResult, language: Language) -> Iterator[Sentence]:
    order, unit = found.order, found.demand.unit
    civil = order.at.astimezone(CIVIL_TIME)
    told = N_("{area}, {when}: what of the open places falls to each ({method})")
    when = f"{day_text(civil.date(), language)} {weekday_text(civil, language)} {civil:%H:%M}"
    yield sentence("", told, area=found.area_name, when=when, method=_method(found))
    demand, told = short_amount(found.demand.total, unit), N_("Demand: {demand}, {title}")
    yield sentence("demand", told, demand=demand, title=found.demand_title)
    terms = order.terms
    zones: list[object] = [] if terms is None else [street_limit_text(terms, language)]
    if terms is None or len(order.zones) > 1:
        weight = N_("within {end} weight {weight}")
        zones += [sentence("", weight, end=metres(end), weight=each) for end, each in order.zones]
    yield sentence("", N_("Each place shares what it has among all who reach it: {zones}"), zones=zones)
    yield sentence("", SHARED_WITH_NEIGHBOURS if found.around else NOT_SHARED_WITH_NEIGHBOURS)
    told = N_("Places open then and usable by all that are within reach from here: {count}")
    offered = {"offered": found.offered, "hours_unknown": found.unknown}
    yield sentence("places", told, count=found.places, **offered)
    yield from caveat_sentences(order.demand, found.unknown)
    yield from township_sentences(found.townships, [one.code for one in found.areas], language)
    yield from _spread(found, language)


def _spread(found: AccessResult, language: Language) -> Iterator[Sentence]:
    spread, per = found.equity_of_all, _per(found, language)
    yield sentence("mean", N_("Mean {per}: {mean}"), mean=_offer(found, spread.mean), per=per)
    part = share(spread.without_share, found.tolerance / found.demand.total)
    count = short_amount(spread.without_share * found.demand.total, found.demand.unit, found.tolerance)
    yield sentence(
        "without", N_("Without an open place within reach: {share} ({count})"), share=part, count=count
    )
    yield from sample_sentences(found.tolerance)
    if found.order.terms is not None and found.straight is not None:
        straight, terms = found.straight, found.order.terms
        yield from street_sentences(terms, 1 - spread.without_share, 1 - straight.without_share)
        told, mean = N_("By straight line: mean {per} {mean}, Gini {gini}"), _offer(found, straight.mean)
        yield sentence("straight", told, per=per, mean=mean, gini=_gini(straight))
    if not isfinite(spread.gini):
        yield sentence("", N_("Nobody has any, so that there is nothing to compare"))
        return
    told = N_("Gini {gini}: 0 would mean that all have the same, 1 that a single one has everything")
    yield sentence("equity", told, gini=_gini(spread))
    worst = _offer(found, spread.worst_tenth)
    told = N_("The worst-served tenth {per}: {worst}, {share} of all there is")
    yield sentence("worst_tenth", told, per=per, worst=worst, share=share(spread.worst_tenth_share))
    if (served := found.equity_of_served) is not None and spread.without_share > 0:
        told = N_("Where a place is within reach: Gini {gini}; the worst-served tenth {per}: {worst}")
        yield sentence("served", told, per=per, gini=_gini(served), worst=_offer(found, served.worst_tenth))


def _gini(spread: Equity) -> Figure:
    return Figure(spread.gini, Unit.RATIO)


def _per(found: AccessResult, language: Language) -> Sentence:
    """Return the amount of demand to which access figures refer, such as “per 10,000 residents”."""
    if found.demand.unit == GROUND_UNIT:
        return sentence("", N_("per km²"))
    return sentence("", N_("per 10,000 {unit}"), unit=demand_unit_label(found.demand.unit, language))


def _offer(found: AccessResult, value: float) -> Sentence:
    """Tell a capacity as a number of places, of square metres or of capacity units."""
    template = N_("{count} places") if found.order.capacity == "1" else N_("{count} of capacity")
    if found.order.capacity == CAPACITY_BY_ROOM_AREA:
        template = N_("{count} m²")
    return sentence("", template, count=Figure(value, Unit.THREE_DIGITS))
