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

    from geo.coverage import Demand, Reach, Served
    from geo.nearest.index import StationIndex
    from yihui.bootstrap import Wiring


@dataclass(frozen=True, slots=True)
class Sight:
    """What a map looks at: counties and the levels above them, all stations about, a demand, an instant.

    ``index`` holds stations beyond the border too, since they serve this side. *CRS*: WGS84.
    """

    outlines: "gpd.GeoDataFrame"
    wider: "Sequence[gpd.GeoDataFrame]"
    index: "StationIndex"
    demand: "Demand"
    reach: "Reach"
    at: datetime


def outlines_above(wiring: "Wiring", area: str) -> "list[gpd.GeoDataFrame]":
    """The outlines of the levels above the counties, from that of the area itself."""
    from geo.districts import Level, level_of
    from geo.formats.outlines import load_outlines

    levels = {
        Level.PROVINCE: (Level.PROVINCE, Level.CITY),
        Level.CITY: (Level.CITY,),
        Level.DISTRICT: (),
    }[level_of(area)]
    return [load_outlines(wiring.outlines_cache, level=level, within=area) for level in levels]


def levels_of(sight: Sight, served: "Served | None" = None) -> "list[gpd.GeoDataFrame]":
    """The levels with residents, places, those open then, and the share of the demand served.

    Residents are known of Shandong; of a level that holds a county without a figure there is none.
    """
    from geo.coverage import coverage_at
    from geo.formats.facts import shandong_population

    now = served or coverage_at(sight.demand, sight.index, sight.at, sight.reach)
    county = county_of(sight)
    alive = sight.index.in_register()
    counts = {
        "stations": np.bincount(county[alive], minlength=len(sight.outlines) + 1)[:-1],
        "open": np.bincount(county[alive & open_at(sight)], minlength=len(sight.outlines) + 1)[:-1],
    }
    people = sight.outlines["code"].map(shandong_population())
    figures = sight.outlines[["code"]].assign(population=people, **counts)
    return [_with_figures(frame, figures, sight, now) for frame in (*sight.wider, sight.outlines)]


def county_of(sight: Sight) -> "NDArray[np.intp]":
    """The row of each station's county, the one that its register states or else where it lies.

    Their number where that is none of them: beyond the border.
    """
    from geo.districts import Districts

    row_of = {code: row for row, code in enumerate(sight.outlines["code"])}
    lying = Districts(sight.outlines).assign(sight.index.points).code.tolist()
    stated = [station.district for station in sight.index.stations]
    codes = [own or found for own, found in zip(stated, lying, strict=True)]
    return np.array([row_of.get(code, len(row_of)) for code in codes], dtype=np.intp)


def open_at(sight: Sight) -> "NDArray[np.bool_]":
    """Which stations' hours say open."""
    from geo.hours import OPEN

    return np.equal(sight.index.states(sight.at), OPEN)


def _with_figures(
    frame: "gpd.GeoDataFrame", counties: "pd.DataFrame", sight: Sight, served: "Served"
) -> "gpd.GeoDataFrame":
    from geo.coverage import by_area
    from geo.districts import prefix_of

    prefixes = [prefix_of(code) for code in frame["code"]]
    share = by_area(sight.demand, served, len(prefixes[0]))["share"]
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
