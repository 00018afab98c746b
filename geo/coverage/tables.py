"""What is shown of coverage: by area, by cell and by hour."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.coverage.areas import DIGITS, areas_of
from geo.coverage.cells import cells_of, names_of, outlines_of
from geo.coverage.demand import Demand
from geo.coverage.distribution import quantile, quantiles_by_group
from geo.coverage.hours import HourTable, by_hour
from geo.coverage.served import Served, coverage_at

__all__ = [
    "DIGITS",
    "Figures",
    "HourTable",
    "Served",
    "by_area",
    "by_cell",
    "by_hour",
    "coverage_at",
    "overall",
]


@dataclass(frozen=True, slots=True)
class Figures:
    """One line of a table.

    ``median_m`` and ``p90_m`` are the distances to the nearest place open then and usable within which half
    and nine tenths of the demand lie: infinite where it is more than 100 km for them, NaN without demand, as
    ``share`` is then. *Units*: metres, shares 0..1, demand in its own unit.
    """

    points: int
    demand: float
    served: float
    share: float
    median_m: float
    p90_m: float


def overall(demand: Demand, served: Served) -> Figures:
    """All of a demand, points in no area as well."""
    reached = demand.part(served.mask).total
    total = demand.total
    return Figures(
        points=len(demand),
        demand=total,
        served=reached,
        share=reached / total if total else float("nan"),
        median_m=quantile(served.nearest_m, demand.weight, 0.5),
        p90_m=quantile(served.nearest_m, demand.weight, 0.9),
    )


def by_area(demand: Demand, served: Served, digits: int = 6) -> pd.DataFrame:
    """The figures of each area, indexed by the first digits of its code: 2, 4, 6, 9 or 12 (`DIGITS`).

    Points in no area are in no line. *Shape*: one line for each area with a point; columns as `Figures`.
    *Raises*: ValueError for other digits, or where codes are shorter.
    """
    area, codes = areas_of(demand, digits)
    return _figures(demand, served, area, pd.Index(codes, dtype=object, name="code"))


def by_cell(demand: Demand, served: Served, resolution: int = 7) -> gpd.GeoDataFrame:
    """The figures of each cell of H3 with a point, indexed by its name, with its outline.

    *CRS*: WGS84. *Raises*: ValueError for a resolution outside 0..15.
    """
    cells, place = np.unique(cells_of(demand.points, resolution), return_inverse=True)
    table = _figures(demand, served, place.reshape(-1), pd.Index(names_of(cells), dtype=object, name="cell"))
    return gpd.GeoDataFrame(table, geometry=outlines_of(cells), crs="EPSG:4326")


def _figures(demand: Demand, served: Served, place: NDArray[np.intp], names: pd.Index) -> pd.DataFrame:
    n = len(names)
    inside = place < n
    group, weight, near = place[inside], demand.weight[inside], served.nearest_m[inside]
    total = np.bincount(group, weights=weight, minlength=n)
    reached = np.bincount(group, weights=weight * served.mask[inside], minlength=n)
    columns = {
        "points": np.bincount(group, minlength=n),
        "demand": total,
        "served": reached,
        "share": np.where(total > 0, reached / np.where(total > 0, total, 1.0), np.nan),
        "median_m": quantiles_by_group(group, near, weight, n, 0.5),
        "p90_m": quantiles_by_group(group, near, weight, n, 0.9),
    }
    return pd.DataFrame(columns, index=names)
