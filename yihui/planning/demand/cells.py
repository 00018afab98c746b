"""Demand as H3 cells: a table that GIS programs draw, and that ``--demand`` reads again."""

import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.sheets.table import escape_formula
from geo.coverage.cells import cell_names, cell_outlines, cells_at_points
from yihui.planning.demand.query import DemandQuery
from yihui.planning.demand.raster import default_resolution

if TYPE_CHECKING:
    import geopandas as gpd

    from geo.coverage.demand import Demand

CELLS_LAYER = "cells"
_PLACE_COLUMNS = ("cell", "lon", "lat", "geometry")
_POINT_DECIMALS, _AMOUNT_DECIMALS = 7, 6  # about 1 cm; a millionth of a person


def cells_resolution(query: DemandQuery) -> int:
    """Return the H3 resolution for a demand's cells: by the option, else by the level of its area."""
    chosen = query.file.raster_resolution if query.file is not None else None
    return default_resolution(query.area) if chosen is None else chosen


def build_demand_cells(demand: "Demand", resolution: int) -> "gpd.GeoDataFrame":
    """Sum a demand in H3 cells: the cell's name, the mean position of its demand, the demand, the outline.

    The column of the demand is named by its unit, so that the table can be read as demand again. Cells without
    demand are left out. *CRS*: WGS84.
    """
    import geopandas as gpd

    there = demand.select(demand.weight > 0)
    cells, row = np.unique(cells_at_points(there.points, resolution), return_inverse=True)
    amount = np.bincount(row, there.weight, len(cells))
    lon, lat = (
        np.bincount(row, there.weight * there.points[:, axis], len(cells)) / amount for axis in (0, 1)
    )
    name = "demand" if demand.unit in _PLACE_COLUMNS else demand.unit
    columns = {
        "cell": cell_names(cells),
        "lon": lon.round(_POINT_DECIMALS),
        "lat": lat.round(_POINT_DECIMALS),
        name: amount.round(_AMOUNT_DECIMALS),
    }
    return gpd.GeoDataFrame(columns, geometry=cell_outlines(cells), crs="EPSG:4326")


def render_demand_cells(cells: "gpd.GeoDataFrame", title: str, to: Path) -> bytes:
    """Render cells in the format that the ending of a file names.

    ``title`` says what they are and whose data they rest on, as licences ask: the description of the layer, or in
    GeoParquet a value of the file's metadata. A CSV has neither it nor outlines.
    """
    import pyogrio

    ending = to.suffix.lower()
    if ending == ".csv":
        plain = cells.drop(columns="geometry").rename(columns=escape_formula)
        content: str = "\ufeff" + plain.to_csv(index=False, lineterminator="\n")
        return content.encode()
    file = io.BytesIO()
    if ending == ".parquet":
        _write_geoparquet(cells, title, file)
    else:
        driver = "GPKG" if ending == ".gpkg" else "GeoJSON"
        pyogrio.write_dataframe(cells, file, driver=driver, layer=CELLS_LAYER, DESCRIPTION=title)
    return file.getvalue()


def _write_geoparquet(cells: "gpd.GeoDataFrame", title: str, file: io.BytesIO) -> None:
    import pyarrow.parquet as pq

    plain = io.BytesIO()
    cells.to_parquet(plain, index=False)
    table = pq.read_table(plain)
    described = {**(table.schema.metadata or {}), b"description": title.encode()}
    pq.write_table(table.replace_schema_metadata(described), file)
