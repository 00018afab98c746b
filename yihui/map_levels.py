"""The levels of a map, from the province or the city down to its counties, each with its figures."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import geopandas as gpd
    import pandas as pd

    from geo.index import StationIndex
    from yihui.bootstrap import Wiring

COUNTED = ("population", "stations", "open")


def levels_of(
    wider: "Sequence[gpd.GeoDataFrame]",
    outlines: "gpd.GeoDataFrame",
    index: "StationIndex",
    at: "datetime",
    radius_m: float,
) -> "list[gpd.GeoDataFrame]":
    """What the map of an area drills through, from the widest of ``wider`` to the counties of ``outlines``.

    The share of a wider area is the mean of its counties', weighted by their ground.
    """
    from geo.coverage import Reach, coverage
    from geo.formats.facts import shandong_population

    peopled = outlines.assign(population=outlines["code"].map(shandong_population()))
    reach = Reach(radius_m=radius_m)
    counties = peopled.join(coverage(peopled, index, at, reach=reach, population="population"))
    return [*(_summed(frame, counties) for frame in wider), counties]


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


def _summed(wider: "gpd.GeoDataFrame", counties: "gpd.GeoDataFrame") -> "gpd.GeoDataFrame":
    from geo.coverage import area_m2
    from geo.districts import prefix_of

    figures = counties[[*COUNTED]].astype(float)
    figures["ground"] = area_m2(counties.geometry)
    figures["served"] = figures["ground"] * counties["covered_share"]
    rows = [figures[counties["code"].str.startswith(prefix_of(code))] for code in wider["code"]]
    return wider.assign(**_columns(rows))


def _columns(rows: "Sequence[pd.DataFrame]") -> dict[str, list[float]]:
    sums = [part.sum(min_count=1) for part in rows]
    counted = {name: [float(one[name]) for one in sums] for name in COUNTED}
    return counted | {
        "per_10k": [float(one["stations"] / one["population"] * 10_000) for one in sums],
        "covered_share": [float(one["served"] / one["ground"]) for one in sums],
    }
