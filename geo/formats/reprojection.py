"""Convert points of any CRS on WGS84 or CGCS2000 to lon, lat."""

from typing import TYPE_CHECKING

import numpy as np

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from geo.crs import Points
from geo.datum import Datum

if TYPE_CHECKING:
    from pyproj import CRS

_FAULTS = FaultTable(
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
        raise FaultError(_FAULTS.build("unknown_crs", file=file, field="crs", value=crs_text[:80])) from error
    datum = _datum(crs)
    if datum is None:
        raise FaultError(_FAULTS.build("inexact_crs", file=file, field="crs", value=crs.name[:80]))
    target = "EPSG:4490" if datum is Datum.CGCS2000 else "EPSG:4326"
    lon, lat = Transformer.from_crs(crs, target, always_xy=True).transform(points[:, 0], points[:, 1])
    return np.column_stack((lon, lat)).astype(np.float64), datum


def _datum(crs: "CRS") -> Datum | None:
    if not (crs.is_geographic or crs.is_projected) or crs.geodetic_crs is None:
        return None
    datum = crs.geodetic_crs.datum
    return _DATUMS.get(datum.name) if datum is not None else None
