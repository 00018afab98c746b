"""Convert Arrow tables, as GeoPackage and GeoParquet yield them, to rows; geometry is well-known binary."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from geo.crs import Datum
from geo.formats.cells import format_cell
from geo.formats.features import Feature, not_a_point_fault, table_from_features
from geo.formats.json_records import printable_header
from geo.formats.projections import transform_to_lonlat
from geo.formats.table import Row, Table

_FAULTS = FaultTable(
    "vector_file",
    {
        "too_many": (
            N_("the file has {value} rows; at most {most} are read"),
            N_("split it by city or by province"),
        ),
        "damaged": (N_("the file is damaged: {value}"), N_("export it again from the program it came from")),
        "no_rows": (
            N_("the file has a header but no rows"),
            N_("export it again; the first line holds the column names, then comes one line for each entry"),
        ),
        "no_geometry": (
            N_("the geometry can't be read: {value}"),
            N_("export the layer again, with its geometry as well-known binary (WKB)"),
        ),
    },
)

ROWS_LIMIT = 1_000_000  # five times the country's stations
_Geometries = NDArray[np.object_]


def table_from_arrow(table: pa.Table, geometry: str | None, crs: str | None, file: str, digest: str) -> Table:
    """Return the rows of an Arrow table, numbered from 1; without a geometry column they are plain records.

    *CRS*: if ``crs`` is None, the coordinates are left unchanged.
    *Raises*: FaultError if there are no rows or too many, or if the CRS can't be converted to WGS84.
    """
    if table.num_rows > ROWS_LIMIT:
        raise FaultError(
            _FAULTS.build("too_many", file=file, value=f"{table.num_rows:,}", most=f"{ROWS_LIMIT:,}")
        )
    try:
        table.validate(full=True)
    except pa.ArrowInvalid as error:
        raise FaultError(_FAULTS.build("damaged", file=file, value=str(error)[:200])) from error
    if geometry is None:
        return _plain(table, file, digest)
    shapes = _shapes(table.column(geometry), file)
    others = table.drop_columns([geometry])
    points, datum = _points(shapes, crs, file)
    features = (Feature(cells, point) for cells, point in zip(_cells(others), points, strict=True))
    return table_from_features(features, file, digest, datum)


def _plain(table: pa.Table, file: str, digest: str) -> Table:
    rows = tuple(Row(number, cells) for number, cells in enumerate(_cells(table), start=1))
    if not rows:
        raise FaultError(_FAULTS.build("no_rows", file=file))
    return Table(file, tuple(map(printable_header, table.column_names)), rows, digest, "records")


def _cells(table: pa.Table) -> Iterator[dict[str, str]]:
    names = [printable_header(name) for name in table.column_names]
    for batch in table.to_batches(max_chunksize=10_000):
        columns: list[list[Any]] = [column.to_pylist() for column in batch.columns]
        for number in range(batch.num_rows):
            yield {name: format_cell(column[number]) for name, column in zip(names, columns, strict=True)}


def _shapes(column: pa.ChunkedArray, file: str) -> _Geometries:
    try:
        return np.asarray(shapely.from_wkb(np.array(column.to_pylist(), dtype=object)), dtype=object)
    except (shapely.errors.ShapelyError, TypeError) as error:
        raise FaultError(
            _FAULTS.build("no_geometry", file=file, field="geometry", value=str(error)[:200])
        ) from error


def _points(
    shapes: _Geometries, crs: str | None, file: str
) -> tuple[list[tuple[str, str] | Fault | None], Datum | None]:
    """Return each shape's coordinates as text.

    A point that can't be converted to lon, lat keeps its original coordinates.
    """
    shapes = np.asarray([_only(shape) for shape in shapes.tolist()], dtype=np.object_)
    there: NDArray[np.bool_] = ~np.asarray(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    single: NDArray[np.bool_] = np.asarray(shapely.get_type_id(shapes) == shapely.GeometryType.POINT)
    points: list[tuple[str, str] | Fault | None] = [None] * len(shapes)
    for i in np.flatnonzero(there & ~single).tolist():
        points[i] = not_a_point_fault(str(shapes[i].geom_type))
    at: list[int] = np.flatnonzero(there & single).tolist()
    xy, datum = shapely.get_coordinates(shapes[at]), None
    if crs is not None:
        moved, datum = transform_to_lonlat(xy, crs, file)
        xy = np.where(np.isfinite(moved).all(axis=1, keepdims=True), moved, xy)
    for i, (lon, lat) in zip(at, xy.tolist(), strict=True):
        points[i] = (repr(lon), repr(lat))
    return points, datum


def _only(shape: shapely.Geometry | None) -> shapely.Geometry | None:
    """Return the point of a MultiPoint with one point, which some programs write; other shapes unchanged."""
    if isinstance(shape, shapely.MultiPoint) and len(shape.geoms) == 1:
        return shape.geoms[0]
    return shape
