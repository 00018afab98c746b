"""Read the features of a GeoPackage, a zipped Shapefile or a GeoParquet file, in the CRS that it names.

All of them yield Arrow tables with the geometry as well-known binary.
"""

import io
import json
import sqlite3
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyogrio
import shapely

from core.faults import Fault, FaultError, FaultTable
from core.sheets.json_records import printable_header
from core.sheets.table import choose_layer, read_cell
from core.text_marks import N_
from geo.formats.features import FEATURE_FAULTS, WGS84_CRS, FeatureTable
from geo.formats.shapefiles import check_row_count, find_attribute_encoding, find_shapefiles

_GEOPACKAGE_FAULTS = FaultTable(
    "geopackage",
    {
        "unreadable": (
            N_("the GeoPackage can't be read: {value}"),
            N_("open it in the program it came from and save it again"),
        ),
        "no_layers": (N_("the GeoPackage holds no layer"), N_("export the layer again with what is in it")),
        "view": (
            N_("the layer {value} is no plain table, but a view or has computed columns"),
            N_("export the layer as a table of its own: a view may compute without end"),
        ),
        "too_many": (
            N_("the layer {value} has more than {most} rows"),
            N_("split it by city or by province"),
        ),
        "too_slow": (
            N_("the GeoPackage can't be counted in {value} seconds"),
            N_("export its layer anew; the file may have been made to keep programs busy"),
        ),
    },
)
TIME_LIMIT_S = 20.0
_STYLES = "layer_styles"  # where QGIS keeps the styles of the other layers
_STEPS_BETWEEN_LOOKS = 100_000
_FORMAT_BYTES = slice(18, 20)  # of SQLite's header: 1 is a rollback journal, 2 a write-ahead log
_LARGEST_VALUE_BYTES = 64_000_000  # the outline of a province in full detail


@dataclass(frozen=True, slots=True)
class GeoPackageTables:
    """The database for GDAL, without views, and the number of rows of each layer."""

    content: bytes
    counts: Mapping[str, int]


def find_geopackage_tables(
    content: bytes, file: str, layer: str | None, most_rows: int, limit_s: float = TIME_LIMIT_S
) -> GeoPackageTables:
    """Return the layers that are plain tables; ``layer`` is the one that the user named.

    A GeoPackage is an SQLite database that a stranger wrote, and a view or a generated column in it may never end.
    So GDAL is given plain tables alone, which were counted within a time limit.
    *Raises*: FaultError if there is none, if ``layer`` is none, or if counting takes too long.
    """
    ends = time.monotonic() + limit_s
    with closing(sqlite3.connect(":memory:")) as database:
        database.set_progress_handler(lambda: time.monotonic() > ends, _STEPS_BETWEEN_LOOKS)
        database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, max(_LARGEST_VALUE_BYTES, len(content)))
        try:
            return _tables(database, content, file, layer, most_rows)
        except (sqlite3.Error, UnicodeError, ValueError, OverflowError) as error:
            is_slow = str(error) == "interrupted"
            code, value = ("too_slow", f"{limit_s:g}") if is_slow else ("unreadable", str(error)[:200])
            raise FaultError(_GEOPACKAGE_FAULTS.build(code, file=file, value=value)) from error


def _tables(
    database: sqlite3.Connection, content: bytes, file: str, layer: str | None, most_rows: int
) -> GeoPackageTables:
    own = bytearray(content)
    own[_FORMAT_BYTES] = b"\x01\x01"  # a database in memory can't have a write-ahead log
    database.deserialize(bytes(own))
    database.execute("PRAGMA trusted_schema = OFF")
    kinds = dict(database.execute("SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view')"))
    listed = _listed(database, kinds)
    plain = [name for name in listed if _is_plain(database, name)]
    if layer in kinds and layer not in plain:
        raise FaultError(_GEOPACKAGE_FAULTS.build("view", file=file, value=layer))
    if not plain:
        refused = next(iter(listed), None)
        code = "no_layers" if refused is None else "view"
        raise FaultError(_GEOPACKAGE_FAULTS.build(code, file=file, value=refused or "0"))
    counts = {name: _count(database, name, file, most_rows) for name in plain}
    return GeoPackageTables(_without(database, content, kinds, set(listed) - set(plain)), counts)


def _listed(database: sqlite3.Connection, kinds: Mapping[str, str]) -> list[str]:
    """Return the names in the table of contents that exist. A view in its place is as bad as none."""
    if kinds.get("gpkg_contents") != "table":
        return []
    rows = database.execute(
        "SELECT table_name FROM gpkg_contents WHERE data_type IN ('features', 'attributes') LIMIT 10000"
    )
    return [str(name) for (name,) in rows if name in kinds and name != _STYLES]


def _is_plain(database: sqlite3.Connection, name: str) -> bool:
    """Return whether a layer is a table that stores all of its columns."""
    (sql,) = database.execute("SELECT sql FROM sqlite_master WHERE name = ?", [name]).fetchone()
    if not str(sql).lstrip().upper().startswith("CREATE TABLE"):
        return False
    hidden = database.execute("SELECT max(hidden) FROM pragma_table_xinfo(?)", [name]).fetchone()[0]
    return bool(hidden == 0)


def _count(database: sqlite3.Connection, name: str, file: str, most_rows: int) -> int:
    counted = f"SELECT count(*) FROM (SELECT 1 FROM {_quoted(name)} LIMIT {most_rows + 1})"
    count = int(database.execute(counted).fetchone()[0])
    if count > most_rows:
        raise FaultError(_GEOPACKAGE_FAULTS.build("too_many", file=file, value=name, most=f"{most_rows:,}"))
    return count


def _without(
    database: sqlite3.Connection, content: bytes, kinds: Mapping[str, str], layers: set[str]
) -> bytes:
    """Return the database without its views and without these layers; GDAL asks every layer for its size."""
    views = [name for name, kind in kinds.items() if kind == "view"]
    if not views and not layers:
        return content
    triggers = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for (name,) in triggers:
        database.execute(f"DROP TRIGGER {_quoted(name)}")
    for name in views:
        database.execute(f"DROP VIEW {_quoted(name)}")
    for name in layers:
        database.execute("DELETE FROM gpkg_contents WHERE table_name = ?", [name])
        if kinds.get("gpkg_geometry_columns") == "table":
            database.execute("DELETE FROM gpkg_geometry_columns WHERE table_name = ?", [name])
    database.commit()
    return database.serialize()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


_FAULTS = FaultTable(
    "vector_file",
    {
        "unreadable": (
            N_("the file can't be read: {value}"),
            N_("open it in the program it came from and save it again"),
        ),
        "other_encoding": (
            N_("the geometry is written as {value}"),
            N_("export the layer again, with its geometry as well-known binary (WKB)"),
        ),
    },
)
_INDEX_OF_PANDAS = "__index_level"
_PARQUET_FAULTS = FaultTable(
    "parquet",
    {
        "too_large": (
            N_("unpacked, the Parquet file has {value} rows or {size} MB, or more; so much is not read"),
            N_("split it by city or by province"),
        ),
    },
)
UNPACKED_LIMIT_BYTES = 512_000_000
_BATCH_ROWS = 1_000
_BYTES_OF_A_VALUE = 8
_TEXTS = (pa.string(), pa.binary(), pa.large_string(), pa.large_binary())


def read_geopackage(content: bytes, file: str, layer: str | None, most_rows: int) -> FeatureTable:
    """Read the layer named ``layer``, else the only one.

    *Raises*: FaultError if the file is damaged, too large or empty, or has several layers and none is named.
    """
    tables = find_geopackage_tables(content, file, layer, most_rows)
    chosen = choose_layer(tables.counts, layer, file)
    with _faults_of_readers(file):
        about, table = pyogrio.raw.read_arrow(tables.content, layer=chosen)
        name = about["geometry_name"] or "geom"
        has_geometry = about["geometry_type"] is not None and name in table.column_names
        return _of_arrow(table, name if has_geometry else None, about["crs"], file)


def read_shapefile(content: bytes, file: str, layer: str | None, most_rows: int) -> FeatureTable:
    """Read the Shapefile named ``layer`` of a ZIP file, else the only one. *Raises*: as `read_geopackage`."""
    layers = find_shapefiles(content, file)
    counts = {name: one.row_count for name, one in layers.items()}
    chosen = layers[choose_layer(counts, layer, file)]
    if not chosen.row_count:
        raise FaultError(FEATURE_FAULTS.build("no_features", file=file, value="0"))
    check_row_count(chosen, file, most_rows)
    encoding = find_attribute_encoding(chosen, file)
    with _faults_of_readers(file):
        about, table = pyogrio.raw.read_arrow(chosen.pack(encoding), encoding=encoding.name)
        found = _of_arrow(table, about["geometry_name"] or "wkb_geometry", about["crs"], file)
    return replace(found, notes=encoding.notes)


def read_geoparquet(content: bytes, file: str, most_rows: int) -> FeatureTable:
    """Read GeoParquet, or Parquet without geometry. *Raises*: as `read_geopackage`."""
    with _faults_of_readers(file):
        parquet = pq.ParquetFile(io.BytesIO(content))
        geo = json.loads((parquet.schema_arrow.metadata or {}).get(b"geo", b"{}"))
        table = read_parquet_table(content, file, most_rows)
        geometry, crs = _find_geometry(geo, file)
        return _of_arrow(table, geometry, crs, file)


def _find_geometry(geo: object, file: str) -> tuple[str | None, str | None]:
    """Return the name of the geometry column and its CRS, from the metadata."""
    if not isinstance(geo, Mapping) or not geo:
        return None, None
    primary, columns = geo.get("primary_column"), geo.get("columns")
    about = columns.get(primary) if isinstance(columns, Mapping) else None
    if not isinstance(primary, str) or not isinstance(about, Mapping):
        raise FaultError(_unreadable(file, "geo"))
    if about.get("encoding") != "WKB":
        encoding = str(about.get("encoding"))[:80]
        raise FaultError(_FAULTS.build("other_encoding", file=file, field="geometry", value=encoding))
    crs = about.get("crs", WGS84_CRS)
    return primary, crs if crs is None or isinstance(crs, str) else json.dumps(crs)


@contextmanager
def _faults_of_readers(file: str) -> Iterator[None]:
    """Raise the many errors of the readers as FaultError, and ignore that a file in memory has no suffix."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        try:
            yield
        except (
            *(pa.ArrowException, shapely.errors.ShapelyError, ArithmeticError, LookupError, OSError),
            *(RuntimeError, TypeError, ValueError),  # pyogrio's own errors are RuntimeErrors
        ) as error:
            raise FaultError(_unreadable(file, str(error))) from error


def _of_arrow(table: pa.Table, geometry: str | None, crs: str | None, file: str) -> FeatureTable:
    if not table.num_rows:
        raise FaultError(FEATURE_FAULTS.build("no_features", file=file, value="0"))
    table.validate(full=True)
    shapes = None
    if geometry is not None:
        written = np.array(table.column(geometry).to_pylist(), dtype=object)
        shapes = np.asarray(shapely.from_wkb(written), dtype=object)
    columns = {
        printable_header(name): [read_cell(value) for value in column.to_pylist()]
        for name, column in zip(table.column_names, table.columns, strict=True)
        if name != geometry and not name.startswith(_INDEX_OF_PANDAS)
    }
    return FeatureTable(columns, table.num_rows, shapes, None if geometry is None else crs)


def _unreadable(file: str, detail: str) -> Fault:
    return _FAULTS.build("unreadable", file=file, value=detail[:200])


def read_parquet_table(content: bytes, file: str, most_rows: int) -> pa.Table:
    """Return all rows, with texts as texts.

    *Raises*: FaultError if the file is larger than the limits; pa.ArrowException, OSError if it is damaged.
    """
    plain = pq.ParquetFile(io.BytesIO(content))
    _refuse_large(plain, file, most_rows)
    columns = map(plain.schema.column, range(len(plain.schema)))
    texts = [column.path for column in columns if column.physical_type == "BYTE_ARRAY"]
    parquet = pq.ParquetFile(io.BytesIO(content), read_dictionary=texts)
    batches, size = [], 0
    for batch in parquet.iter_batches(batch_size=_BATCH_ROWS):
        size += sum(map(_unpacked_bytes, batch.columns))
        if size > UNPACKED_LIMIT_BYTES:
            raise _too_large(file, parquet.metadata.num_rows, size)
        batches.append(batch.cast(plain.schema_arrow))
    return pa.Table.from_batches(batches, plain.schema_arrow)


def _refuse_large(parquet: pq.ParquetFile, file: str, most_rows: int) -> None:
    """Refuse by what the file declares: rows, bytes of its columns, values of its lists.

    A column's metadata are read after a scan only: where they contradict the schema, pyarrow 26 ends the
    whole process (an exception of C++ that ``RowGroupMetaData.column`` doesn't translate). The scan raises it as
    an error. It decodes a batch at a time and keeps nothing.
    """
    rows = parquet.metadata.num_rows
    groups = [parquet.metadata.row_group(number) for number in range(parquet.metadata.num_row_groups)]
    total = sum(max(group.total_byte_size, 0) for group in groups)
    if rows > most_rows or total > UNPACKED_LIMIT_BYTES:
        raise _too_large(file, rows, total)
    parquet.scan_contents(batch_size=_BATCH_ROWS)
    total = 0
    for group in groups:
        for number in range(group.num_columns):
            column, about = group.column(number), parquet.schema.column(number)
            total += max(column.total_uncompressed_size, 0)
            if about.max_repetition_level or about.physical_type == "FIXED_LEN_BYTE_ARRAY":
                total += max(_BYTES_OF_A_VALUE, about.length) * max(column.num_values, 0)
    if total > UNPACKED_LIMIT_BYTES:
        raise _too_large(file, rows, total)


def _unpacked_bytes(column: pa.Array) -> int:
    """Return the bytes of a column after each row has its own copy of the text."""
    if pa.types.is_dictionary(column.type):
        own = _BYTES_OF_A_VALUE * len(column)
        if column.dictionary.type not in _TEXTS:
            return own + int(column.dictionary.nbytes)
        lengths = pc.binary_length(column.dictionary).take(column.indices)
        return own + int(pc.sum(lengths.cast(pa.int64())).as_py() or 0)
    if pa.types.is_struct(column.type):
        return int(sum(map(_unpacked_bytes, column.flatten())))
    if isinstance(column, pa.MapArray):
        return _unpacked_bytes(column.keys) + _unpacked_bytes(column.items)
    if pa.types.is_nested(column.type):
        return _BYTES_OF_A_VALUE * len(column) + _unpacked_bytes(column.flatten())
    return int(column.nbytes)


def _too_large(file: str, rows: int, size: int) -> FaultError:
    return FaultError(
        _PARQUET_FAULTS.build("too_large", file=file, value=f"{rows:,}", size=f"{size / 1e6:,.0f}")
    )
