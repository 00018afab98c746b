"""Areas and lengths on the ellipsoid, whatever plane a map is drawn on."""

from collections.abc import Iterable

import numpy as np
import shapely
from pyproj import Geod

from geo.geodesy import Floats


def area_m2(outlines: Iterable[shapely.Geometry]) -> Floats:
    """The geodesic area of each outline. *Shape*: (n,). *Units*: square metres. *CRS*: WGS84 in."""
    geod = Geod(ellps="WGS84")
    return np.array([_area(geod, outline) for outline in outlines], dtype=np.float64)


def length_m(lines: Iterable[shapely.Geometry]) -> Floats:
    """The geodesic length of each line, of each outline its border. *Shape*: (n,). *Units*: metres."""
    geod = Geod(ellps="WGS84")
    return np.array([float(geod.geometry_length(line)) for line in lines], dtype=np.float64)


def _area(geod: Geod, outline: shapely.Geometry) -> float:
    # Its sign is the sense in which a ring runs, and holes must run the other way.
    turned = shapely.orient_polygons(outline)
    return abs(float(geod.geometry_area_perimeter(turned)[0]))
