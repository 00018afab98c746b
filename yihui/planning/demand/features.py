"""Read GIS features, points or polygons, in the CRS that their file names."""

import io
import json
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from geo.formats.cells import format_cell
from geo.formats.geojson import parse_json_file, printable_header
from geo.formats.geopackage_tables import find_geopackage_tables
from geo.formats.parquet_batches import read_parquet_table
from geo.formats.table import choose_layer
from yihui.planning.demand.shapefiles import check_row_count, find_attribute_encoding, find_shapefiles

ROWS_LIMIT = 2_000_000
_WGS84 = "OGC:CRS84"  # the CRS of GeoJSON by RFC 7946, and of GeoParquet that names none
FEATURE_FAULTS = FaultTable(
    "demand",
    {
        "no_features": (N_("the file holds no features"), N_("export the layer again with what is in it")),
        "no_geometry": (
            N_("the layer has no geometry"),
            N_("export it as CSV or XLSX, with longitude and latitude or with district codes in columns"),
        ),
        "unreadable_shape": (
            N_("the geometry can't be read: {value}"),
            N_("draw it again, or take the feature out"),
        ),
        "unreadable_file": (
            N_("the file can't be read: {value}"),
            N_("open it in the program it came from and save it again"),
        ),
        "unreadable_crs": (
            N_("the file names its CRS in a way that can't be read: {value}"),
            N_("leave “crs” out, as RFC 7946 does, and give the coordinates in WGS84"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class FeatureTable:
    """Columns of texts and the geometry of each record; a record with a fault has no geometry.

    ``crs`` is None where the file names none.
    """

    columns: Mapping[str, Sequence[str]]
    geometry: NDArray[np.object_]
    crs: str | None
    faults: tuple[Fault, ...] = field(default_factory=tuple)
    notes: tuple[Fault, ...] = field(default_factory=tuple)

    def __len__(self) -> int:
        return len(self.geometry)


def is_gis_file(content: bytes, file: str) -> bool:
    """Return whether a file holds GIS features; a Parquet file without geometry is an ordinary table."""
    if content.startswith(b"SQLite format 3\x00"):
        return True
    if content.startswith(b"PAR1"):
        return b'"primary_column"' in content[-1_000_000:]
    ending = file.lower().rpartition(".")[2]
    if ending == "zip":
        return True
    return ending == "geojson" or (ending == "json" and b'"FeatureCollection"' in content[:4096])


def read_features(content: bytes, file: str, layer: str | None) -> FeatureTable:
    """Read the features of a file.

    *Raises*: FaultError where the file is damaged or too large, or has several layers and none is named.
    """
    if content.startswith(b"SQLite"):
        return _geopackage(content, file, layer)
    if file.lower().endswith(".zip"):
        return _shapefile(content, file, layer)
    return (_geoparquet if content.startswith(b"PAR1") else _geojson)(content, file)


def _geojson(content: bytes, file: str) -> FeatureTable:
    document = parse_json_file(content, file)
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(features, list) or not features:
        raise FaultError([_no_features(file)])
    columns: dict[str, list[str]] = {}
    geometry = np.full(len(features), None, dtype=object)
    faults = []
    for number, feature in enumerate(features):
        told = feature.get("properties") if isinstance(feature, dict) else None
        for name, value in (told if isinstance(told, dict) else {}).items():
            columns.setdefault(printable_header(name), [""] * len(features))[number] = format_cell(value)
        try:
            geometry[number] = _shape(feature)
        except (ValueError, TypeError, KeyError, shapely.errors.ShapelyError) as error:
            faults.append(
                FEATURE_FAULTS.build("unreadable_shape", field="geometry", value=str(error)[:120]).at(
                    file=file, row=number + 1
                )
            )
    return FeatureTable(columns, geometry, _crs_of_geojson(document, file), tuple(faults))


def _shape(feature: object) -> shapely.Geometry | None:
    geometry = feature["geometry"] if isinstance(feature, dict) else feature
    if geometry is None:
        return None
    if isinstance(geometry, dict) and geometry.get("type") == "Point":
        x, y = geometry["coordinates"][:2]
        if isinstance(x, bool) or isinstance(y, bool):
            raise TypeError(f"{x}, {y}")
        return shapely.Point(float(x), float(y))
    return shapely.from_geojson(json.dumps(geometry))


def _crs_of_geojson(document: Mapping[str, object], file: str) -> str:
    crs = document.get("crs")
    if crs is None:
        return _WGS84
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if not isinstance(name, str):
        raise FaultError(
            FEATURE_FAULTS.build("unreadable_crs", file=file, field="crs", value=ascii(crs)[:80])
        )
    return _WGS84 if name.endswith("CRS84") else name


def _geopackage(content: bytes, file: str, layer: str | None) -> FeatureTable:
    import pyogrio

    tables = find_geopackage_tables(content, file, layer, ROWS_LIMIT)
    chosen = choose_layer(tables.counts, layer, file)
    if not tables.counts[chosen]:
        raise FaultError([_no_features(file)])
    with _faults_of_reader(file):
        about, table = pyogrio.raw.read_arrow(tables.content, layer=chosen)
        name = about["geometry_name"] or "geom"
        if about["geometry_type"] is None or name not in table.column_names:
            raise FaultError(FEATURE_FAULTS.build("no_geometry", file=file))
        return _of_arrow(table, name, about["crs"])


def _shapefile(content: bytes, file: str, layer: str | None) -> FeatureTable:
    import pyogrio

    layers = find_shapefiles(content, file)
    counts = {name: one.row_count for name, one in layers.items()}
    chosen = layers[choose_layer(counts, layer, file)]
    if not chosen.row_count:
        raise FaultError([_no_features(file)])
    check_row_count(chosen, file, ROWS_LIMIT)
    encoding = find_attribute_encoding(chosen, file)
    with _faults_of_reader(file):
        about, table = pyogrio.raw.read_arrow(chosen.pack(encoding), encoding=encoding and encoding.name)
        found = _of_arrow(table, about["geometry_name"] or "wkb_geometry", about["crs"])
    return replace(found, notes=encoding.notes if encoding else ())


def _geoparquet(content: bytes, file: str) -> FeatureTable:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        parquet = pq.ParquetFile(io.BytesIO(content))
        geo = json.loads((parquet.schema_arrow.metadata or {})[b"geo"])
        primary = geo["primary_column"]
        about = geo["columns"][primary]
        if about.get("encoding") != "WKB":
            raise ValueError(f"encoding {about.get('encoding')}")
        table = read_parquet_table(content, file, ROWS_LIMIT)
        crs = about.get("crs", _WGS84)
        if not table.num_rows:
            raise FaultError([_no_features(file)])
        return _of_arrow(table, primary, crs if crs is None or isinstance(crs, str) else json.dumps(crs))
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise FaultError([_torn(file, str(error))]) from error


def _of_arrow(table: object, geometry: str, crs: str | None) -> FeatureTable:
    import pyarrow as pa

    assert isinstance(table, pa.Table)
    shapes = shapely.from_wkb(np.array(table.column(geometry).to_pylist(), dtype=object))
    columns = {
        printable_header(name): [format_cell(value) for value in table.column(name).to_pylist()]
        for name in table.column_names
        if name != geometry and not name.startswith("__index_level")
    }
    return FeatureTable(columns, np.asarray(shapes, dtype=object), crs)


@contextmanager
def _faults_of_reader(file: str) -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        try:
            yield
        except (RuntimeError, ValueError, OSError, TypeError, shapely.errors.ShapelyError) as error:
            raise FaultError([_torn(file, str(error))]) from error


def _no_features(file: str) -> Fault:
    return FEATURE_FAULTS.build("no_features", file=file, value="0")


def _torn(file: str, detail: str) -> Fault:
    return FEATURE_FAULTS.build("unreadable_file", file=file, value=detail[:200])
