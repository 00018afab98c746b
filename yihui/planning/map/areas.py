"""The areas on a planner's map: their stations, residents and coverage at an instant and over its week."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from yihui.planning.map.scope import MapScope, drawn_parts, list_county_levels

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from geo.coverage.demand import Demand
    from geo.coverage.hours import HourTable
    from geo.coverage.served import ServedDemand
    from maps import WeekFigures

_COUNTY_DIGITS = 6


def load_wider_outlines(area: str) -> "list[gpd.GeoDataFrame]":
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

    Residents are known for the counties of Shandong only; an area with a county of unknown population has none.
    """
    from geo.coverage.served import coverage_at

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
    from geo.districts import Districts

    inside = set(scope.outlines["code"])
    lying = Districts.from_frame(scope.outlines).assign(scope.index.points).code.tolist()
    stated = [station.district for station in scope.index.stations]
    codes = [own or found for own, found in zip(stated, lying, strict=True)]
    counties = [code if code in inside else None for code in codes]
    if scope.townships is None:
        return [code or "" for code in counties]
    parts = scope.townships.division.assign(scope.index.points, counties)
    return [code or "" for code in parts.tolist()]


def _with_figures(
    frame: "gpd.GeoDataFrame", scope: MapScope, demand: "Demand", served: "ServedDemand", codes: Sequence[str]
) -> "gpd.GeoDataFrame":
    """Return the areas of a level with their figures; the districts of the demand are those of the level, or finer.

    ``codes`` are the smallest areas in which the stations lie.
    """
    from geo.coverage.tables import coverage_by_area
    from geo.formats.facts import shandong_population
    from geo.hours import OPEN

    prefixes = [_prefix(code) for code in frame["code"]]
    digits = len(prefixes[0])
    share = coverage_by_area(demand, served, digits)["share"]
    people = scope.outlines["code"].map(shandong_population())
    within = [people[scope.outlines["code"].str.startswith(prefix)] for prefix in prefixes]
    population = np.array([float(part.sum(skipna=False)) if len(part) else np.nan for part in within])
    alive = scope.index.in_register_mask()
    is_open = np.equal(scope.index.states(scope.at), OPEN)
    counts = [
        Counter(codes[row][:digits] for row in np.flatnonzero(mask).tolist())
        for mask in (alive, alive & is_open)
    ]
    stations, opened = (np.array([float(count[prefix]) for prefix in prefixes]) for count in counts)
    return frame.assign(
        population=population,
        stations=stations,
        open=opened,
        per_10k=np.divide(
            stations, population / 10_000, out=np.full(len(frame), np.nan), where=population > 0
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
    from geo.coverage.hours import week_instants
    from geo.hours import OPEN
    from maps import WeekFigures

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
    from geo.districts import area_code_prefix

    return area_code_prefix(code) if len(code) == _COUNTY_DIGITS else code


def _inside(areas: Sequence[str], codes: Sequence[str]) -> "NDArray[np.float64]":
    """Return 1 where a code lies in an area. *Shape*: (areas, codes)."""
    rows = [[code.startswith(prefix) for code in codes] for prefix in map(_prefix, areas)]
    return np.array(rows, dtype=np.float64).reshape(len(areas), len(codes))


def _shares(
    inside: "NDArray[np.float64]", served: "NDArray[np.float64]", total: "NDArray[np.float64]"
) -> "NDArray[np.float64]":
    """Return the share served of each area by hour; NaN where it has no demand."""
    whole = inside @ total
    share = np.where(whole > 0, inside @ served / np.maximum(whole, 1e-12), np.nan)
    return np.minimum(share, 1)


def _sum_by_hour(
    scope: MapScope, hours: "HourTable", parts: Sequence[str]
) -> "tuple[NDArray[np.float64], NDArray[np.float64]]":
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
