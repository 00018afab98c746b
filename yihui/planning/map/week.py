"""The hours of a week on a map: the open stations, and the share served in areas of every level."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from yihui.planning.map.levels import MapScope, county_rows

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from geo.coverage import HourTable
    from maps import WeekFigures


def build_map_week(
    sight: MapScope, hours: "HourTable", levels: "Sequence[gpd.GeoDataFrame]"
) -> "WeekFigures":
    """Build the states of all stations and the share served of all areas of ``levels``, hour by hour.

    ``hours`` holds the demand by county; the share of a wider area is the mean of its counties', weighted
    by their demand.
    """
    from geo.coverage.openness import week_instants
    from geo.districts import area_code_prefix
    from maps import WeekFigures

    index = sight.index
    states = np.stack([index.states(instant) for instant in week_instants(hours.monday)], axis=1)
    codes = [str(code) for level in levels for code in level["code"]]
    inside = _inside([area_code_prefix(code) for code in codes], list(hours.areas.index))
    weight = _weights(sight, hours)
    served = np.nan_to_num(hours.areas.to_numpy()) * weight[:, None]
    total = inside @ weight
    share = np.where(total[:, None] > 0, inside @ served / np.maximum(total, 1e-12)[:, None], np.nan)
    opened = _inside([area_code_prefix(code) for code in codes], sight.outlines["code"].tolist()) @ _open(
        sight, states
    )
    ids = [station.id for station in index.stations]
    return WeekFigures(hours.monday, ids, states.astype(np.int8), codes, np.minimum(share, 1), opened)


def _inside(prefixes: Sequence[str], codes: Sequence[str]) -> "NDArray[np.float64]":
    """Return 1 where a county lies in an area. *Shape*: (areas, counties)."""
    rows = [[code.startswith(prefix) for code in codes] for prefix in prefixes]
    return np.array(rows, dtype=np.float64).reshape(len(prefixes), len(codes))


def _weights(sight: MapScope, hours: "HourTable") -> "NDArray[np.float64]":
    """Return the demand of each county of the table."""
    import pandas as pd

    total = pd.Series(sight.demand.weight).groupby(sight.demand.district).sum()
    return np.asarray(total.reindex(hours.areas.index, fill_value=0.0), dtype=np.float64)


def _open(sight: MapScope, states: "NDArray[np.int8]") -> "NDArray[np.float64]":
    """Count the open stations of each county. *Shape*: (counties, 168)."""
    from geo.hours import OPEN

    counts = np.zeros((len(sight.outlines) + 1, states.shape[1]))
    np.add.at(counts, county_rows(sight), (states == OPEN) & sight.index.in_register_mask()[:, None])
    return counts[:-1]
