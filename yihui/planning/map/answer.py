"""The answer of ``yihui map``: the page with its marks, pins and classes, and what its file holds."""

from collections.abc import Iterator, Sequence
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING

from core.civil_time import civil_date, monday_of
from core.text_marks import N_
from geo.coverage.demand import GROUND_UNIT, PEOPLE_UNIT
from yihui.planning.answer import Answer, Column, Sentence, Table, Unit, sentence
from yihui.planning.caveats import reach_text, street_sentences
from yihui.planning.gaps.text import gap_name, gap_times_text, instants_to_week_mask
from yihui.planning.map.areas import list_county_levels
from yihui.planning.map.text import map_labels
from yihui.planning.siting.text import site_label
from yihui.planning.text import area_text, demand_amount_text, demand_unit_label, holiday_text, source_text
from yihui.runtime.assets import load_map_assets
from yihui.runtime.language import Language

if TYPE_CHECKING:
    import geopandas as gpd
    import shapely

    from geo.gaps import Gap
    from geo.siting.proposal import SiteProposal
    from geo.station import Station
    from maps import AreaMark, ColourClasses, MapView, Pin, WeekFigures
    from yihui.planning.map.request import SiteProperties
    from yihui.planning.map.run import CoverageMap

THIN_COVERAGE_SHARE = 0.25  # the median county's covered share at its best hour, below which coverage is thin
METRES_A_DEGREE = 111_320.0  # of latitude
_FEN_PER_YUAN = 100

MarkFacts = tuple[tuple[str, str], ...]


def render_map_page(found: "CoverageMap", language: Language) -> str:
    """Render the page with everything inside it; only an online base map asks a network."""
    from maps import coverage_map

    assets = load_map_assets(with_streets=found.streets is not None)
    return coverage_map(build_map_view(found, language), map_labels(language), assets)


def build_map_view(found: "CoverageMap", language: Language) -> "MapView":
    """Build the content of the page."""
    from maps import BaseMapTiles, MapView

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
        sources=[source_text(source, language) for source in found.sources],
        tiles=found.tiles or BaseMapTiles(),
        streets=found.streets,
        classes=choose_map_classes(found.levels, found.week),
    )


def choose_map_classes(levels: "Sequence[gpd.GeoDataFrame]", week: "WeekFigures | None") -> "ColourClasses":
    """Choose breaks for thin coverage where counties' best hours are thin, even fifths elsewhere.

    There are only two sets, so that most maps can be compared side by side.
    """
    import numpy as np

    from maps import ColourClasses

    if not levels:
        return ColourClasses()
    counties = list_county_levels(levels)[-1]
    best = counties["covered_share"].to_numpy(dtype=float)
    if week is not None:
        best = np.nanmax(week.share[np.isin(week.codes, counties["code"])], axis=1, initial=0.0)
    return ColourClasses.even() if np.nanmedian(best) > THIN_COVERAGE_SHARE else ColourClasses()


def _gap_marks(found: "CoverageMap", language: Language) -> "list[AreaMark]":
    """Return the gaps with facts in the reader's language; each shows at its own hours of the week."""
    from maps import AreaMark

    gaps, monday = found.gaps, monday_of(found.scope.at)
    is_shown = [monday_of(when) == monday for when in gaps.instants]  # a night may end in the next week
    labels = [
        language.translate(text)
        for text in (N_("Rank"), N_("Without a place"), N_("When"), N_("Hours a week"), N_("Ground"))
    ]

    def facts(rank: int, gap: "Gap") -> MarkFacts:
        texts = (
            language.render(N_("{rank} of {count}"), rank=f"{rank:,}", count=f"{gaps.count:,}"),
            demand_amount_text(gap.demand, found.scope.demand.unit, language, is_short=True),
            gap_times_text(language, gap.unmet, gaps.instants),
            str(gap.hours) if len(gaps.instants) > 1 else "",
            area_text(language, gap.area_m2),
        )
        return tuple(zip(labels, texts, strict=True))

    return [
        AreaMark(
            name=gap_name(language, where),
            geometry=_simpler(gap),
            facts=facts(rank, gap),
            hours=instants_to_week_mask(gap.unmet & is_shown, gaps.instants),
        )
        for rank, (gap, where) in enumerate(zip(gaps.gaps, gaps.where, strict=True), 1)
    ]


def _simpler(gap: "Gap") -> "shapely.Geometry":
    """Simplify the outline below a quarter of a cell; finer detail has no meaning on the ground."""
    import shapely

    cell_m = sqrt(gap.area_m2 / max(len(gap.cells), 1))
    return shapely.simplify(gap.geometry, cell_m / 4 / METRES_A_DEGREE)


def _site_pins(found: "CoverageMap", language: Language) -> "Iterator[Pin]":
    """Yield the sites of a file, by rank."""
    from maps import Pin

    ranked = sorted(enumerate(found.sites, 1), key=lambda pair: pair[1].properties.rank or pair[0])
    for number, site in ranked:
        one, (lon, lat) = site.properties, site.geometry.coordinates
        name = one.name or one.place or one.district_name or language.render(N_("Site {rank}"), rank=number)
        facts = _facts(language, one, one.place if one.name else "", one.newly_served)
        yield Pin(rank=one.rank or number, name=name, lon=lon, lat=lat, facts=facts)


def proposal_pins(proposals: "Sequence[SiteProposal]", language: Language) -> "Iterator[Pin]":
    """Yield the proposed sites, numbered as they are listed: those that tie share a rank."""
    from maps import Pin

    for number, one in enumerate(proposals, 1):
        facts = _facts(language, one, one.name, one.gained)
        yield Pin(rank=number, name=site_label(one, language), lon=one.lon, lat=one.lat, facts=facts)


def _facts(
    language: Language, site: "SiteProperties | SiteProposal", place: str, newly_served: float | None
) -> MarkFacts:
    """Return the popup facts of a proposed site."""
    newly, cumulative = (
        "" if value is None else f"{value:,.0f}" for value in (newly_served, site.cumulative)
    )
    facts = (
        (N_("Where"), place),
        (N_("District"), site.district_name),
        (N_("Newly served"), newly),
        (N_("With all before it"), cumulative),
        (N_("Cost, yuan"), "" if site.cost_fen is None else f"{site.cost_fen / _FEN_PER_YUAN:,.0f}"),
        (
            N_("Chosen in so many disturbed runs"),
            "" if site.stability is None else f"{100 * site.stability:.0f}%",
        ),
    )
    return tuple((language.translate(label), text) for label, text in facts)


def build_map_answer(found: "CoverageMap", file: Path, language: Language) -> Answer:
    """Build the answer: what the file of a map holds, and the shares by street and by the straight line."""
    placed = sum(station.is_placed for station in found.stations)
    hosts = found.tiles.hosts if found.tiles else ()
    drawn = sentence(
        "drawn",
        _ONLINE if hosts else _OFFLINE,
        file=file,
        hosts=", ".join(hosts),
        districts=len(found.scope.outlines),
        places=str(placed),
        unplaced=str(len(found.stations) - placed),
    )
    clauses = [drawn.text(language), *(one.text(language) for one in _street_clauses(found))]
    told = [sentence("", "{clauses}", clauses=language.join_clauses(clauses))]
    if found.astray:
        told.append(
            sentence(
                "astray",
                N_(
                    "not drawn, in no district and inside of no outline: {count} stations; they are listed below and beside the map"
                ),
                count=len(found.astray),
            )
        )
    figures, straight, terms = found.figures, found.straight_share, found.scope.terms
    if figures is not None and straight is not None and terms is not None:
        off = found.tolerance / (figures.demand or 1.0)
        told += street_sentences(terms, figures.share, straight, tolerance=off)
    return Answer({}, told, [_list_astray(found.astray)] if found.astray else [], notes=found.scope.notes)


def _list_astray(astray: "Sequence[Station]") -> Table:
    columns = (
        Column("name", N_("Name"), Unit.LONG),
        Column("id", N_("Number")),
        Column("lon", N_("Longitude"), Unit.DEGREES),
        Column("lat", N_("Latitude"), Unit.DEGREES),
    )
    return Table("astray", N_("Not drawn, in no district and inside of no outline"), columns, astray)


def _street_clauses(found: "CoverageMap") -> Iterator[Sentence]:
    """Yield how deep the streets go; or that the base map which the user has named is drawn in their place."""
    if found.streets is not None:
        size = f"{found.streets.size_bytes / _BYTES_PER_MB:.1f}"
        told = N_("streets are in it down to zoom {zoom} ({size} MB)")
        yield sentence("", told, zoom=found.streets.zooms[1], size=size)
    elif found.has_replaced_streets:
        yield sentence("", N_("the online base map of --tiles is drawn in place of the streets"))


_BYTES_PER_MB = 1_000_000
_ONLINE = N_(
    "{file} (districts: {districts}; places: {places}; without coordinates, not drawn: {unplaced}) asks {hosts} for its base map, and holds the key where one was given"
)
_OFFLINE = N_(
    "{file} (districts: {districts}; places: {places}; without coordinates, not drawn: {unplaced}) opens without a network"
)
