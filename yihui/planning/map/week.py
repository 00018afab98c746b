"""The hours of a week as a map shows them: which places are open, what is served in areas of every level."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from yihui.planning.map.levels import Sight, county_of

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from geo.coverage import HourTable
    from maps import Week


def week_on_map(sight: Sight, hours: "HourTable", levels: "Sequence[gpd.GeoDataFrame]") -> "Week":
    """The states of all places and the share served of all areas of ``levels``, hour by hour.

    ``hours`` is of the sight's demand by county; the share of a wider area is the mean of its counties',
    weighted by their demand.
    """
    from geo.coverage.openness import week_of
    from geo.districts import prefix_of
    from maps import Week

    index = sight.index
    states = np.stack([index.states(instant) for instant in week_of(hours.monday)], axis=1)
    codes = [str(code) for level in levels for code in level["code"]]
    inside = _inside([prefix_of(code) for code in codes], list(hours.areas.index))
    weight = _weights(sight, hours)
    served = np.nan_to_num(hours.areas.to_numpy()) * weight[:, None]
    total = inside @ weight
    share = np.where(total[:, None] > 0, inside @ served / np.maximum(total, 1e-12)[:, None], np.nan)
    opened = _inside([prefix_of(code) for code in codes], sight.outlines["code"].tolist()) @ _open(
        sight, states
    )
    ids = [station.id for station in index.stations]
    return Week(hours.monday, ids, states.astype(np.int8), codes, np.minimum(share, 1), opened)


def _inside(prefixes: Sequence[str], codes: Sequence[str]) -> "NDArray[np.float64]":
    """1 where a county lies in an area. *Shape*: (areas, counties)."""
    rows = [[code.startswith(prefix) for code in codes] for prefix in prefixes]
    return np.array(rows, dtype=np.float64).reshape(len(prefixes), len(codes))


def _weights(sight: Sight, hours: "HourTable") -> "NDArray[np.float64]":
    """The demand of each county of the table."""
    import pandas as pd

    total = pd.Series(sight.demand.weight).groupby(sight.demand.district).sum()
    return np.asarray(total.reindex(hours.areas.index, fill_value=0.0), dtype=np.float64)


def _open(sight: Sight, states: "NDArray[np.int8]") -> "NDArray[np.float64]":
    """How many places of each county are open. *Shape*: (counties, 168)."""
    from geo.hours import OPEN

    counts = np.zeros((len(sight.outlines) + 1, states.shape[1]))
    np.add.at(counts, county_of(sight), (states == OPEN) & sight.index.in_register()[:, None])
    return counts[:-1]
