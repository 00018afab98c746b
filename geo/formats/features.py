"""Convert GIS features to rows: properties become cells, a point's coordinates two columns of their own."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from geo.crs import Datum, Points
from geo.formats.table import Row, Table

if TYPE_CHECKING:
    from pyproj import CRS

_FAULTS = FaultTable(
    "features",
    {
        "not_a_point": (
            N_("the feature is no point but a {value}"),
            N_("give each station one point; for an area, its entrance"),
        ),
        "no_features": (
            N_("the file holds no features"),
            N_("export the layer again with its stations, one point for each"),
        ),
        "no_numbers": (
            N_("the coordinates {value} are not two numbers"),
            N_("write [longitude, latitude] in decimal degrees, such as [117.0204, 36.6683]"),
        ),
    },
)

POINT_HEADERS = ("geometry.lon", "geometry.lat")


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
    },
)
# Datums that agree within a metre. The older Chinese ones (Beijing 1954, Xian 1980) are off by tens to
# a hundred metres, by parameters that are not public.
_DATUMS = {
    "World Geodetic System 1984 ensemble": Datum.WGS84,
    "World Geodetic System 1984": Datum.WGS84,
    "China 2000": Datum.CGCS2000,
}


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature: ``point`` is its coordinates as text, None without a geometry, or a fault."""

    properties: Mapping[str, str]
    point: tuple[str, str] | Fault | None


def table_from_features(features: Iterable[Feature], file: str, digest: str, datum: Datum | None) -> Table:
    """Return features as rows numbered from 1; ``datum`` is the datum that the file states.

    *Raises*: FaultError if there are no features.
    """
    headers: dict[str, None] = {}
    rows: list[Row] = []
    faults: list[Fault] = []
    for number, feature in enumerate(features, start=1):
        headers.update(dict.fromkeys(feature.properties))
        if isinstance(feature.point, Fault):
            faults.append(feature.point.at(file=file, row=number))
        else:
            point = dict(zip(POINT_HEADERS, feature.point or ("", ""), strict=True))
            rows.append(Row(number, {**feature.properties, **point}))
    if not rows and not faults:
        raise FaultError(_FAULTS.build("no_features", file=file, value="0"))
    return Table(
        file,
        (*headers, *POINT_HEADERS),
        tuple(rows),
        digest,
        "records",
        faults=tuple(faults),
        point=POINT_HEADERS,
        datum=datum,
    )


def not_a_point_fault(kind: str) -> Fault:
    """Return the fault for a feature whose geometry is a line, an area or several points."""
    return _FAULTS.build("not_a_point", field="geometry", value=kind)


def coordinate_texts(coordinates: Sequence[object]) -> tuple[str, str] | Fault | None:
    """Return the first two coordinates as text; a third is a height and is ignored.

    Return None for an empty list, and a fault if they aren't two numbers.
    """
    numbers = [number for number in coordinates[:2] if isinstance(number, (int, float))]
    if not coordinates:
        return None
    if len(numbers) < 2 or any(isinstance(number, bool) for number in numbers):
        return _FAULTS.build("no_numbers", field="geometry", value=ascii(coordinates)[:80])
    return repr(numbers[0]), repr(numbers[1])


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
    datum = _datum(crs)
    if datum is None:
        raise FaultError(_CRS_FAULTS.build("inexact_crs", file=file, field="crs", value=crs.name[:80]))
    target = "EPSG:4490" if datum is Datum.CGCS2000 else "EPSG:4326"
    lon, lat = Transformer.from_crs(crs, target, always_xy=True).transform(points[:, 0], points[:, 1])
    return np.column_stack((lon, lat)).astype(np.float64), datum


def _datum(crs: "CRS") -> Datum | None:
    if not (crs.is_geographic or crs.is_projected) or crs.geodetic_crs is None:
        return None
    datum = crs.geodetic_crs.datum
    return _DATUMS.get(datum.name) if datum is not None else None


def transform_features(features: list[Feature], crs: str, file: str) -> tuple[list[Feature], Datum]:
    """Return the features with their points as lon, lat, and the datum that they are in.

    A point that has no lon, lat keeps its original coordinates, so that the fault shows them.
    *Raises*: FaultError as `transform_to_lonlat`.
    """
    at = [i for i, f in enumerate(features) if isinstance(f.point, tuple)]
    pairs = [features[i].point for i in at]
    points = np.array([[float(x), float(y)] for x, y in pairs], dtype=np.float64).reshape(-1, 2)  # type: ignore[misc]
    there, datum = transform_to_lonlat(points, crs, file)
    moved = list(features)
    for i, (lon, lat) in zip(at, there.tolist(), strict=True):
        if np.isfinite((lon, lat)).all():
            moved[i] = Feature(features[i].properties, (repr(lon), repr(lat)))
    return moved, datum
