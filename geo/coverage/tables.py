"""Tables of coverage by area and by cell, and the overall figures."""

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.coverage.cells import cell_names, cell_outlines, cells_at_points
from geo.coverage.demand import Demand, assign_areas
from geo.coverage.served import ServedDemand
from geo.geodesy import Floats


@dataclass(frozen=True, slots=True)
class CoverageFigures:
    """One row of a coverage table.

    ``median_m`` and ``p90_m`` are the distances to the nearest open, usable place within which half and nine
    tenths of the demand lie: infinite where it is more than 100 km for them. They and ``share`` are NaN
    without demand. *Units*: metres, shares 0..1, demand in its own unit.
    """

    points: int
    demand: float
    served: float
    share: float
    median_m: float
    p90_m: float


def coverage_overall(demand: Demand, served: ServedDemand) -> CoverageFigures:
    """Compute the figures of all demand, including points outside every area."""
    reached, total = demand.sum_served(served.share), demand.total
    return CoverageFigures(
        points=len(demand),
        demand=total,
        served=reached,
        share=reached / total if total else float("nan"),
        median_m=quantile_by_weight(served.nearest_m, demand.weight, 0.5),
        p90_m=quantile_by_weight(served.nearest_m, demand.weight, 0.9),
    )


def coverage_by_area(demand: Demand, served: ServedDemand, digits: int = 6) -> pd.DataFrame:
    """Compute the figures of each area, indexed by the first digits of its code (`AREA_CODE_DIGITS`).

    ``digits`` is 2, 4, 6, 9 or 12. Points outside every area are left out. *Shape*: one row for each area
    with a point; columns as `CoverageFigures`. *Raises*: ValueError for other digits, or shorter codes.
    """
    area, codes = assign_areas(demand, digits)
    if demand.even_ground is not None and not demand.even_ground.has_level(digits):
        served = replace(served, ground_share=None)
    return _figures(demand, served, area, pd.Index(codes, dtype=object, name="code"))


def coverage_by_cell(
    demand: Demand, served: ServedDemand, resolution: int = 7, access: Floats | None = None
) -> gpd.GeoDataFrame:
    """Compute the figures of each H3 cell with a point, indexed by its name, with its outline.

    ``access`` of the points, if there is any, gets a column with its mean. *Shape*: (n,).

    *CRS*: WGS84. *Raises*: ValueError for a resolution outside 0..15.
    """
    served = replace(served, ground_share=None)
    cells, place = np.unique(cells_at_points(demand.points, resolution), return_inverse=True)
    table = _figures(
        demand, served, place.reshape(-1), pd.Index(cell_names(cells), dtype=object, name="cell")
    )
    if access is not None:
        held, total = (
            np.bincount(place.reshape(-1), weights=weight, minlength=len(cells))
            for weight in (demand.weight * access, demand.weight)
        )
        table["access"] = np.divide(held, total, out=np.full(len(cells), np.nan), where=total > 0)
    return gpd.GeoDataFrame(table, geometry=cell_outlines(cells), crs="EPSG:4326")


def _figures(demand: Demand, served: ServedDemand, place: NDArray[np.intp], names: pd.Index) -> pd.DataFrame:
    n = len(names)
    inside = place < n
    group, weight, near = place[inside], demand.weight[inside], served.nearest_m[inside]
    total = np.bincount(group, weights=weight, minlength=n)
    served_weight: Floats = np.bincount(group, weights=weight * served.share[inside], minlength=n).astype(
        np.float64
    )
    reached = demand.round_served(served_weight)
    columns = {
        "points": np.bincount(group, minlength=n),
        "demand": total,
        "served": reached,
        "share": np.where(total > 0, reached / np.where(total > 0, total, 1.0), np.nan),
        "median_m": quantiles_by_group(group, near, weight, n, 0.5),
        "p90_m": quantiles_by_group(group, near, weight, n, 0.9),
    }
    return pd.DataFrame(columns, index=names)


_SLACK = 1e-12  # of the total; tolerance for rounding in a sum of weights


def quantile_by_weight(values: Floats, weights: Floats, share: float) -> float:
    """Return the smallest value up to which the values hold the given share of the weight.

    The result is NaN where all weights are 0. *Shape*: (n,) each; infinite values sort last.
    *Raises*: ValueError for a share outside 0..1.
    """
    return float(quantiles_by_group(np.zeros(len(values), dtype=np.intp), values, weights, 1, share)[0])


def quantiles_by_group(
    group: NDArray[np.intp], values: Floats, weights: Floats, groups: int, share: float
) -> Floats:
    """Return the weighted quantile of each group; NaN for a group without weight.

    *Shape*: (n,) each, ``group`` in 0..groups - 1, to (groups,).
    *Raises*: ValueError for a share outside 0..1.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share is {share}; give 0 to 1, such as 0.9")
    weighing = weights > 0
    group, values, weights = group[weighing], values[weighing], weights[weighing]
    order = np.lexsort((values, group))
    group, values, weights = group[order], values[order], weights[order]
    first = np.searchsorted(group, np.arange(groups + 1))
    found = np.full(groups, np.nan)
    for one in np.flatnonzero(np.diff(first)).tolist():
        part = slice(first[one], first[one + 1])
        upto = np.cumsum(weights[part])
        at = np.searchsorted(upto, upto[-1] * (share - _SLACK))
        found[one] = values[part][at]
    return found
