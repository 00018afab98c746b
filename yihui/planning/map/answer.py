"""The map that ``yihui map`` writes, and that of any answer: marks, pins, classes; and what the file of a map holds."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from math import sqrt
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from core.civil_time import civil_date, monday_of
from core.text_marks import N_
from geo.coverage.demand import GROUND_UNIT, PEOPLE_UNIT
from geo.coverage.hours import HourTable, coverage_by_hour
from geo.coverage.served import ServedDemand
from geo.gaps.finding import Gap
from geo.gaps.week import instants_to_week_mask
from geo.siting.proposal import SiteProposal
from maps import AreaMark, ColourClasses, MapView, Pin, WeekFigures
from yihui.frame.cells import cell_text
from yihui.planning.answer import Answer, Chart, Column, Sentence, Table, Unit, sentence
from yihui.planning.caveats import reach_text, street_sentences
from yihui.planning.gaps.text import gap_name, gap_times_text
from yihui.planning.map.areas import (
    MapScope,
    build_map_ground,
    build_map_levels,
    build_map_scope,
    build_map_week,
    list_county_levels,
    locate_stations,
)
from yihui.planning.map.request import SiteProperties
from yihui.planning.map.run import CoverageMap, MapGaps
from yihui.planning.map.text import map_labels
from yihui.planning.results import AreaResult
from yihui.planning.siting.text import site_label
from yihui.planning.tables import list_shown_columns
from yihui.planning.text import area_text, demand_amount_text, demand_unit_label, holiday_text, source_text
from yihui.runtime.assets import load_map_assets
from yihui.runtime.language import Language

THIN_COVERAGE_SHARE = 0.25  # the median county's covered share at its best hour, below which coverage is thin
METRES_A_DEGREE = 111_320.0  # of latitude
_FEN_PER_YUAN = 100

MarkFacts = tuple[tuple[str, str], ...]


def render_map_page(found: CoverageMap, language: Language) -> str:
    """Render the page with everything inside it; only an online base map asks a network."""
    from maps import coverage_map

    assets = load_map_assets(with_streets=found.streets is not None)
    return coverage_map(build_map_view(found, language), map_labels(language), assets)


def build_map_view(found: CoverageMap, language: Language) -> MapView:
    """Build the content of the page."""
    scope, unit = found.scope, found.scope.demand.unit
    return MapView(
        stations=found.stations,
        levels=found.levels,
        at=scope.at,
        holiday=holiday_text([civil_date(scope.at)], language),
        reach=reach_text(scope.terms, scope.reach.radius_m, language),
        states=found.states,
        week=found.week,
        served={PEOPLE_UNIT: "people", GROUND_UNIT: "ground"}.get(unit) or demand_unit_label(unit, language),
        gaps=_gap_marks(found, language),
        gaps_found=found.gaps.count,
        gaps_by_night=found.gaps.by_night,
        ground=found.ground,
        astray=found.astray,
        proposals=[*_site_pins(found, language), *proposal_pins(found.proposals, language)],
        sources=[source_text(source, language) for source in found.all_sources],
        tiles=found.tiles,
        streets=found.streets,
        classes=choose_map_classes(found.levels, found.week),
    )


def choose_map_classes(levels: Sequence[gpd.GeoDataFrame], week: WeekFigures | None) -> ColourClasses:
    """Choose breaks for thin coverage where counties' best hours are thin, even fifths elsewhere.

    There are only two sets, so that most maps can be compared side by side.
    """
    if not levels:
        return ColourClasses()
    counties = list_county_levels(levels)[-1]
    best = counties["covered_share"].to_numpy(dtype=float)
    if week is not None:
        best = np.fmax.reduce(week.share[np.isin(week.codes, counties["code"])], axis=1)
    known = best[~np.isnan(best)]  # a county without searches has no share of them
    return ColourClasses.even() if len(known) and np.median(known) > THIN_COVERAGE_SHARE else ColourClasses()


def _gap_marks(found: CoverageMap, language: Language) -> list[AreaMark]:
    """Return the gaps with facts in the reader's language; each shows at its own hours of the week."""
    gaps, monday, unit = found.gaps, monday_of(found.scope.at), found.scope.demand.unit
    is_shown = [monday_of(when) == monday for when in gaps.instants]  # a night may end in the next week
    labels = [
        language.translate(text)
        for text in (N_("Rank"), N_("Without a place"), N_("When"), N_("Hours a week"), N_("Ground"))
    ]

    def facts(rank: int, gap: Gap) -> MarkFacts:
        texts = (
            language.render(N_("{rank} of {count}"), rank=f"{rank:,}", count=f"{gaps.count:,}"),
            demand_amount_text(gap.demand, unit, language, is_short=True),
            gap_times_text(language, gap.unmet, gaps.instants),
            str(gap.hours) if len(gaps.instants) > 1 else "",
            area_text(language, gap.area_m2),
        )
        return tuple(zip(labels, texts, strict=True))

    marks = []
    for rank, (gap, where) in enumerate(zip(gaps.gaps, gaps.where, strict=True), 1):
        # finer detail than a quarter of a cell has no meaning on the ground
        finest = sqrt(gap.area_m2 / max(len(gap.cells), 1)) / 4 / METRES_A_DEGREE
        hours = instants_to_week_mask(gap.unmet & is_shown, gaps.instants)
        outline = shapely.simplify(gap.geometry, finest)
        marks.append(AreaMark(gap_name(language, where), outline, facts(rank, gap), hours))
    return marks


def _site_pins(found: CoverageMap, language: Language) -> Iterator[Pin]:
    """Yield the sites of a file, by rank."""
    ranked = sorted(enumerate(found.sites, 1), key=lambda pair: pair[1].properties.rank or pair[0])
    for number, site in ranked:
        one, (lon, lat) = site.properties, site.geometry.coordinates
        name = one.name or one.place or one.district_name or language.render(N_("Site {rank}"), rank=number)
        facts = _facts(language, one, one.place if one.name else "", one.newly_served)
        yield Pin(rank=one.rank or number, name=name, lon=lon, lat=lat, facts=facts)


def proposal_pins(proposals: Sequence[SiteProposal], language: Language) -> Iterator[Pin]:
    """Yield the proposed sites, numbered as they are listed: those that tie share a rank."""
    for number, one in enumerate(proposals, 1):
        facts = _facts(language, one, one.name, one.gained)
        yield Pin(rank=number, name=site_label(one, language), lon=one.lon, lat=one.lat, facts=facts)


def _facts(
    language: Language, site: SiteProperties | SiteProposal, place: str, newly_served: float | None
) -> MarkFacts:
    """Return the popup facts of a proposed site."""
    newly, cumulative = (
        "" if value is None else f"{value:,.0f}" for value in (newly_served, site.cumulative)
    )
    again = "" if site.stability is None else f"{100 * site.stability:.0f}%"
    facts = (
        (N_("Where"), place),
        (N_("District"), site.district_name),
        (N_("Newly served"), newly),
        (N_("With all before it"), cumulative),
        (N_("Cost, yuan"), "" if site.cost_fen is None else f"{site.cost_fen / _FEN_PER_YUAN:,.0f}"),
        (N_("Chosen in so many disturbed runs"), again),
    )
    return tuple((language.translate(label), text) for label, text in facts)


def build_map_answer(found: CoverageMap, file: Path, language: Language) -> Answer:
    """Build the answer: what the file of a map holds, and the shares by street and by the straight line."""
    placed = sum(station.is_placed for station in found.stations)
    hosts = found.tiles.hosts
    counts = {"places": str(placed), "unplaced": str(len(found.stations) - placed)}
    on, counts["hosts"] = _ONLINE if hosts else _OFFLINE, ", ".join(hosts)
    drawn = sentence("drawn", on, file=file, districts=len(found.scope.outlines), **counts)
    clauses = [drawn.text(language), *(one.text(language) for one in _street_clauses(found))]
    told = [sentence("", "{clauses}", clauses=language.join_clauses(clauses))]
    if found.astray:
        told.append(sentence("astray", _ASTRAY, count=len(found.astray)))
    figures, straight, terms = found.figures, found.straight_share, found.scope.terms
    if figures is not None and straight is not None and terms is not None:
        off = found.tolerance / (figures.demand or 1.0)
        told += street_sentences(terms, figures.share, straight, tolerance=off)
    columns = (
        Column("name", N_("Name"), Unit.LONG),
        Column("id", N_("Number")),
        Column("lon", N_("Longitude"), Unit.DEGREES),
        Column("lat", N_("Latitude"), Unit.DEGREES),
    )
    title = N_("Not drawn, in no district and inside of no outline")
    tables = [Table("astray", title, columns, found.astray)] if found.astray else []
    return Answer({}, told, tables, notes=found.scope.notes)


def _street_clauses(found: CoverageMap) -> Iterator[Sentence]:
    """Yield how deep the streets go; or that the base map which the user has named is drawn in their place."""
    if found.streets is not None:
        size = f"{found.streets.size_bytes / _BYTES_PER_MB:.1f}"
        told = N_("streets are in it down to zoom {zoom} ({size} MB)")
        yield sentence("", told, zoom=found.streets.zooms[1], size=size)
    elif found.has_replaced_streets:
        yield sentence("", N_("the online base map of --tiles is drawn in place of the streets"))


_BYTES_PER_MB = 1_000_000
_ASTRAY = N_(
    "not drawn, in no district and inside of no outline: {count} stations; they are listed below and beside the map"
)
_ONLINE = N_(
    "{file} (districts: {districts}; places: {places}; without coordinates, not drawn: {unplaced}) asks {hosts} for its base map, and holds the key where one was given"
)
_OFFLINE = N_(
    "{file} (districts: {districts}; places: {places}; without coordinates, not drawn: {unplaced}) opens without a network"
)


MOST_STATIONS = 12_000  # a result of more would be too large; its areas have their colours


def open_map(
    found: AreaResult[Any],
    language: Language,
    hours: HourTable | None = None,
    *,
    at: datetime | None = None,
    by_township: bool = False,
) -> tuple[MapScope, HourTable | None]:
    """Return what the map of a result shows, and the coverage of its week by county: ``hours``, or measured if it can be."""
    townships = found.townships if by_township else None
    basis = (found.index, found.demand_of_week, found.reach, language, townships)
    scope = build_map_scope(found.order, at or found.order.at, *basis)
    return scope, hours or measure_hours(scope)


def measure_hours(scope: MapScope) -> HourTable | None:
    """Return the coverage of the week by county; None by street, where it would ask for many ways."""
    if scope.reach.network is not None:
        return None
    return coverage_by_hour(scope.demand, scope.index, monday_of(scope.at), scope.reach)


def chart_hours(hours: HourTable | None) -> Chart | None:
    """Return the chart of a week's coverage; None where it isn't known."""
    if hours is None:
        return None
    return Chart("heat", N_("Share covered by the hour of the week"), hours.share.round(4).tolist())


def mark_rows(
    table: Table,
    rows: Sequence[int],
    outlines: Sequence[shapely.Geometry],
    language: Language,
    hours: Sequence[NDArray[np.bool_] | None] = (),
    names: Sequence[str] = (),
) -> list[AreaMark]:
    """Mark some rows of a table where they lie, each by its name, or first text, with what else a page shows of it."""
    columns = [one for _, one in list_shown_columns(table, language, is_page=True)]
    heads = [language.translate(one.title) for one in columns]
    marks = []
    for number, (place, outline) in enumerate(zip(rows, outlines, strict=True)):
        first, *facts = (cell_text(one.value(table.rows[place]), language) for one in columns)
        when, name = hours[number] if hours else None, names[number] if names else first
        marks.append(AreaMark(name, outline, tuple(zip(heads[1:], facts, strict=True)), when))
    return marks


def draw_answer(
    scope: MapScope,
    hours: HourTable | None,
    language: Language,
    gaps: MapGaps | None = None,
    pins: Sequence[Pin] = (),
    marks: Sequence[AreaMark] = (),
    marks_are: str = "",
    served: ServedDemand | None = None,
) -> MapView:
    """Draw what an answer says; by street, where nothing is known of the hours, without shares and ground.

    ``marks`` stand in place of ``gaps``, ``marks_are`` says in the legend what they are; ``served`` is the coverage at that instant, if already computed.
    """
    located = zip(scope.index.stations, locate_stations(scope), strict=True)
    inside = [station for station, code in located if code]
    levels = [] if hours is None else build_map_levels(scope, served)
    is_small = len(inside) <= MOST_STATIONS
    found = CoverageMap(
        scope=scope,
        stations=inside if is_small else (),
        levels=levels,
        week=None if hours is None else build_map_week(scope, hours, levels),
        gaps=gaps or MapGaps(),
        ground=build_map_ground(scope, inside, hours) if is_small and hours is not None else None,
    )
    view = replace(build_map_view(found, language), proposals=pins)
    return replace(view, gaps=marks, gaps_found=len(marks), gaps_are=marks_are) if marks else view
