"""Read GeoJSON (RFC 7946): a FeatureCollection of points in WGS84."""

from collections.abc import Mapping

import numpy as np

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from geo.crs import Datum
from geo.formats.cells import format_cell
from geo.formats.features import Feature, coordinate_texts, not_a_point_fault, table_from_features
from geo.formats.json_records import parse_json_file, printable_header
from geo.formats.projections import transform_to_lonlat
from geo.formats.table import Table, content_sha256

_FAULTS = FaultTable(
    "geojson",
    {
        "no_feature": (
            N_("this is no feature: {value}"),
            N_("write each station as an object whose type is Feature"),
        ),
        "unreadable_crs": (
            N_("the file names its CRS in a way that can't be read: {value}"),
            N_("leave “crs” out, as RFC 7946 does, and give the coordinates in WGS84"),
        ),
        "no_collection": (
            N_("this is no FeatureCollection of GeoJSON but {value}"),
            N_("export the layer as a FeatureCollection of points"),
        ),
    },
)

_WGS84 = ("CRS84", "EPSG::4326", "EPSG:4326")


def is_geojson(document: object) -> bool:
    return isinstance(document, dict) and document.get("type") == "FeatureCollection"


def read_geojson(content: bytes, file: str) -> Table:
    """Read a FeatureCollection; a feature without geometry is a station without coordinates.

    A ``crs`` member, as files from before the RFC have, is applied. *Raises*: FaultError if the file is no
    FeatureCollection, or in a CRS that can't be converted to WGS84.
    """
    document = parse_json_file(content, file)
    if not isinstance(document, dict) or not is_geojson(document):
        raise FaultError(_no_collection(file, document))
    features = document.get("features")
    read = [_feature(f) for f in features] if isinstance(features, list) else []
    crs = _crs(document, file)
    if crs is None:
        return table_from_features(read, file, content_sha256(content), Datum.WGS84)
    moved, datum = _moved(read, crs, file)
    return table_from_features(moved, file, content_sha256(content), datum)


def _feature(feature: object) -> Feature:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        return Feature({}, _FAULTS.build("no_feature", value=ascii(feature)[:80]))
    properties = feature.get("properties")
    told = properties if isinstance(properties, dict) else {}
    cells = {printable_header(name): format_cell(value) for name, value in told.items()}
    if "id" not in cells and feature.get("id") is not None:
        cells["id"] = format_cell(feature["id"])
    return Feature(cells, _point(feature.get("geometry")))


def _point(geometry: object) -> tuple[str, str] | Fault | None:
    if geometry is None:
        return None
    if not isinstance(geometry, dict):
        return not_a_point_fault(ascii(geometry)[:80])
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if kind == "MultiPoint" and isinstance(coordinates, list) and len(coordinates) == 1:
        kind, coordinates = "Point", coordinates[0]
    if kind != "Point" or not isinstance(coordinates, list):
        return not_a_point_fault(ascii(kind)[:80])
    return coordinate_texts(coordinates)


def _crs(document: Mapping[str, object], file: str) -> str | None:
    """Return the CRS that a file from before the RFC names; None for WGS84."""
    crs = document.get("crs")
    if crs is None:
        return None
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if not isinstance(name, str):
        raise FaultError(_FAULTS.build("unreadable_crs", file=file, field="crs", value=ascii(crs)[:80]))
    return None if name.endswith(_WGS84) else name


def _moved(features: list[Feature], crs: str, file: str) -> tuple[list[Feature], Datum]:
    at = [i for i, f in enumerate(features) if isinstance(f.point, tuple)]
    pairs = [features[i].point for i in at]
    points = np.array([[float(x), float(y)] for x, y in pairs], dtype=np.float64).reshape(-1, 2)  # type: ignore[misc]
    there, datum = transform_to_lonlat(points, crs, file)
    moved = list(features)
    for i, (lon, lat) in zip(at, there.tolist(), strict=True):
        if np.isfinite(
            (lon, lat)
        ).all():  # otherwise the original coordinates stay, so that the fault shows them
            moved[i] = Feature(features[i].properties, (repr(lon), repr(lat)))
    return moved, datum


def _no_collection(file: str, document: object) -> Fault:
    there = format_cell(document.get("type")) if isinstance(document, dict) else type(document).__name__
    return _FAULTS.build("no_collection", file=file, value=there[:80])
