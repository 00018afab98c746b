"""Compute what a map shows: the places and the coverage of an area at an instant, and over its week."""

import logging
import os
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import geopandas as gpd
import numpy as np

from core.civil_time import civil_date, hour_of_week, monday_of, start_of_day
from core.faults import FaultError, FaultTable
from core.text_marks import N_
from geo.coverage.demand import Demand
from geo.coverage.hours import DAY_HOURS, HourTable, coverage_by_hour, night_instants, week_instants
from geo.coverage.reach import Reach
from geo.coverage.served import coverage_at
from geo.coverage.tables import CoverageFigures, coverage_overall
from geo.districts import Districts
from geo.formats.facts import shandong_population
from geo.gaps.finding import Gap, compute_gaps
from geo.gaps.locations import Whereabouts, locate_gaps
from geo.gaps.neighbourhoods import NeighbourhoodSize, TownshipLimits
from geo.hours import STATES_BY_CODE
from geo.siting.proposal import SiteProposal
from geo.station import OpeningState, Station
from maps import BaseMapTiles, ReachCells, ReachDiscs, StreetTiles, WeekFigures
from maps.tiles import NO_TILES
from yihui.bootstrap import Wiring
from yihui.files.street_map.reading import StreetMap
from yihui.planning.demand.request import CENSUS_DEMAND, GROUND_DEMAND
from yihui.planning.demand.run import load_demand
from yihui.planning.gaps.run import load_gap_landmarks
from yihui.planning.map.areas import (
    MapScope,
    build_map_ground,
    build_map_levels,
    build_map_scope,
    build_map_week,
    list_astray_stations,
)
from yihui.planning.map.request import CoverageMapOrder, SiteFeature, read_proposed_sites
from yihui.planning.run import PLAN_FAULTS, StudyArea, counties_by_station, load_study_area
from yihui.planning.street_reach import WAYS_ATTRIBUTION
from yihui.planning.study.run import list_landmark_sources, list_study_sources
from yihui.planning.study.study import Study
from yihui.planning.text import Source
from yihui.planning.townships import check_township_datum, find_township_outlines
from yihui.runtime.arguments import CANNOT_BE
from yihui.runtime.progress import begin_step
from yihui.services.stations.selection import select_stations
from yihui.services.streets.area_tiles import select_area_tiles
from yihui.services.streets.current import STREET_MAP_ATTRIBUTION

MOST_STREET_BYTES = 4_000_000  # of tiles in one page, compressed; in the page they take a third more
TIANDITU_KEY = "YIHUI_TIANDITU_KEY"
_LOG = logging.getLogger(__name__)
MOST_GAPS = 1_000  # the heaviest gaps; a browser draws more of them too slowly
_SPREAD_CENSUS = N_("residents, census of 1 November 2020, spread evenly over each county")


def load_map_streets(
    wiring: Wiring, outlines: gpd.GeoDataFrame, tiles: BaseMapTiles | None = None
) -> StreetTiles | None:
    """Return the streets of an area. An online base map goes first: the user has named it for this one map.

    None without a street map, or where it has nothing of the area, or is damaged. *CRS*: EPSG:4326.
    """
    street_map = _current(wiring)
    if street_map is None or (tiles is not None and tiles.templates):
        return None
    try:
        found = select_area_tiles(street_map, outlines.geometry.union_all(), MOST_STREET_BYTES)
    except sqlite3.DatabaseError as error:
        _LOG.warning("the street map is damaged: %s", type(error).__name__)
        return None
    if found is None:
        return None
    return StreetTiles(found.zooms, found.tiles, wiring.render(STREET_MAP_ATTRIBUTION))


def _current(wiring: Wiring) -> StreetMap | None:
    return None if wiring.street_maps is None else wiring.street_maps.current()


@dataclass(frozen=True, slots=True)
class MapGaps:
    """The gaps of a map, the heaviest first, as far as it draws them, of ``count``; ``sources`` are those of their names.

    ``instants`` are those at which a gap may lack a place, ``by_night`` whether they are those of the night.
    """

    gaps: Sequence[Gap] = ()
    where: Sequence[Whereabouts] = ()
    instants: Sequence[datetime] = ()
    count: int = 0
    by_night: bool = False
    sources: Sequence[Source] = ()


@dataclass(frozen=True, slots=True)
class CoverageMap:
    """What a map shows. ``sites`` come from a file, ``proposals`` from a study. ``astray`` are stations in no area.

    ``figures`` are those of its instant, with how far the served demand may be off, and ``straight_share`` is the share
    by the straight line where they are by street; ``hours`` are those of its week. A study's map has none of them.
    """

    scope: MapScope
    stations: Sequence[Station]
    levels: Sequence[gpd.GeoDataFrame]
    week: WeekFigures | None
    gaps: MapGaps
    ground: ReachDiscs | ReachCells | None = None
    astray: Sequence[Station] = ()
    sources: Sequence[Source] = ()
    sites: Sequence[SiteFeature] = ()
    proposals: Sequence[SiteProposal] = ()
    tiles: BaseMapTiles = NO_TILES
    streets: StreetTiles | None = None
    figures: CoverageFigures | None = None
    tolerance: float = 0.0
    straight_share: float | None = None
    hours: HourTable | None = None
    has_replaced_streets: bool = False  # ``tiles`` are drawn where there would be streets

    @property
    def all_sources(self) -> Sequence[Source]:
        """The sources of the figures, of the gaps' names and of the streets, each once."""
        own = [] if self.streets is None else [Source(self.streets.attribution)]
        return list(dict.fromkeys((*self.sources, *self.gaps.sources, *own)))

    @property
    def states(self) -> Mapping[str, OpeningState]:
        """The opening state of each station at the instant of the map, by station id."""
        index = self.scope.index
        states = index.states(self.scope.at).tolist()
        return {one.id: STATES_BY_CODE[code] for one, code in zip(index.stations, states, strict=True)}


def parse_tiles(text: str | None) -> BaseMapTiles:
    """Return the requested base map, none by default. *Raises*: FaultError."""
    if not text:
        return BaseMapTiles()
    asked = f"tianditu:{os.environ.get(TIANDITU_KEY, '')}" if text == "tianditu" else text
    try:
        return BaseMapTiles.parse(asked)
    except ValueError as error:
        shown = "tianditu:…" if text.startswith("tianditu:") else text  # never show the key
        faults = FaultTable("usage", {"tiles": (CANNOT_BE, str(error))})
        raise FaultError(faults.build("tiles", field="--tiles", value=shown)) from error


def build_coverage_map(wiring: Wiring, order: CoverageMapOrder) -> CoverageMap:
    """Compute the map of an order. *Raises*: FaultError if there is nothing to draw, or a file or an address can't be used."""
    tiles = parse_tiles(order.tiles)
    # Read the file first: that can fail, and the rest takes seconds.
    sites = () if order.proposals is None else read_proposed_sites(order.proposals)
    begin_step()
    ground = load_study_area(wiring, order.area)
    everywhere = select_stations(wiring, register=order.register)
    counties = counties_by_station(ground, everywhere)
    stations = [station for station in everywhere if station.id in counties]
    if not stations:
        raise FaultError(PLAN_FAULTS.build("no_station", field="--area", value=ground.name))
    scope, title = _scope(wiring, order, ground)
    begin_step()
    demand = scope.demand.at(scope.at)
    served = coverage_at(demand, scope.index, scope.at, scope.reach)
    levels = build_map_levels(scope, served)
    hours = None
    if order.with_hours or order.gaps == "night":
        advance = begin_step(len(scope.demand))
        hours = coverage_by_hour(scope.demand, scope.index, monday_of(scope.at), scope.reach, told=advance)
    return CoverageMap(
        scope=scope,
        stations=stations,
        levels=levels,
        week=build_map_week(scope, hours, levels) if order.with_hours and hours else None,
        gaps=_gaps(wiring, scope, order.gaps, hours),
        ground=build_map_ground(scope, stations, hours if order.with_hours else None),
        astray=list_astray_stations(wiring, everywhere, order, stations),
        sources=[
            *list_study_sources(wiring, order, title or wiring.render(_SPREAD_CENSUS), stations),
            *([Source(wiring.render(N_("Residents: census of 1 November 2020")))] if title else []),
            *([Source(scope.townships.format_source(wiring.language))] if scope.townships else []),
            *([] if order.streets is None else [Source(wiring.render(WAYS_ATTRIBUTION))]),
        ],
        sites=sites,
        tiles=tiles,
        streets=load_map_streets(wiring, ground.outlines, tiles),
        figures=coverage_overall(demand, served),
        tolerance=served.tolerance(demand, scope.reach.radius_m),
        straight_share=None
        if order.streets is None
        else coverage_overall(demand, order.streets.cover_straight(demand, scope.index, scope.at)).share,
        hours=hours,
        has_replaced_streets=bool(tiles.templates) and _current(wiring) is not None,
    )


def build_study_map(wiring: Wiring, study: Study) -> CoverageMap:
    """Compute the map of a study: its week, its levels, its night gaps, its proposals."""
    townships = study.townships.outlines if study.townships else None
    at, demand = study.order.at, study.demand
    scope = build_map_scope(study.order, at, study.index, demand, study.reach, wiring.language, townships)
    scope = replace(scope, terms=study.terms)
    begin_step()
    levels = build_map_levels(scope, study.now.served)
    return CoverageMap(
        scope=scope,
        stations=study.stations,
        levels=levels,
        week=build_map_week(scope, study.hours, levels),
        gaps=_gaps(wiring, scope, "night", study.hours),
        ground=build_map_ground(scope, study.stations, study.hours),
        astray=list_astray_stations(
            wiring, scope.index.stations, study.order, [one for one in study.stations if one.is_placed]
        ),
        sources=study.sources,
        streets=load_map_streets(wiring, study.outlines),
        proposals=study.proposals.proposals if study.proposals else (),
    )


def _scope(wiring: Wiring, order: CoverageMapOrder, ground: StudyArea) -> tuple[MapScope, str | None]:
    """Return the scope of the map, and the title of its demand if that isn't the census.

    The demand is the residents by default, or the ground where the census doesn't cover the area.
    """
    check_township_datum(order.townships, order.datum)
    townships = find_township_outlines(wiring, ground, order.townships, order.datum)
    is_known = set(ground.outlines["code"]) <= shandong_population().keys()
    if not order.demand:
        order = order.model_copy(update={"demand": CENSUS_DEMAND if is_known else GROUND_DEMAND})
    chosen, index = load_demand(wiring, order.query), wiring.stations(order.register)
    reach = Reach(order.radius_m)
    if (ways := order.streets) is not None:
        is_of_week = order.with_hours or order.gaps in ("night", "week")
        instants = (order.at, *(week_instants(monday_of(order.at)) if is_of_week else ()))
        ways = ways.collect_ways(chosen.demand, index, instants, order.radius_m)
        order, reach = order.model_copy(update={"streets": ways}), ways.build_reach()
    scope = build_map_scope(order, order.at, index, chosen.demand, reach, wiring.language, townships)
    scope = replace(scope, notes=(*chosen.notes, *(townships.notes if townships else ())))
    return scope, None if order.query.built_in == CENSUS_DEMAND else chosen.title


def _gaps(wiring: Wiring, scope: MapScope, which: str | None, hours: HourTable | None) -> MapGaps:
    """Find the gaps of a demand: at the map's ``hour``, in its ``week``, or in the ``night`` after its day; none for None.

    A map of several cities draws ground up to a township whole: its neighbourhoods are too many and too small.
    """
    if which is None:
        return MapGaps()
    begin_step()
    demand: Demand = scope.demand
    instants: Sequence[datetime] = (scope.at,) if which == "hour" else week_instants(monday_of(scope.at))
    if which == "night" and hours is not None:  # of the demand with an open station on the map's day: areas
        # without any station would cover the whole map
        midnight = hour_of_week(start_of_day(civil_date(scope.at)))
        by_day = np.logical_or.reduce([hours.served_at(midnight + hour) for hour in DAY_HOURS])
        demand, instants = demand.select(np.flatnonzero(by_day)), night_instants(scope.at)
    elif which == "hour":
        demand = demand.at(scope.at)
    size = NeighbourhoodSize() if scope.outlines["code"].str[:4].nunique() > 1 else None
    townships = scope.townships
    limits = townships.build_limits() if townships else TownshipLimits()
    demand = townships.locate_demand(demand) if townships else demand
    found = compute_gaps(demand, scope.index, scope.reach, instants, size=size, limits=limits)
    drawn = found[:MOST_GAPS]
    districts = (
        townships.build_districts(wiring.language) if townships else Districts.from_frame(scope.outlines)
    )
    landmarks = load_gap_landmarks(wiring, scope.index, scope.outlines)
    where = locate_gaps(drawn, landmarks.places, districts)
    sources = list_landmark_sources(wiring, landmarks)
    return MapGaps(drawn, where, instants, len(found), which == "night", sources)
