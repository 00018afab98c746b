"""What a planner's map draws: its areas with their figures by the hour, the ground within reach, and stations in no area."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from core.civil_time import HOURS_A_WEEK
from core.faults import Fault
from geo.coverage.demand import Demand
from geo.coverage.hours import HourTable, week_instants
from geo.coverage.pairs import StreetTerms
from geo.coverage.reach import Reach
from geo.coverage.served import ServedDemand, coverage_at
from geo.coverage.tables import coverage_by_area
from geo.districts import DistrictLevel, Districts, area_code_prefix, level_of_code
from geo.formats.facts import shandong_population
from geo.formats.outlines import load_outlines
from geo.hours import OPEN
from geo.nearest.index import StationIndex
from geo.station import Station
from maps import ReachCells, ReachDiscs, WeekFigures
from yihui.bootstrap import Wiring
from yihui.planning.order import AreaOrder
from yihui.planning.townships import TownshipOutlines
from yihui.runtime.language import Language

_PROVINCE_DIGITS, _COUNTY_DIGITS = 2, 6
_PROVINCE_TOLERANCE = 0.001  # degrees, about 100 m: as coarse as the outlines of counties


def list_county_levels(levels: Sequence[gpd.GeoDataFrame]) -> list[gpd.GeoDataFrame]:
    """Return the levels down to the counties."""
    return [frame for frame in levels if all(len(str(code)) <= _COUNTY_DIGITS for code in frame["code"])]


def drawn_parts(townships: TownshipOutlines, names: Mapping[str, str]) -> gpd.GeoDataFrame:
    """Return the townships and the rests; a county without townships is drawn whole, so that the level has no holes.

    A province's are simplified: they are looked at from afar, and a page of it would be twice as large.
    """
    parts = townships.division.parts
    drawn = parts[["code", "geometry"]].assign(name=[names.get(code, code) for code in parts["code"]])
    if len(townships.ground.prefix) > _PROVINCE_DIGITS:
        return drawn
    return drawn.set_geometry(shapely.coverage_simplify(drawn.geometry.to_numpy(), _PROVINCE_TOLERANCE))


@dataclass(frozen=True, slots=True)
class MapScope:
    """The data of a map: counties and the levels above, all stations nearby (beyond the border too), a demand, an instant.

    ``names`` are those of the parts of the townships by code, each with its county in front. ``terms`` say what a reach
    by street means, ``notes`` what was assumed of the user's files. *CRS*: WGS84.
    """

    outlines: gpd.GeoDataFrame
    wider: Sequence[gpd.GeoDataFrame]
    index: StationIndex
    demand: Demand
    reach: Reach
    at: datetime
    townships: TownshipOutlines | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    terms: StreetTerms | None = None
    notes: tuple[Fault, ...] = ()


MOST_CELLS = 40_000  # a page of more is too large; its areas keep their colours
_UNEVEN, _FEW = 0.2, 0.2  # of the spacing of a grid, of its points
_METRES_A_DEGREE = 110_500.0  # of latitude at its shortest


def list_astray_stations(
    wiring: Wiring, stations: Sequence[Station], order: AreaOrder, inside: Sequence[Station]
) -> list[Station]:
    """Return the stations that no map draws: no district is stated, and they aren't placed or lie outside of all outlines.

    None for a county or a city, to which nothing ties them, unless the order names their register and most of it is
    ``inside``.
    """
    if not order.area.endswith("0000") and (order.register is None or 2 * len(inside) <= len(stations)):
        return []
    unstated = [station for station in stations if station.district is None]
    placed = [station for station in unstated if station.is_placed]
    points = np.array([(s.lon, s.lat) for s in placed], dtype=float).reshape(-1, 2)
    codes = wiring.outlines.assign(points).code
    located = {station.id for station, code in zip(placed, codes, strict=True) if code is not None}
    return [station for station in unstated if station.id not in located]


def build_map_ground(
    scope: MapScope, inside: Sequence[Station], hours: HourTable | None
) -> ReachDiscs | ReachCells | None:
    """Return what is within reach, by hour where ``hours`` are given: discs, or cells where reach is by street."""
    if scope.reach.network is not None:
        return _cells(scope, hours)
    index, accesses, radius_m = scope.index, scope.reach.filters.accesses, scope.reach.radius_m
    serving = [place for place, one in enumerate(index.stations) if not accesses or one.access in accesses]
    drawn = {station.id for station in inside}
    rows = np.array([place for place in serving if index.stations[place].id not in drawn], dtype=np.intp)
    area = scope.outlines.geometry.union_all()
    # so near to the map's area that they may serve it, and perhaps a few more
    around = area.buffer(radius_m / _METRES_A_DEGREE / np.cos(np.radians(area.bounds[3])))
    shapely.prepare(around)
    beyond = rows[shapely.contains_xy(around, *index.points[rows].T)]
    instants = (scope.at,) if hours is None else week_instants(hours.monday)
    states = np.stack([index.states(instant)[beyond] for instant in instants], axis=1).astype(np.int8)
    ids, others = {index.stations[place].id for place in serving}, [index.stations[place] for place in beyond]
    return ReachDiscs(radius_m, ids, others, states)


def _cells(scope: MapScope, hours: HourTable | None) -> ReachCells | None:
    """Return a cell for each point with demand; None where demand stands at points of no grid, whose ground nobody measured."""
    demand, side_m = scope.demand, scope.reach.spacing_m
    rows = np.flatnonzero(demand.weight > 0)
    if len(rows) > MOST_CELLS:
        return None
    if demand.even_ground is None:
        away_m = demand.find_beside(np.arange(len(demand)))[0][:, 0]
        side_m = demand.spacing_m
        if not len(rows) or (np.abs(away_m - side_m) > _UNEVEN * side_m).mean() > _FEW:
            return None
    if hours is None:
        served = coverage_at(demand, scope.index, scope.at, scope.reach).mask[rows, None]
    else:
        served = np.stack([hours.served_at(hour)[rows] for hour in range(HOURS_A_WEEK)], axis=1)
    return ReachCells(side_m, demand.points[rows], served)


def build_map_scope(
    order: AreaOrder,
    at: datetime,
    index: StationIndex,
    demand: Demand,
    reach: Reach,
    language: Language,
    townships: TownshipOutlines | None = None,
) -> MapScope:
    """Build what a map of an order's area shows. ``demand`` is that of all hours."""
    levels = (DistrictLevel.PROVINCE, DistrictLevel.CITY, DistrictLevel.DISTRICT)
    above = levels[levels.index(level_of_code(order.area)) : -1]  # the counties, from the area itself on
    return MapScope(
        outlines=load_outlines(within=order.area).reset_index(drop=True),
        wider=[load_outlines(level=level, within=order.area) for level in above],
        index=index,
        demand=demand,
        reach=replace(reach, spacing_m=order.grid_of_demand_m),
        at=at,
        townships=townships,
        names=townships.full_names(language) if townships else {},
        terms=order.terms,
    )


def build_map_levels(scope: MapScope, served: ServedDemand | None = None) -> list[gpd.GeoDataFrame]:
    """Build the levels with residents, stations, open stations, and the share of the demand served.

    Residents are known for the counties of Shandong only; an area with a county of unknown population has none.
    """
    demand = scope.demand.at(scope.at)
    now = served or coverage_at(demand, scope.index, scope.at, scope.reach)
    located = locate_stations(scope)
    levels = [_with_figures(frame, scope, demand, now, located) for frame in (*scope.wider, scope.outlines)]
    if scope.townships is not None:
        local = scope.townships.locate_demand(demand)
        levels.append(_with_figures(drawn_parts(scope.townships, scope.names), scope, local, now, located))
    return levels


def locate_stations(scope: MapScope) -> list[str]:
    """Return the smallest area of the map in which each station lies; an empty text beyond the border.

    Its county is the one that its register states, else the one it lies in.
    """
    inside = set(scope.outlines["code"])
    lying = Districts.from_frame(scope.outlines).assign(scope.index.points).code.tolist()
    stated = [station.district for station in scope.index.stations]
    codes = [own or found for own, found in zip(stated, lying, strict=True)]
    counties = [code if code in inside else None for code in codes]
    if scope.townships is None:
        return [code or "" for code in counties]
    return [code or "" for code in scope.townships.division.assign(scope.index.points, counties).tolist()]


def _with_figures(
    frame: gpd.GeoDataFrame, scope: MapScope, demand: Demand, served: ServedDemand, codes: Sequence[str]
) -> gpd.GeoDataFrame:
    """Return the areas of a level with their figures; the districts of the demand are those of the level, or finer.

    ``codes`` are the smallest areas in which the stations lie.
    """
    prefixes = [_prefix(code) for code in frame["code"]]
    digits = len(prefixes[0])
    share = coverage_by_area(demand, served, digits)["share"]
    people = scope.outlines["code"].map(shandong_population())
    within = [people[scope.outlines["code"].str.startswith(prefix)] for prefix in prefixes]
    population = np.array([float(part.sum(skipna=False)) if len(part) else np.nan for part in within])
    alive = scope.index.in_register_mask()
    is_open = np.equal(scope.index.states(scope.at), OPEN)
    there = pd.Series([code[:digits] for code in codes])
    stations, opened = (
        there[mask].value_counts().reindex(prefixes, fill_value=0).to_numpy(dtype=float)
        for mask in (alive, alive & is_open)
    )
    return frame.assign(
        population=population,
        stations=stations,
        open=opened,
        per_10k=stations / np.where(population > 0, population / 10_000, np.nan),
        covered_share=share.reindex(prefixes).to_numpy(dtype=float),
    )


def build_map_week(scope: MapScope, hours: HourTable, levels: Sequence[gpd.GeoDataFrame]) -> WeekFigures:
    """Build the states of all stations and the share served of all areas of ``levels``, hour by hour.

    ``hours`` holds the demand by county; a wider area's share is the mean of its counties' by their demand.
    """
    index = scope.index
    states = np.stack([index.states(instant) for instant in week_instants(hours.monday)], axis=1)
    codes = [str(code) for level in list_county_levels(levels) for code in level["code"]]
    counties = hours.areas.to_numpy()
    served, total = np.nan_to_num(counties) * hours.area_total, hours.area_total
    shares = [_shares(_inside(codes, list(hours.areas.index)), served, total)]
    if scope.townships is not None:
        towns = scope.townships.division.parts["code"].tolist()
        shares.append(_shares(np.eye(len(towns)), *_sum_by_hour(scope, hours, towns)))
        codes = [*codes, *towns]
    parts, row = np.unique(np.array(locate_stations(scope), dtype=str), return_inverse=True)
    is_open = np.zeros((len(parts), states.shape[1]))
    np.add.at(is_open, row, (states == OPEN) & index.in_register_mask()[:, None])
    opened = _inside(codes, parts.tolist()) @ is_open
    ids = [station.id for station in index.stations]
    return WeekFigures(hours.monday, ids, states.astype(np.int8), codes, np.vstack(shares), opened)


def _prefix(code: str) -> str:
    """Return the beginning of all codes within an area: of a township, its whole code."""
    return area_code_prefix(code) if len(code) == _COUNTY_DIGITS else code


def _inside(areas: Sequence[str], codes: Sequence[str]) -> NDArray[np.float64]:
    """Return 1 where a code lies in an area. *Shape*: (areas, codes)."""
    rows = [[code.startswith(prefix) for code in codes] for prefix in map(_prefix, areas)]
    return np.array(rows, dtype=np.float64).reshape(len(areas), len(codes))


def _shares(
    inside: NDArray[np.float64], served: NDArray[np.float64], total: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the share served of each area by hour; NaN where it has no demand."""
    whole = inside @ total
    share = np.where(whole > 0, inside @ served / np.maximum(whole, 1e-12), np.nan)
    return np.minimum(share, 1)


def _sum_by_hour(
    scope: MapScope, hours: HourTable, parts: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sum the served and the whole demand of the townships by hour. *Shape*: (parts, 168) each."""
    assert scope.townships is not None
    local = scope.townships.locate_demand(scope.demand)
    rows = {code: row for row, code in enumerate(parts)}
    row = np.array([rows.get(code, len(rows)) for code in local.district.tolist()], dtype=np.intp)
    served, total = np.empty((2, len(rows), hours.areas.shape[1]))
    for hour in range(total.shape[1]):
        weight = local.weight_at(hour)
        total[:, hour] = np.bincount(row, weight, len(rows) + 1)[:-1]
        served[:, hour] = np.bincount(row, weight * hours.served_at(hour), len(rows) + 1)[:-1]
    return served, total
