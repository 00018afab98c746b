"""The levels of a map, from the province or the city down to its counties, each with its figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from geo.coverage import Demand, Reach, ServedDemand
    from geo.nearest.index import StationIndex
    from yihui.bootstrap import Wiring


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


def load_wider_outlines(wiring: "Wiring", area: str) -> "list[gpd.GeoDataFrame]":
    """Load the outlines of the levels above the counties, starting with the area itself."""
    from geo.districts import DistrictLevel, level_of_code
    from geo.formats.outlines import load_outlines

    levels = {
        DistrictLevel.PROVINCE: (DistrictLevel.PROVINCE, DistrictLevel.CITY),
        DistrictLevel.CITY: (DistrictLevel.CITY,),
        DistrictLevel.DISTRICT: (),
    }[level_of_code(area)]
    return [load_outlines(wiring.outlines_cache, level=level, within=area) for level in levels]


def build_map_levels(sight: MapScope, served: "ServedDemand | None" = None) -> "list[gpd.GeoDataFrame]":
    """Build the levels with residents, stations, open stations, and the share of the demand served.

    Residents are known for Shandong only; an area with a county of unknown population has none.
    """
    from geo.coverage import coverage_at
    from geo.formats.facts import shandong_population

    now = served or coverage_at(sight.demand, sight.index, sight.at, sight.reach)
    county = county_rows(sight)
    alive = sight.index.in_register_mask()
    counts = {
        "stations": np.bincount(county[alive], minlength=len(sight.outlines) + 1)[:-1],
        "open": np.bincount(county[alive & open_stations(sight)], minlength=len(sight.outlines) + 1)[:-1],
    }
    people = sight.outlines["code"].map(shandong_population())
    figures = sight.outlines[["code"]].assign(population=people, **counts)
    return [_with_figures(frame, figures, sight, now) for frame in (*sight.wider, sight.outlines)]


def county_rows(sight: MapScope) -> "NDArray[np.intp]":
    """Return the row of each station's county: the one that its register states, else the one it lies in.

    Stations beyond the border get the number of counties.
    """
    from geo.districts import Districts

    row_of = {code: row for row, code in enumerate(sight.outlines["code"])}
    lying = Districts(sight.outlines).assign(sight.index.points).code.tolist()
    stated = [station.district for station in sight.index.stations]
    codes = [own or found for own, found in zip(stated, lying, strict=True)]
    return np.array([row_of.get(code, len(row_of)) for code in codes], dtype=np.intp)


def open_stations(sight: MapScope) -> "NDArray[np.bool_]":
    """Return which stations are open by their hours at the instant of the map."""
    from geo.hours import OPEN

    return np.equal(sight.index.states(sight.at), OPEN)


def _with_figures(
    frame: "gpd.GeoDataFrame", counties: "pd.DataFrame", sight: MapScope, served: "ServedDemand"
) -> "gpd.GeoDataFrame":
    from geo.coverage import coverage_by_area
    from geo.districts import area_code_prefix

    prefixes = [area_code_prefix(code) for code in frame["code"]]
    share = coverage_by_area(sight.demand, served, len(prefixes[0]))["share"]
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
