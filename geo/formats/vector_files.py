"""Read points from a GeoPackage or GeoParquet file, in the CRS that it names.

Both yield Arrow tables with the geometry as well-known binary.
"""

import io
import json
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import shapely
from numpy.typing import NDArray

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from geo.formats.cells import format_cell
from geo.formats.features import Feature, not_a_point_fault, table_from_features, transform_features
from geo.formats.geojson import printable_header
from geo.formats.geopackage_tables import find_geopackage_tables
from geo.formats.parquet_batches import read_parquet_table
from geo.formats.table import Row, Table, choose_layer, content_sha256

_FAULTS = FaultTable(
    "vector_file",
    {
        "unreadable_geopackage": (
            N_("the GeoPackage can't be read: {value}"),
            N_("open it in the program it came from and save it again"),
        ),
        "unreadable_parquet": (
            N_("the Parquet file can't be read: {value}"),
            N_("export it again from the program it came from"),
        ),
        "other_encoding": (
            N_("the geometry is written as {value}"),
            N_("export the layer again, with its geometry as well-known binary (WKB)"),
        ),
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


_DEFAULT_CRS = "OGC:CRS84"  # the specification's default for a file without a CRS
ROWS_LIMIT = 1_000_000  # five times the country's stations
_Geometries = NDArray[np.object_]


def read_geopackage(content: bytes, file: str, layer: str | None = None) -> Table:
    """Read the layer named ``layer``, else the only one; rows are counted from 1.

    *Raises*: FaultError if the file is damaged, or in a CRS that can't be converted to WGS84.
    """
    tables = find_geopackage_tables(content, file, layer, ROWS_LIMIT)
    chosen = choose_layer(tables.counts, layer, file)
    with _gdal_faults(file):
        about, table = pyogrio.raw.read_arrow(tables.content, layer=chosen, max_features=ROWS_LIMIT + 1)
    geometry = about["geometry_name"] or ("geom" if "geom" in table.column_names else None)
    has_geometry = about["geometry_type"] is not None and geometry in table.column_names
    return table_from_arrow(
        table, geometry if has_geometry else None, about["crs"], file, content_sha256(content)
    )


@contextmanager
def _gdal_faults(file: str) -> Iterator[None]:
    """Raise GDAL's errors as FaultError, and ignore its warning that a file in memory has no suffix."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        try:
            yield
        except (RuntimeError, ValueError, OSError) as error:  # pyogrio's own errors are RuntimeErrors
            raise FaultError(
                _FAULTS.build("unreadable_geopackage", file=file, value=str(error)[:200])
            ) from error


def read_geoparquet(content: bytes, file: str) -> Table:
    """Read GeoParquet, or Parquet without geometry as a plain table; rows are counted from 1.

    *Raises*: FaultError if the file is damaged or too large, or in a CRS that can't be converted to WGS84.
    """
    try:
        parquet = pq.ParquetFile(io.BytesIO(content))
        geo = json.loads((parquet.schema_arrow.metadata or {}).get(b"geo", b"{}"))
        table = read_parquet_table(content, file, ROWS_LIMIT)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise FaultError(_torn(file, str(error))) from error
    geometry, crs = _geometry(geo, file)
    if geometry is not None and geometry not in table.column_names:
        raise FaultError(_torn(file, geometry))
    return table_from_arrow(table, geometry, crs, file, content_sha256(content))


def _geometry(geo: object, file: str) -> tuple[str | None, str | None]:
    """Return the name of the geometry column and its CRS, from the metadata."""
    if not isinstance(geo, Mapping) or not geo:
        return None, None
    primary, columns = geo.get("primary_column"), geo.get("columns")
    about = columns.get(primary) if isinstance(columns, Mapping) else None
    if not isinstance(primary, str) or not isinstance(about, Mapping):
        raise FaultError(_torn(file, "geo"))
    if about.get("encoding") != "WKB":
        raise FaultError(
            _FAULTS.build(
                "other_encoding", file=file, field="geometry", value=str(about.get("encoding"))[:80]
            )
        )
    crs = about.get("crs", _DEFAULT_CRS)
    return primary, crs if crs is None or isinstance(crs, str) else json.dumps(crs)


def _torn(file: str, detail: str) -> Fault:
    return _FAULTS.build("unreadable_parquet", file=file, value=detail[:200])


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
    points = map(_point, _shapes(table.column(geometry), file))
    read = [Feature(*each) for each in zip(_cells(table.drop_columns([geometry])), points, strict=True)]
    datum = None
    if crs is not None:
        read, datum = transform_features(read, crs, file)
    return table_from_features(read, file, digest, datum)


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


def _point(shape: Any) -> tuple[str, str] | Fault | None:
    """Return the coordinates of a point as text; some programs write it as a MultiPoint with one point."""
    if isinstance(shape, shapely.MultiPoint) and len(shape.geoms) == 1:
        shape = shape.geoms[0]
    if shape is None or shape.is_empty:
        return None
    if not isinstance(shape, shapely.Point):
        return not_a_point_fault(str(shape.geom_type))
    return repr(shape.x), repr(shape.y)
