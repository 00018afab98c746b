"""Build the hexagons of a study: coverage and access by H3 cell."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import geopandas as gpd

    from geo.coverage import Demand, ServedDemand
    from geo.geodesy import Floats


def build_cells_with_access(
    demand: "Demand", served: "ServedDemand", access: "Floats", resolution: int
) -> "gpd.GeoDataFrame":
    """Return the table of `geo.coverage.coverage_by_cell` with the mean ``access`` of each cell's demand."""
    from geo.coverage import coverage_by_cell
    from geo.coverage.cells import cell_names, cells_at_points

    table = coverage_by_cell(demand, served, resolution)
    cells, place = np.unique(cells_at_points(demand.points, resolution), return_inverse=True)
    held = np.bincount(place.reshape(-1), weights=demand.weight * access, minlength=len(cells))
    total = np.bincount(place.reshape(-1), weights=demand.weight, minlength=len(cells))
    mean = np.divide(held, total, out=np.full(len(cells), np.nan), where=total > 0)
    return table.assign(access=pd.Series(mean, index=cell_names(cells)))
