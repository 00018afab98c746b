"""Read points from GeoParquet, in the CRS that the file names, else in WGS84."""

import io
import json
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.parquet as pq

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from geo.formats.arrow import ROWS_LIMIT, table_from_arrow
from geo.formats.table import Table, content_sha256

_FAULTS = FaultTable(
    "geoparquet",
    {
        "unreadable": (
            N_("the Parquet file can't be read: {value}"),
            N_("export it again from the program it came from"),
        ),
        "too_large": (
            N_("unpacked, the Parquet file has {value} rows or {size} MB, or more; so much is not read"),
            N_("split it by city or by province"),
        ),
        "other_encoding": (
            N_("the geometry is written as {value}"),
            N_("export the layer again, with its geometry as well-known binary (WKB)"),
        ),
    },
)

_DEFAULT_CRS = "OGC:CRS84"  # the specification's default for a file without a CRS
_BYTES_LIMIT = 512_000_000


def read_geoparquet(content: bytes, file: str) -> Table:
    """Read GeoParquet, or Parquet without geometry as a plain table; rows are counted from 1.

    *Raises*: FaultError if the file is damaged or too large, or in a CRS that can't be converted to WGS84.
    """
    try:
        parquet = pq.ParquetFile(io.BytesIO(content))
        geo = json.loads((parquet.schema_arrow.metadata or {}).get(b"geo", b"{}"))
        table = _read(parquet, file)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise FaultError(_torn(file, str(error))) from error
    geometry, crs = _geometry(geo, file)
    if geometry is not None and geometry not in table.column_names:
        raise FaultError(_torn(file, geometry))
    return table_from_arrow(table, geometry, crs, file, content_sha256(content))


def _read(parquet: pq.ParquetFile, file: str) -> pa.Table:
    """Read batch by batch, because a small file may expand to any number of rows."""
    batches, rows, size = [], 0, 0
    for batch in parquet.iter_batches(batch_size=1_000):
        batches.append(batch)
        rows, size = rows + batch.num_rows, size + batch.nbytes
        if rows > ROWS_LIMIT or size > _BYTES_LIMIT:
            raise FaultError(
                _FAULTS.build(
                    "too_large",
                    file=file,
                    value=f"{max(rows, parquet.metadata.num_rows):,}",
                    size=f"{size / 1000000.0:,.0f}",
                )
            )
    table = pa.Table.from_batches(batches, parquet.schema_arrow)
    return table.drop_columns([name for name in table.column_names if name.startswith("__index_level")])


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
    return _FAULTS.build("unreadable", file=file, value=detail[:200])
