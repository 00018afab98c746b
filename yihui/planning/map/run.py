"""Compute what a map shows: the places and the coverage of an area at an instant, and over its week."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from core.civil_time import civil_date
from core.faults import FaultError, FaultTable
from core.text_marks import N_
from geo.districts import area_code_prefix
from yihui.bootstrap import Wiring
from yihui.planning.map.request import CoverageMapOrder, parse_tiles
from yihui.planning.map.sites_file import SiteFeature, read_proposed_sites
from yihui.planning.request import DEFAULT_SPACING_M
from yihui.planning.run import list_source_registers
from yihui.planning.study.study import Study, StudySource, monday_of
from yihui.runtime.progress import begin_step

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from geo.coverage import Demand, HourTable, Reach, ServedDemand
    from geo.gaps import Gap, Whereabouts
    from geo.nearest.index import StationIndex
    from geo.siting.proposal import SiteProposal
    from geo.station import OpeningState, Station
    from maps import BaseMapTiles, WeekFigures


MOST_GAPS = 1_000  # the heaviest gaps; a browser draws more of them too slowly
MAP_FAULTS = FaultTable(
    "map",
    {
        "no_district": (
            N_("no district lies in {value}"),
            N_("give the six-digit code of a province or a city, such as 370000 or 370100"),
        ),
        "no_station": (
            N_("there is no station to draw"),
            N_("import a register first: yihui stations import FILE.csv --datum wgs84"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class MapScope:
    """The data of a map: counties and the levels above, all stations nearby, a demand, an instant.

    ``index`` includes stations beyond the border, since they serve this side too. *CRS*: WGS84.
    """

    outlines: "gpd.GeoDataFrame"
    wider: "Sequence[gpd.GeoDataFrame]"
    index: "StationIndex"
    demand: "Demand"
    reach: "Reach"
    at: datetime


@dataclass(frozen=True, slots=True)
class MapGaps:
    """The gaps of a map, the heaviest first, as far as it draws them; ``count`` is the number of all gaps.

    ``instants`` are those at which a gap may lack a place, ``by_night`` whether they are those of the nights.
    """

    gaps: "Sequence[Gap]" = ()
    where: "Sequence[Whereabouts]" = ()
    instants: Sequence[datetime] = ()
    count: int = 0
    by_night: bool = False


@dataclass(frozen=True, slots=True)
class CoverageMap:
    """What a map shows. ``sites`` come from a file, ``proposals`` from a study."""

    scope: MapScope
    stations: "Sequence[Station]"
    levels: "Sequence[gpd.GeoDataFrame]"
    week: "WeekFigures | None"
    gaps: MapGaps
    sources: Sequence[StudySource] = ()
    sites: Sequence[SiteFeature] = ()
    proposals: "Sequence[SiteProposal]" = ()
    tiles: "BaseMapTiles | None" = None

    @property
    def states(self) -> "Mapping[str, OpeningState]":
        """The opening state of each station at the instant of the map, by station id."""
        from geo.hours import STATES_BY_CODE

        index = self.scope.index
        states = index.states(self.scope.at).tolist()
        return {one.id: STATES_BY_CODE[code] for one, code in zip(index.stations, states, strict=True)}


def build_coverage_map(wiring: Wiring, order: CoverageMapOrder) -> CoverageMap:
    """Compute the map of an order.

    *Raises*: FaultError if there is nothing to draw, or a file or an address can't be used.
    """
    tiles = parse_tiles(order.tiles)
    # Read the file first: that can fail, and the rest takes seconds.
    sites = () if order.proposals is None else read_proposed_sites(order.proposals)
    begin_step()
    outlines = _outlines(wiring, order.area)
    stations = _stations(wiring, order, outlines)
    scope, title = _scope(wiring, order, outlines)
    begin_step()
    levels = build_map_levels(scope)
    hours = _hours(scope) if order.with_hours or order.gaps == "night" else None
    return CoverageMap(
        scope=scope,
        stations=stations,
        levels=levels,
        week=build_map_week(scope, hours, levels) if order.with_hours and hours else None,
        gaps=_gaps(scope, order.gaps, hours),
        sources=_sources(wiring, order, stations, title),
        sites=sites,
        tiles=tiles,
    )


def build_study_map(wiring: Wiring, study: Study) -> CoverageMap:
    """Compute the map of a study: its week, its levels, its night gaps, its proposals."""
    scope = MapScope(
        outlines=study.outlines,
        wider=load_wider_outlines(wiring, study.order.area),
        index=study.index,
        demand=study.demand,
        reach=study.reach,
        at=study.order.at,
    )
    begin_step()
    levels = build_map_levels(scope, study.now.served)
    return CoverageMap(
        scope=scope,
        stations=study.stations,
        levels=levels,
        week=build_map_week(scope, study.hours, levels),
        gaps=_gaps(scope, "night", study.hours),
        sources=study.sources,
        proposals=study.proposals.proposals if study.proposals else (),
    )


def _scope(
    wiring: Wiring, order: CoverageMapOrder, outlines: "gpd.GeoDataFrame"
) -> "tuple[MapScope, str | None]":
    """Return the scope of the map, and the title of its demand if that isn't the census.

    The demand is the residents by default, or the ground where the census doesn't cover the area.
    """
    from pathlib import Path

    from geo.coverage import Reach
    from geo.formats.facts import shandong_population
    from yihui.planning.demand.request import (
        CENSUS_DEMAND,
        GROUND_DEMAND,
        DemandFileOptions,
        DemandQuery,
    )
    from yihui.planning.demand.run import load_demand

    spacing_m = DEFAULT_SPACING_M[len(area_code_prefix(order.area))]
    is_known = set(outlines["code"]) <= shandong_population().keys()
    what = order.demand or (CENSUS_DEMAND if is_known else GROUND_DEMAND)
    file = DemandFileOptions(Path(what), raster=order.demand_raster)
    wanted = DemandQuery(what, order.area, spacing_m, file)
    chosen = load_demand(wiring, wanted)
    scope = MapScope(
        outlines=outlines,
        wider=load_wider_outlines(wiring, order.area),
        index=wiring.stations(order.register),
        demand=chosen.demand,
        reach=Reach(order.radius_m, spacing_m),
        at=order.at,
    )
    return scope, None if wanted.built_in == CENSUS_DEMAND else chosen.title


def _outlines(wiring: Wiring, area: str) -> "gpd.GeoDataFrame":
    from geo.formats.outlines import load_outlines

    outlines = load_outlines(within=area)
    if outlines.empty:
        raise FaultError(MAP_FAULTS.build("no_district", field="--area", value=area))
    return outlines


def _stations(wiring: Wiring, order: CoverageMapOrder, outlines: "gpd.GeoDataFrame") -> list["Station"]:
    """Return the stations of the area: by their district, or by their position if they state none."""
    from geo.districts import Districts
    from yihui.services.stations.selection import select_stations

    everywhere = select_stations(wiring, register=order.register)
    prefix = area_code_prefix(order.area)
    inside = [s for s in everywhere if (s.district or "").startswith(prefix)]
    astray = [s for s in everywhere if s.district is None and s.is_placed]
    points = [(s.lon or 0.0, s.lat or 0.0) for s in astray]
    if astray:
        found = Districts.from_frame(outlines).assign(points).code
        inside += [station for station, code in zip(astray, found, strict=True) if code is not None]
    if not inside:
        raise FaultError(MAP_FAULTS.build("no_station", field="--register", value=order.register))
    return inside


def _hours(scope: MapScope) -> "HourTable":
    from geo.coverage import coverage_by_hour

    advance = begin_step(len(scope.demand))
    return coverage_by_hour(scope.demand, scope.index, monday_of(scope.at), scope.reach, told=advance)


def _gaps(scope: MapScope, which: str | None, hours: "HourTable | None") -> MapGaps:
    """Find the gaps of a demand: at the map's ``hour``, in its ``week``, or by ``night``; none for None.

    A map of several cities draws connected ground whole: its neighbourhoods are too many and too small.
    """
    from geo.coverage.openness import week_instants
    from geo.districts import Districts
    from geo.gaps import NamedPlaces, NeighbourhoodSize, compute_gaps, locate_gaps

    if which is None:
        return MapGaps()
    begin_step()
    demand: Demand = scope.demand
    instants: Sequence[datetime] = (scope.at,) if which == "hour" else week_instants(monday_of(scope.at))
    if which == "night" and hours is not None:
        demand, instants = _by_night(scope, hours)
    size = NeighbourhoodSize() if scope.outlines["code"].str[:4].nunique() > 1 else None
    found = compute_gaps(demand, scope.index, scope.reach, instants, size=size)
    drawn = found[:MOST_GAPS]
    where = locate_gaps(
        drawn, NamedPlaces.from_stations(scope.index.stations), Districts.from_frame(scope.outlines)
    )
    return MapGaps(drawn, where, instants, len(found), which == "night")


def _by_night(scope: MapScope, hours: "HourTable") -> "tuple[Demand, Sequence[datetime]]":
    """Return the demand with an open station by day, and the hours of the nights.

    Areas without any station are left out, as they would cover the whole map.
    """
    from geo.coverage import DAY_HOURS, NIGHT_HOURS
    from geo.coverage.openness import week_instants

    by_day = np.logical_or.reduce(
        [hours.served_at(24 * day + hour) for day in range(7) for hour in DAY_HOURS]
    )
    nights = [when for number, when in enumerate(week_instants(hours.monday)) if number % 24 in NIGHT_HOURS]
    return scope.demand.select(np.flatnonzero(by_day)), nights


def _sources(
    wiring: Wiring, order: CoverageMapOrder, stations: "Sequence[Station]", demand: str | None
) -> list[StudySource]:
    """List the sources: registers with their import days, outlines, residents, and any other demand."""
    from geo.formats.outlines import OUTLINES_SOURCE

    told = N_("Register: {source}, imported on {day}")
    texts = [
        *(
            wiring.render(told, source=one.source or one.name, day=civil_date(one.imported_at))
            for one in list_source_registers(wiring, order.register, stations)
        ),
        wiring.render(N_("Outlines: {source}"), source=wiring.render(OUTLINES_SOURCE)),
        wiring.render(N_("Residents: census of 1 November 2020, spread evenly over each county")),
        *([] if demand is None else [wiring.render(N_("Served: {source}"), source=demand)]),
    ]
    return [StudySource(text) for text in texts]


def load_wider_outlines(wiring: "Wiring", area: str) -> "list[gpd.GeoDataFrame]":
    """Load the outlines of the levels above the counties, starting with the area itself."""
    from geo.districts import DistrictLevel, level_of_code
    from geo.formats.outlines import load_outlines

    levels = {
        DistrictLevel.PROVINCE: (DistrictLevel.PROVINCE, DistrictLevel.CITY),
        DistrictLevel.CITY: (DistrictLevel.CITY,),
        DistrictLevel.DISTRICT: (),
    }[level_of_code(area)]
    return [load_outlines(level=level, within=area) for level in levels]


def build_map_levels(scope: MapScope, served: "ServedDemand | None" = None) -> "list[gpd.GeoDataFrame]":
    """Build the levels with residents, stations, open stations, and the share of the demand served.

    Residents are known for Shandong only; an area with a county of unknown population has none.
    """
    from geo.coverage import coverage_at
    from geo.formats.facts import shandong_population

    now = served or coverage_at(scope.demand.at(scope.at), scope.index, scope.at, scope.reach)
    county = county_rows(scope)
    alive = scope.index.in_register_mask()
    counts = {
        "stations": np.bincount(county[alive], minlength=len(scope.outlines) + 1)[:-1],
        "open": np.bincount(county[alive & open_stations(scope)], minlength=len(scope.outlines) + 1)[:-1],
    }
    people = scope.outlines["code"].map(shandong_population())
    figures = scope.outlines[["code"]].assign(population=people, **counts)
    return [_with_figures(frame, figures, scope, now) for frame in (*scope.wider, scope.outlines)]


def county_rows(scope: MapScope) -> "NDArray[np.intp]":
    """Return the row of each station's county: the one that its register states, else the one it lies in.

    Stations beyond the border get the number of counties.
    """
    from geo.districts import Districts

    row_of = {code: row for row, code in enumerate(scope.outlines["code"])}
    lying = Districts.from_frame(scope.outlines).assign(scope.index.points).code.tolist()
    stated = [station.district for station in scope.index.stations]
    codes = [own or found for own, found in zip(stated, lying, strict=True)]
    return np.array([row_of.get(code, len(row_of)) for code in codes], dtype=np.intp)


def open_stations(scope: MapScope) -> "NDArray[np.bool_]":
    """Return which stations are open by their hours at the instant of the map."""
    from geo.hours import OPEN

    return np.equal(scope.index.states(scope.at), OPEN)


def _with_figures(
    frame: "gpd.GeoDataFrame", counties: "pd.DataFrame", scope: MapScope, served: "ServedDemand"
) -> "gpd.GeoDataFrame":
    from geo.coverage import coverage_by_area
    from geo.districts import area_code_prefix

    prefixes = [area_code_prefix(code) for code in frame["code"]]
    share = coverage_by_area(scope.demand.at(scope.at), served, len(prefixes[0]))["share"]
    parts = [counties[counties["code"].str.startswith(prefix)] for prefix in prefixes]
    population = np.array([float(part["population"].sum(skipna=False)) for part in parts])
    stations = np.array([float(part["stations"].sum()) for part in parts])
    return frame.assign(
        population=population,
        stations=stations,
        open=[float(part["open"].sum()) for part in parts],
        per_10k=np.divide(
            stations, population / 10_000, out=np.full(len(parts), np.nan), where=population > 0
        ),
        covered_share=[float(share.get(prefix, np.nan)) for prefix in prefixes],
    )


def build_map_week(
    scope: MapScope, hours: "HourTable", levels: "Sequence[gpd.GeoDataFrame]"
) -> "WeekFigures":
    """Build the states of all stations and the share served of all areas of ``levels``, hour by hour.

    ``hours`` holds the demand by county; the share of a wider area is the mean of its counties', weighted
    by their demand.
    """
    from geo.coverage.openness import week_instants
    from geo.districts import area_code_prefix
    from maps import WeekFigures

    index = scope.index
    states = np.stack([index.states(instant) for instant in week_instants(hours.monday)], axis=1)
    codes = [str(code) for level in levels for code in level["code"]]
    inside = _inside([area_code_prefix(code) for code in codes], list(hours.areas.index))
    served = np.nan_to_num(hours.areas.to_numpy()) * hours.area_total
    total = inside @ hours.area_total
    share = np.where(total > 0, inside @ served / np.maximum(total, 1e-12), np.nan)
    opened = _inside([area_code_prefix(code) for code in codes], scope.outlines["code"].tolist()) @ _open(
        scope, states
    )
    ids = [station.id for station in index.stations]
    return WeekFigures(hours.monday, ids, states.astype(np.int8), codes, np.minimum(share, 1), opened)


def _inside(prefixes: Sequence[str], codes: Sequence[str]) -> "NDArray[np.float64]":
    """Return 1 where a county lies in an area. *Shape*: (areas, counties)."""
    rows = [[code.startswith(prefix) for code in codes] for prefix in prefixes]
    return np.array(rows, dtype=np.float64).reshape(len(prefixes), len(codes))


def _open(scope: MapScope, states: "NDArray[np.int8]") -> "NDArray[np.float64]":
    """Count the open stations of each county. *Shape*: (counties, 168)."""
    from geo.hours import OPEN

    counts = np.zeros((len(scope.outlines) + 1, states.shape[1]))
    np.add.at(counts, county_rows(scope), (states == OPEN) & scope.index.in_register_mask()[:, None])
    return counts[:-1]
