"""The answer of ``yihui plan gaps``: the sums, then the heaviest gaps, each with its place, hours and demand."""

from collections.abc import Iterator, Sequence
from math import isfinite

import numpy as np

from core.civil_time import CIVIL_TIME, HOURS_A_WEEK, civil_date
from core.text_marks import N_
from geo.coverage.townships import rest_code
from geo.gaps.finding import Gap
from geo.gaps.locations import Whereabouts
from yihui.planning.answer import (
    Answer,
    AnswerView,
    Column,
    KeyFigure,
    Sentence,
    Table,
    Unit,
    build_area_answer,
    sentence,
    share_of,
    short_amount,
)
from yihui.planning.caveats import (
    SHARES,
    SHARES_IN_WORST_HOUR,
    caveat_sentences,
    reach_text,
    sample_sentences,
    street_sentences,
)
from yihui.planning.gaps.run import GapsResult
from yihui.planning.gaps.text import gap_name, gap_times_text
from yihui.planning.street_reach import WAYS_ATTRIBUTION
from yihui.planning.text import holiday_text, weekday_name, weekday_text
from yihui.planning.townships import NO_TOWNSHIPS
from yihui.runtime.language import Language
from yihui.services.streets.current import STREETS_ATTRIBUTION

_AT_TIMES = N_("At some hours only")
_MOST_DRAWN, _FIRST = 300, 5  # of the heaviest gaps


def build_gaps_answer(found: GapsResult, language: Language) -> Answer:
    """Build the answer; there is a table of the gaps that last, and of those at some hours, if there are any."""
    kinds = (("lasting", _lasting_title(found), True), ("at_times", _AT_TIMES, False))
    some = [
        (name, title, [gap for gap in found.gaps if gap.is_lasting is is_lasting])
        for name, title, is_lasting in kinds
    ]
    return build_area_answer(
        found,
        _sentences(found, language),
        [build_gap_table(found, gaps, language, name, title) for name, title, gaps in some if gaps],
        lambda: _view(found, language),
        resolution=found.resolution,
        instants=found.instants,
    )


def _view(found: GapsResult, language: Language) -> AnswerView:
    from yihui.planning.map.answer import chart_hours, draw_answer, open_map
    from yihui.planning.map.run import MapGaps

    sums, unit, total = found.sums, found.demand.unit, found.demand.total
    at, drawn = found.instants[sums.worst.instant], found.gaps[:_MOST_DRAWN]
    scope, hours = open_map(found, language, at=at)
    is_week = len(found.instants) > 1
    lasting = short_amount(sums.lasting_demand, unit, sums.lasting_tolerance)
    hour = at.astimezone(CIVIL_TIME).hour
    worst = sentence("", "{day} {hour}:00", day=weekday_text(at, language), hour=hour)
    first = sum(gap.demand for gap in found.gaps[:_FIRST])
    title = N_("without one in the worst hour") if is_week else N_("without one then")
    without = share_of(sums.worst.unmet, sums.worst.total, sums.worst.tolerance)
    of_all = sentence("", N_("of {count} gaps"), count=len(found.gaps))
    figures = [
        KeyFigure(_lasting_title(found), lasting, share_of(sums.lasting_demand, total)),
        KeyFigure(title, without, worst),
        KeyFigure(N_("in the five largest gaps"), short_amount(first, unit), of_all),
    ]
    gaps = MapGaps(drawn, found.whereabouts[:_MOST_DRAWN], found.instants, len(found.gaps))
    period = "" if found.order.at else _period(found, language)
    return AnswerView(at, figures, chart_hours(hours), draw_answer(scope, hours, language, gaps), period)


def list_gap_sources(found: GapsResult, language: Language) -> list[str]:
    """List whose data names and divides the gaps, as its licence asks."""
    return [
        *([language.translate(STREETS_ATTRIBUTION)] if found.has_crossings else []),
        *([] if found.townships is None else [found.townships.format_source(language)]),
        *([] if found.order.streets is None else [language.translate(WAYS_ATTRIBUTION)]),
    ]


def build_gap_table(
    found: GapsResult, gaps: Sequence[Gap], language: Language, name: str = "gaps", title: str = ""
) -> Table:
    """Build a row for each gap; the hours come last, so that their long texts widen no row."""
    where, is_week = found.whereabouts_by_id, len(found.instants) == HOURS_A_WEEK
    is_all_lasting = all(gap.is_lasting for gap in gaps)

    def of_place(name: str) -> Column:
        return Column(name, value=lambda gap: _describe_place(found, gap, where[gap.id])[name])

    columns = (
        Column("id", N_("id")),
        Column("name", N_("where"), Unit.LONG, lambda gap: gap_name(language, where[gap.id])),
        Column("demand", N_("demand"), Unit.AMOUNT),
        Column("tolerance", "±", Unit.AMOUNT),
        Column("area_km2", N_("area (km²)"), Unit.KM2, lambda gap: gap.area_m2 / 1e6),
        Column("lon", N_("longitude"), Unit.DEGREES, lambda gap: round(gap.lon, 6)),
        Column("lat", N_("latitude"), Unit.DEGREES, lambda gap: round(gap.lat, 6)),
        Column("hours", N_("hours a week") if is_week and not is_all_lasting else "", Unit.COUNT),
        Column(
            "hours_text",
            "" if is_all_lasting else N_("without an open place"),
            Unit.LONG,
            lambda gap: gap_times_text(language, gap.unmet, found.instants),
        ),
        Column("lasting", value=lambda gap: gap.is_lasting),
        *map(of_place, ("district", "county", "township", "township_code", "area_names")),
        *map(of_place, ("near", "near_m", "bearing")),
        Column("unmet", value=lambda gap: np.flatnonzero(gap.unmet).tolist()),
        Column("demand_hours"),
        Column("cells", value=lambda gap: list(gap.cells)),
    )
    number = {gap.id: place for place, gap in enumerate(found.gaps[:_MOST_DRAWN])}
    keys = [f"gap {number[gap.id]}" if gap.id in number else "" for gap in gaps]
    shown = ("name", "demand", "tolerance", "area_km2", "hours", "hours_text")
    shapes = [gap.geometry for gap in gaps]
    return Table(name, title, columns, gaps, found.demand.unit, shapes, shown, "-demand", keys)


def _describe_place(found: GapsResult, gap: Gap, where: Whereabouts) -> dict[str, object]:
    """Return the county, the township and the named place of a gap; None for a township that nobody knows.

    The code is that of the outlines, or one that the product made up, with letters (`geo.coverage.townships`).
    """
    code, names = gap.district, list(where.area)
    place: dict[str, object] = {"district": code, "area_names": names}
    place |= dict.fromkeys(("county", "township", "township_code", "near", "near_m", "bearing"))
    if where.near is not None and isfinite(where.distance_m):
        place |= {"near": where.near, "near_m": round(where.distance_m, 2), "bearing": where.bearing}
    if found.townships is not None:
        is_known = code is not None and code != rest_code(code)
        county = (code or "")[:6]
        place |= {"district": county or None, "county": found.townships.ground.names.get(county)}
        place |= {"township": names[-1], "township_code": code} if is_known else {}
    return place


def _lasting_title(found: GapsResult) -> str:
    is_instant = len(found.instants) == 1
    return N_("Without an open place") if is_instant else N_("Without an open place at any of these hours")


def _period(found: GapsResult, language: Language) -> Sentence:
    """Tell the examined period: an instant, a week, or some hours of a week."""
    holidays = holiday_text((civil_date(one) for one in found.instants), language)
    first, clock = found.instants[0], found.order.clock
    if len(found.instants) == 1:
        return sentence("", "{at}{holidays}", at=first, holidays=holidays)
    monday = civil_date(first)
    if clock is None:
        week = sentence("", N_("in the week from {monday} on"), monday=monday)
    else:
        text = N_("in the week from {monday} on, daily {start}:00–{end}:00")
        week = sentence("", text, monday=monday, start=clock[0], end=clock[1])
    return sentence("", "{week}{holidays}", week=week, holidays=holidays)


def _sentences(found: GapsResult, language: Language) -> Iterator[Sentence]:
    unit, sums, total = found.demand.unit, found.sums, found.demand.total
    told = N_("{area}, {when}: where no usable place is open within {radius}")
    radius = reach_text(found.order.terms, found.order.radius_m, language)
    yield sentence("", told, area=found.area_name, when=_period(found, language), radius=radius)
    told = N_("Demand: {demand}, {title}")
    yield sentence("demand", told, demand=short_amount(total, unit), title=found.demand_title)
    worst = found.instants[sums.worst.instant].astimezone(CIVIL_TIME)
    told = N_("Worst hour: {hour}, {unmet} ({share}) without") if len(found.instants) > 1 else ""
    hour = f"{weekday_name(worst.weekday(), language)} {worst.hour}:00"
    unmet = short_amount(sums.worst.unmet, unit, sums.worst.tolerance)
    part = share_of(sums.worst.unmet, sums.worst.total, sums.worst.tolerance)
    yield sentence("worst", told, hour=hour, unmet=unmet, share=part, at=worst)
    yield from _straight(found)
    yield from caveat_sentences(found.order.demand, found.unknown)
    if found.order.outlines is None:
        known = NO_TOWNSHIPS if found.townships is None else found.townships.format_source(language)
        yield sentence("townships", known)
    if found.has_crossings:
        yield sentence("names_source", STREETS_ATTRIBUTION)
    told = N_("{title}: {demand} ({share}) in {count} gaps")
    for name, title, demand, tolerance, count in (
        ("lasting", _lasting_title(found), sums.lasting_demand, sums.lasting_tolerance, sums.lasting),
        ("at_times", _AT_TIMES, sums.at_times_demand, sums.at_times_tolerance, sums.at_times),
    ):
        if name == "lasting" or len(found.instants) > 1:
            lies, part = short_amount(demand, unit, tolerance), share_of(demand, total, tolerance)
            yield sentence(name, told, title=sentence("", title), demand=lies, share=part, count=count)
    yield from sample_sentences(sums.worst.tolerance)


def _straight(found: GapsResult) -> Iterator[Sentence]:
    """Yield the figures by the straight line beside those by street."""
    streets, straight, unit = found.order.terms, found.straight, found.demand.unit
    if streets is None or straight is None:
        return
    shares = (1 - found.sums.worst.unmet_share, 1 - straight.worst.unmet_share)
    template = SHARES if len(found.instants) == 1 else SHARES_IN_WORST_HOUR
    yield from street_sentences(streets, *shares, template)
    told = N_(
        "By straight line: {lasting} without an open place in {gaps} gaps, {times} at some hours in {more}"
    )
    lasting, times = (short_amount(one, unit) for one in (straight.lasting_demand, straight.at_times_demand))
    yield sentence(
        "straight", told, lasting=lasting, gaps=straight.lasting, times=times, more=straight.at_times
    )
