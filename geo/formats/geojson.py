"""Read the features of GeoJSON (RFC 7946)."""

import json
from collections.abc import Mapping
from contextlib import suppress

import numpy as np
import shapely

from core.faults import Fault, FaultError, FaultTable
from core.sheets.json_records import printable_header
from core.sheets.table import format_cell, read_cell
from core.text_marks import N_
from geo.formats.columns import are_positions
from geo.formats.features import FEATURE_FAULTS, WGS84_CRS, FeatureTable

_FAULTS = FaultTable(
    "geojson",
    {
        "no_feature": (
            N_("this is no feature: {value}"),
            N_("write each one as an object whose type is Feature"),
        ),
        "unreadable_crs": (
            N_("the file names its CRS in a way that can't be read: {value}"),
            N_("leave “crs” out, as RFC 7946 does, and give the coordinates in WGS84"),
        ),
        "crs_of_feature": (
            N_("the feature names a CRS of its own: {value}"),
            N_(
                "leave “crs” out of the feature and give its coordinates in WGS84, or name one CRS for the file"
            ),
        ),
        "no_collection": (
            N_("this is no FeatureCollection of GeoJSON but {value}"),
            N_("export the layer as a FeatureCollection"),
        ),
    },
)

_GEOMETRIES = (
    *("MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"),
    "GeometryCollection",
)
_WGS84 = ("CRS84", "EPSG::4326", "EPSG:4326")


def is_geojson(document: object) -> bool:
    return isinstance(document, dict) and document.get("type") == "FeatureCollection"


def read_geojson(document: object, file: str) -> FeatureTable:
    """Read a FeatureCollection; a feature that can't be read is a fault.

    *CRS*: WGS84, or that of a ``crs`` member, as files from before the RFC have.
    *Raises*: FaultError if the document is no FeatureCollection, has no features, or names its CRS in a way that
    can't be read.
    """
    if not isinstance(document, dict) or not is_geojson(document):
        there = format_cell(document.get("type")) if isinstance(document, dict) else type(document).__name__
        raise FaultError(_FAULTS.build("no_collection", file=file, value=there[:80]))
    features = document.get("features")
    if not isinstance(features, list) or not features:
        raise FaultError(FEATURE_FAULTS.build("no_features", file=file, value="0"))
    columns: dict[str, list[str]] = {}
    geometry = np.full(len(features), None, dtype=object)
    faults = []
    ids = [read_cell(one.get("id")) if isinstance(one, dict) else "" for one in features]
    for index, feature in enumerate(features):
        for name, value in _read_properties(feature).items():
            columns.setdefault(name, [""] * len(features))[index] = value
        shape = _read_shape(feature)
        if isinstance(shape, Fault):
            faults.append(shape.at(file=file, row=index + 1))
        else:
            geometry[index] = shape
    if any(ids) and not are_positions(ids, columns):
        own = columns.pop("id", ids)
        columns = {"id": [cell or outer for cell, outer in zip(own, ids, strict=True)], **columns}
    return FeatureTable(columns, len(features), geometry, _find_crs(document, file), tuple(faults))


def _read_properties(feature: object) -> dict[str, str]:
    told = feature.get("properties") if isinstance(feature, dict) else None
    items = told.items() if isinstance(told, dict) else ()
    return {printable_header(name): read_cell(value) for name, value in items}


def _read_shape(feature: object) -> shapely.Geometry | Fault | None:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        return _FAULTS.build("no_feature", value=ascii(feature)[:80])
    geometry = feature.get("geometry")
    if (fault := _find_own_crs(feature, geometry)) or geometry is None:
        return fault
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind == "Point":
        return _read_point(geometry.get("coordinates"))
    value = ascii(geometry)[:80]
    try:
        if kind in _GEOMETRIES:
            return shapely.from_geojson(json.dumps(geometry))
    except (shapely.errors.ShapelyError, ValueError) as error:
        value = f"{value}: {error}"
    return FEATURE_FAULTS.build("unreadable_shape", field="geometry", value=value[:160])


def _read_point(coordinates: object) -> shapely.Point | Fault | None:
    """Read the first two coordinates; a third is a height. An empty list is a point that is not known."""
    if coordinates == []:
        return None
    pair = coordinates[:2] if isinstance(coordinates, list) else []
    is_numbers = all(isinstance(one, int | float) and not isinstance(one, bool) for one in pair)
    if len(pair) == 2 and is_numbers:
        with suppress(OverflowError):  # of whole numbers
            return shapely.Point(pair)
    return FEATURE_FAULTS.build("no_numbers", field="geometry", value=ascii(coordinates)[:80])


def _find_own_crs(*parts: object) -> Fault | None:
    """Return the fault of a feature or a geometry with a CRS of its own; WGS84 is what the file has anyway."""
    stated = [part["crs"] for part in parts if isinstance(part, dict) and part.get("crs") is not None]
    other = next((crs for crs in stated if not (_name_of(crs) or "").endswith(_WGS84)), None)
    return None if other is None else _FAULTS.build("crs_of_feature", field="crs", value=ascii(other)[:80])


def _find_crs(document: Mapping[str, object], file: str) -> str:
    crs = document.get("crs")
    name = WGS84_CRS if crs is None else _name_of(crs)
    if name is None:
        raise FaultError(_FAULTS.build("unreadable_crs", file=file, field="crs", value=ascii(crs)[:80]))
    return WGS84_CRS if name.endswith(_WGS84) else name


def _name_of(crs: object) -> str | None:
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    return name if isinstance(name, str) else None
