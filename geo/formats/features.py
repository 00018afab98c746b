"""The features of a GIS file, those of GeoJSON (RFC 7946), their reprojection to WGS84, and the rows that they become."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from core.faults import Fault, FaultError, FaultTable
from core.sheets.json_records import printable_header
from core.sheets.table import Row, Table, format_cell, read_cell
from core.text_marks import N_
from geo.crs import Points
from geo.datum import Datum
from geo.formats.columns import are_positions, guess_columns
from geo.formats.coordinates import CHINA_LAT, CHINA_LON

if TYPE_CHECKING:
    from pyproj import CRS


FEATURE_FAULTS = FaultTable(
    "features",
    {
        "not_a_point": (
            N_("the feature is no point but a {value}"),
            N_("give each place one point; for an area, its entrance"),
        ),
        "no_features": (N_("the file holds no records"), N_("export the layer again with what is in it")),
        "no_numbers": (
            N_("the coordinates {value} are not two numbers"),
            N_("write [longitude, latitude] in decimal degrees, such as [117.0204, 36.6683]"),
        ),
        "repaired": (
            N_("{count} polygons cross themselves and were repaired: {value}"),
            N_("look at them on a map, and draw them anew where the repaired shape is not what is meant"),
        ),
        "unreadable_shape": (
            N_("the geometry can't be read: {value}"),
            N_("draw it again, or take the feature out"),
        ),
    },
)

_POLYGON_TYPES = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
_AREAS = (shapely.Polygon, shapely.MultiPolygon)
_MOST_NAMED = 20  # repaired polygons
POINT_HEADERS = ("geometry.lon", "geometry.lat")
WGS84_CRS = "OGC:CRS84"  # of GeoJSON by RFC 7946, and of GeoParquet that names none


@dataclass(frozen=True, slots=True)
class FeatureTable:
    """The records of a layer, at least one: their columns as texts, and the geometry of each.

    ``geometry`` is None for a layer without any; a single record has none where it is empty or has a fault. ``crs`` is
    None where the file names none. Faults have the number of their record, from 1.
    """

    columns: Mapping[str, Sequence[str]]
    length: int
    geometry: NDArray[np.object_] | None
    crs: str | None
    faults: tuple[Fault, ...] = ()
    notes: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class PlacedTable(Table):
    """The rows of a file of features; ``has_points`` says whether `POINT_HEADERS` are theirs, in the ``datum`` that it states."""

    has_points: bool = False
    datum: Datum | None = None


def table_from_features(
    features: FeatureTable, file: str, digest: str, *, areas_as_points: bool = False
) -> PlacedTable:
    """Return features as rows numbered from 1, with the coordinates of their points as two columns more.

    A feature that is no point is a fault, but with ``areas_as_points`` an area is a point within it.
    *CRS*: coordinates become lon, lat of the datum that the file states; without a CRS they stay as they are.
    *Raises*: FaultError for a CRS that can't be converted to WGS84, or that isn't that of the coordinates.
    """
    faulty = {fault.row or 0: fault for fault in features.faults}
    cells: Sequence[Mapping[str, str]] = [
        dict(zip(features.columns, row, strict=True)) for row in zip(*features.columns.values(), strict=True)
    ] or [{}] * features.length  # of a layer without columns
    headers, datum = tuple(features.columns), None
    if features.geometry is not None:
        shapes, wrong = _find_points(features.geometry, areas_as_points)
        faulty = {row: fault.at(file=file, row=row) for row, fault in wrong.items()} | faulty
        texts, datum = _lonlat_texts(shapes, features.crs, file)
        cells = [{**row, **point} for row, point in zip(cells, texts, strict=True)]
        headers = (*headers, *POINT_HEADERS)
    return PlacedTable(
        file,
        headers,
        tuple(Row(number, row) for number, row in enumerate(cells, start=1) if number not in faulty),
        digest,
        "records",
        features.notes,
        tuple(faulty[row] for row in sorted(faulty)),
        has_points=features.geometry is not None,
        datum=datum,
    )


def _find_points(
    geometry: NDArray[np.object_], areas_as_points: bool
) -> tuple[NDArray[np.object_], dict[int, Fault]]:
    """Return the point of each record, None without one, and the faults by the number of the record. *Shape*: (n,)."""
    shapes, faults = geometry.copy(), dict[int, Fault]()
    for index, shape in enumerate(geometry.tolist()):
        if shape is not None and shape.is_empty:
            shapes[index] = None
        elif isinstance(shape, shapely.MultiPoint) and len(shape.geoms) == 1:
            shapes[index] = shape.geoms[0]  # as some programs write a point
        elif areas_as_points and isinstance(shape, _AREAS) and 0 < shape.area < math.inf:
            shapes[index] = shapely.point_on_surface(shape)
        elif shape is not None and not isinstance(shape, shapely.Point):
            shapes[index] = None
            faults[index + 1] = FEATURE_FAULTS.build(
                "not_a_point", field="geometry", value=str(shape.geom_type)
            )
    return shapes, faults


def _lonlat_texts(
    shapes: NDArray[np.object_], crs: str | None, file: str
) -> tuple[Iterator[Mapping[str, str]], Datum | None]:
    """Return the coordinates as texts; a point that has no lon, lat keeps its own, so that its fault shows them."""
    points = np.column_stack((shapely.get_x(shapes), shapely.get_y(shapes)))
    datum = None
    if crs is not None:
        there = np.flatnonzero(np.isfinite(points).all(axis=1))
        moved, datum = locate_layer(points[there], crs, file)
        found = np.isfinite(moved).all(axis=1)
        points[there[found]] = moved[found]
    return (
        dict(zip(POINT_HEADERS, ("", "") if shape is None else (repr(x), repr(y)), strict=True))
        for shape, (x, y) in zip(shapes.tolist(), points.tolist(), strict=True)
    ), datum


def repair_layer(features: FeatureTable, file: str) -> FeatureTable:
    """Return features with repaired polygons, and a note that names these by their row and name."""
    if features.geometry is None:
        return features
    shapes, repaired = repair_polygons(features.geometry)
    if not len(repaired):
        return features
    header = next(iter(guess_columns(list(features.columns)).headers("name")), None)
    names = features.columns[header] if header else [""] * features.length
    told = [f"{row + 1} {names[row][:40]}".strip() for row in repaired[:_MOST_NAMED].tolist()]
    value = "、".join(told) + ("…" if len(repaired) > _MOST_NAMED else "")
    note = FEATURE_FAULTS.build(
        "repaired", file=file, field="geometry", value=value, count=len(repaired), severity="warning"
    )
    return replace(features, geometry=shapes, notes=(*features.notes, note))


def repair_polygons(shapes: NDArray[np.object_]) -> tuple[NDArray[np.object_], NDArray[np.intp]]:
    """Return shapes with valid polygons, and the places of those that were repaired. *Shape*: (n,).

    A repaired polygon covers what its rings enclose: parts that overlap are joined, and lines without ground go.
    """
    polygons = np.flatnonzero(np.isin(shapely.get_type_id(shapes), _POLYGON_TYPES))
    broken = polygons[~shapely.is_valid(shapes[polygons])]
    bounds = shapely.bounds(shapes[broken])
    broken = broken[np.isfinite(bounds).all(axis=1)]
    repaired = shapes.copy()
    repaired[broken] = shapely.make_valid(shapes[broken], method="structure", keep_collapsed=False)
    return repaired, broken


_CRS_FAULTS = FaultTable(
    "crs",
    {
        "unknown_crs": (
            N_("the coordinate reference system {value} is not known"),
            N_("save the layer in WGS84 (EPSG:4326)"),
        ),
        "inexact_crs": (
            N_(
                "the coordinate reference system is {value}; the way from it to WGS84 is not known to the metre"
            ),
            N_(
                "have the layer transformed to CGCS2000 or WGS84 (EPSG:4490, EPSG:4326) by whoever holds the parameters"
            ),
        ),
        "mislabelled": (
            N_("in the coordinate reference system {value} all coordinates lie off China, such as {point}"),
            N_(
                "name the CRS in which they are written (QGIS: Set Layer CRS, which transforms nothing); longitude comes first"
            ),
        ),
    },
)
# Datums that agree within a metre. The older Chinese ones (Beijing 1954, Xian 1980) are off by tens to
# a hundred metres, by parameters that are not public.
_DATUMS = {
    "World Geodetic System 1984 ensemble": Datum.WGS84,
    "World Geodetic System 1984": Datum.WGS84,
    "China 2000": Datum.CGCS2000,
}


def transform_to_lonlat(points: Points, crs_text: str, file: str) -> tuple[Points, Datum]:
    """Return the points as lon, lat, and the datum that they are in.

    *Shape*: (n, 2), x, y; infinite if a point has no lon, lat. *CRS*: ``crs_text`` in any notation that
    PROJ reads; geographic or projected on WGS84 or CGCS2000.
    *Raises*: FaultError for any other CRS.
    """
    from pyproj import CRS, Transformer
    from pyproj.exceptions import CRSError

    try:
        crs = CRS.from_user_input(crs_text)
    except CRSError as error:
        raise FaultError(
            _CRS_FAULTS.build("unknown_crs", file=file, field="crs", value=crs_text[:80])
        ) from error
    datum = _datum_of_crs(crs)
    if datum is None:
        raise FaultError(_CRS_FAULTS.build("inexact_crs", file=file, field="crs", value=crs.name[:80]))
    target = "EPSG:4490" if datum is Datum.CGCS2000 else "EPSG:4326"
    lon, lat = Transformer.from_crs(crs, target, always_xy=True).transform(points[:, 0], points[:, 1])
    return np.column_stack((lon, lat)).astype(np.float64), datum


def locate_layer(points: Points, crs_text: str, file: str) -> tuple[Points, Datum]:
    """Return the coordinates of a whole layer as `transform_to_lonlat` does.

    *Raises*: FaultError also where there are several and all lie off China: the CRS is not theirs.
    """
    moved, datum = transform_to_lonlat(points, crs_text, file)
    if len(points) > 1 and not are_in_china(moved).any():
        first = "{:.10g}, {:.10g}".format(*points[0].tolist())
        raise FaultError(
            _CRS_FAULTS.build("mislabelled", file=file, field="crs", value=crs_text[:80], point=first)
        )
    return moved, datum


def are_in_china(points: Points) -> NDArray[np.bool_]:
    """Return which points lie in a generous box around China. *Shape*: (n, 2), lon, lat, to (n,)."""
    with np.errstate(invalid="ignore"):
        inside = (points >= (CHINA_LON[0], CHINA_LAT[0])) & (points <= (CHINA_LON[1], CHINA_LAT[1]))
    return np.asarray(inside.all(axis=1))


def _datum_of_crs(crs: "CRS") -> Datum | None:
    if not (crs.is_geographic or crs.is_projected) or crs.geodetic_crs is None:
        return None
    datum = crs.geodetic_crs.datum
    return _DATUMS.get(datum.name) if datum is not None else None


# GeoJSON --------------------------------------------------------------------------------------

_GEOJSON_FAULTS = FaultTable(
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
        raise FaultError(_GEOJSON_FAULTS.build("no_collection", file=file, value=there[:80]))
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
        return _GEOJSON_FAULTS.build("no_feature", value=ascii(feature)[:80])
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
    return (
        None
        if other is None
        else _GEOJSON_FAULTS.build("crs_of_feature", field="crs", value=ascii(other)[:80])
    )


def _find_crs(document: Mapping[str, object], file: str) -> str:
    crs = document.get("crs")
    name = WGS84_CRS if crs is None else _name_of(crs)
    if name is None:
        raise FaultError(
            _GEOJSON_FAULTS.build("unreadable_crs", file=file, field="crs", value=ascii(crs)[:80])
        )
    return WGS84_CRS if name.endswith(_WGS84) else name


def _name_of(crs: object) -> str | None:
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    return name if isinstance(name, str) else None
