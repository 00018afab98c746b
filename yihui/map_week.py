"""The hours of a week as a map shows them: which places are open, what is served in areas of every level."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from geo.coverage import Demand, HourTable
    from geo.index import StationIndex
    from maps import Week


def week_on_map(
    hours: "HourTable",
    demand: "Demand",
    index: "StationIndex",
    outlines: "gpd.GeoDataFrame",
    levels: "Sequence[gpd.GeoDataFrame]",
) -> "Week":
    """The states of all places and the share served of all areas of ``levels``, hour by hour.

    ``hours`` is by county, of ``demand``; the share of a wider area is the mean of its counties', weighted
    by their demand.
    """
    from geo.coverage import week_of
    from geo.districts import prefix_of
    from maps import Week

    states = np.stack([index.states(instant) for instant in week_of(hours.monday)], axis=1)
    codes = [str(code) for level in levels for code in level["code"]]
    inside = np.array(
        [[county.startswith(prefix_of(code)) for county in hours.areas.index] for code in codes]
    )
    weight = _weights(demand, hours)
    served = np.nan_to_num(hours.areas.to_numpy()) * weight[:, None]
    with np.errstate(invalid="ignore"):
        share = (inside @ served) / (inside @ weight)[:, None]
    opened = _open_by_county(index, outlines, states)
    holds = np.array([[county.startswith(prefix_of(code)) for county in outlines["code"]] for code in codes])
    ids = [station.id for station in index.stations]
    return Week(hours.monday, ids, states.astype(np.int8), codes, np.clip(share, 0, 1), holds @ opened)


def _weights(demand: "Demand", hours: "HourTable") -> "NDArray[np.float64]":
    """The demand of each county of the table."""
    import pandas as pd

    total = pd.Series(demand.weight).groupby(demand.district).sum()
    return np.asarray(total.reindex(hours.areas.index, fill_value=0.0), dtype=np.float64)


def _open_by_county(
    index: "StationIndex", outlines: "gpd.GeoDataFrame", states: "NDArray[np.int8]"
) -> "NDArray[np.float64]":
    """*Shape*: (counties, 168)."""
    from geo.districts import Districts
    from geo.hours import OPEN

    row_of = {code: row for row, code in enumerate(outlines["code"])}
    rows = np.array([row_of.get(code, len(row_of)) for code in Districts(outlines).assign(index.points).code])
    counts = np.zeros((len(row_of) + 1, states.shape[1]))
    np.add.at(counts, rows, (states == OPEN) & index.in_register()[:, None])
    return counts[:-1]
