"""The areas on a planner's map: their stations, residents and coverage at an instant and over its week."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from yihui.planning.map.scope import MapScope
from yihui.planning.map.townships import (
    StationCounties,
    add_township_level,
    add_township_week,
    list_county_levels,
)

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from geo.coverage import HourTable, ServedDemand
    from maps import WeekFigures


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
    levels = [_with_figures(frame, figures, scope, now) for frame in (*scope.wider, scope.outlines)]
    return add_township_level(
        levels, scope.townships, scope.demand.at(scope.at), now, _station_counties(scope)
    )


def _station_counties(scope: MapScope) -> StationCounties:
    codes = np.array([*scope.outlines["code"], None], dtype=object)
    return StationCounties(scope.index, codes[county_rows(scope)].tolist(), open_stations(scope))


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
    codes = [str(code) for level in list_county_levels(levels) for code in level["code"]]
    inside = _inside([area_code_prefix(code) for code in codes], list(hours.areas.index))
    served = np.nan_to_num(hours.areas.to_numpy()) * hours.area_total
    total = inside @ hours.area_total
    share = np.where(total > 0, inside @ served / np.maximum(total, 1e-12), np.nan)
    opened = _inside([area_code_prefix(code) for code in codes], scope.outlines["code"].tolist()) @ _open(
        scope, states
    )
    ids = [station.id for station in index.stations]
    week = WeekFigures(hours.monday, ids, states.astype(np.int8), codes, np.minimum(share, 1), opened)
    return add_township_week(week, scope.townships, scope.demand, hours, _station_counties(scope))


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
