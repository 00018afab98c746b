"""Areas and lengths on the ellipsoid, independent of any map projection."""

from collections.abc import Iterable

import numpy as np
import shapely
from pyproj import Geod

from geo.geodesy import Floats


def area_m2(outlines: Iterable[shapely.Geometry]) -> Floats:
    """Return the geodesic area of each outline. *Shape*: (n,). *Units*: square metres. *CRS*: WGS84 in."""
    geod = Geod(ellps="WGS84")
    return np.array([_area(geod, outline) for outline in outlines], dtype=np.float64)


def length_m(lines: Iterable[shapely.Geometry]) -> Floats:
    """Return the geodesic length of each line or outline border. *Shape*: (n,). *Units*: metres."""
    geod = Geod(ellps="WGS84")
    return np.array([float(geod.geometry_length(line)) for line in lines], dtype=np.float64)


def _area(geod: Geod, outline: shapely.Geometry) -> float:
    # The sign depends on the direction of the ring; holes must run in the opposite direction.
    turned = shapely.orient_polygons(outline)
    return abs(float(geod.geometry_area_perimeter(turned)[0]))
