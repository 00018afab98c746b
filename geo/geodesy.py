"""Distances on the ellipsoid of WGS84: exact geodesics, and cheaper chords with proven bounds."""

from collections.abc import Iterable
from functools import cache
from math import asin, cos, inf, radians, sin, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pyproj import Geod

from core.text_marks import N_

Floats = NDArray[np.float64]

_EQUATOR_M = 6_378_137.0
_FLATTENING = 1 / 298.257223563
_E2 = _FLATTENING * (2 - _FLATTENING)

# A geodesic is a space curve whose curvature is the normal curvature of the ellipsoid, which lies
# between 1/_CURVE_MAX_M (poles) and 1/_CURVE_MIN_M (equator, along the meridian).
#   Upper bound: by Schur's theorem its chord is at least that of a circle of radius _CURVE_MIN_M.
#   Lower bound: by Blaschke's theorem the ellipsoid holds, with two of its points, the spindle of all
#   arcs of radius _CURVE_MAX_M between them; a path outside a convex body is no shorter than the
#   shortest on its surface, which here is such an arc.
# So 2 R asin(c / 2 R) with these two radii encloses the geodesic. Its series c + c³/24R² + 3c⁵/640R⁴ + …
# has positive terms only: cut after the cube it is still a lower bound at any distance, and an upper
# one within CHORD_LIMIT_M, where the rest is below 0.3 µm, which ROUNDING_M covers. The error grows with
# the cube of the chord: 0.01 mm at 10 km, 0.08 mm at 20 km.
_CURVE_MIN_M = _EQUATOR_M * (1 - _E2)
_CURVE_MAX_M = _EQUATOR_M / (1 - _E2) ** 0.5
_CUBE_LOWER = 1 / (24 * _CURVE_MAX_M**2)
_CUBE_UPPER = 1 / (24 * _CURVE_MIN_M**2)
_CUBE_MIDDLE = (_CUBE_LOWER + _CUBE_UPPER) / 2

CHORD_LIMIT_M = 40_000.0
_HIGHEST_LAT = 89.0  # of a box
_LEAST_DEGREE_M = 110_500.0  # of a meridian, and of a parallel divided by the cosine of its latitude
ROUNDING_M = 5e-7  # geocentric coordinates are good to 4 nm each, the reference geodesic to 15 nm
ARC_ERROR_M = (_CUBE_UPPER - _CUBE_MIDDLE) * CHORD_LIMIT_M**3 + ROUNDING_M  # 0.67 mm

_COMPASS = (
    N_("north"),
    N_("northeast"),
    N_("east"),
    N_("southeast"),
    N_("south"),
    N_("southwest"),
    N_("west"),
    N_("northwest"),
)
HERE = N_("right here")
_HERE_WITHIN_M = 1.0
_POLE_DEG = 90 - 1e-6
_A_FEW = 16  # for so few points single calls cost less than arrays


def checked_points(points: ArrayLike) -> Floats:
    """Validate points on Earth and return them as an array.

    *Shape*: (n, 2), lon, lat; a single pair becomes one row. *Raises*: ValueError that quotes the first
    value out of range and says how to mend it.
    """
    pairs = np.asarray(points, dtype=np.float64)
    if pairs.shape == (2,):
        lon, lat = pairs.tolist()
        pairs = pairs[None]
        if -180 <= lon <= 180 and -90 <= lat <= 90:
            return pairs
    if pairs.size == 0:
        return np.empty((0, 2))
    if pairs.ndim != 2 or pairs.shape[1] != 2:
        raise ValueError(f"points have the shape {pairs.shape}; give (n, 2): longitude, latitude")
    if not (np.abs(pairs[:, 0]).max() <= 180 and np.abs(pairs[:, 1]).max() <= 90):
        _complain(pairs)
    return pairs


def _complain(pairs: Floats) -> None:
    row, axis = np.argwhere(~(np.abs(pairs) <= (180, 90)))[0]
    value, other = pairs[row, axis], pairs[row, 1 - axis]
    if axis == 1 and abs(value) <= 180 and abs(other) <= 90:
        raise ValueError(f"latitude {value} is outside -90..90; are longitude and latitude swapped?")
    name, limit = (("longitude", 180), ("latitude", 90))[axis]
    raise ValueError(f"{name} {value} is outside -{limit}..{limit}; give degrees of WGS84")


def geocentric_vectors(points: Floats) -> Floats:
    """Return Earth-centred vectors of points on the ellipsoid.

    *Shape*: (n, 2), lon, lat, to (n, 3). *Units*: metres. *CRS*: EPSG:4326 to EPSG:4978, height 0.
    """
    angles = np.radians(points)
    sine, cosine = np.sin(angles), np.cos(angles)
    normal = _EQUATOR_M / np.sqrt(1 - _E2 * np.square(sine[:, 1]))
    ring = normal * cosine[:, 1]
    vectors = np.empty((len(points), 3))
    np.multiply(ring, cosine[:, 0], out=vectors[:, 0])
    np.multiply(ring, sine[:, 0], out=vectors[:, 1])
    np.multiply((1 - _E2) * normal, sine[:, 1], out=vectors[:, 2])
    return vectors


def geocentric_vector(lon: float, lat: float) -> tuple[float, float, float]:
    """Return the Earth-centred vector of one point, without the cost of arrays."""
    east, north = radians(lon), radians(lat)
    sine = sin(north)
    normal = _EQUATOR_M / sqrt(1 - _E2 * sine * sine)
    ring = normal * cos(north)
    return ring * cos(east), ring * sin(east), (1 - _E2) * normal * sine


def arc_m(chord_m: Floats) -> Floats:
    """Return the arc above a chord; up to `CHORD_LIMIT_M` it is within `ARC_ERROR_M` of the geodesic."""
    arc: Floats = chord_m * chord_m
    arc *= _CUBE_MIDDLE
    arc += 1.0
    arc *= chord_m
    return arc


def min_arc_m(chord_m: Floats) -> Floats:
    """Return a lower bound of the geodesic above a chord of any length. *Units*: metres."""
    least: Floats = chord_m * (1.0 + _CUBE_LOWER * (chord_m * chord_m)) - ROUNDING_M
    return least


def arc_uncertainty_m(chord_m: float) -> float:
    """Return how far apart the bounds of the geodesic above a chord of any length are. *Units*: metres.

    A chord that is longer by more than this has a longer geodesic.
    """
    widest_m = 2 * _CURVE_MIN_M
    longest_m = widest_m * asin(chord_m / widest_m) if chord_m < widest_m else inf
    shortest_m: float = chord_m * (1.0 + _CUBE_LOWER * chord_m * chord_m)
    return longest_m - shortest_m + 2 * ROUNDING_M


def geodesic_m(start: Floats, end: Floats) -> Floats:
    """Return the exact distance along the ellipsoid, row by row.

    *Shape*: (n, 2) each, lon, lat WGS84. *Units*: metres.
    """
    return np.asarray(wgs84_geod().inv(start[:, 0], start[:, 1], end[:, 0], end[:, 1])[2], dtype=np.float64)


def box_around(lon: float, lat: float, reach_m: float) -> tuple[float, float, float, float] | None:
    """Return west, south, east and north of a box that holds all within a reach of a point.

    None near a pole and where the box would cross the 180th meridian. *CRS*: WGS84. *Units*: metres.
    """
    west, south, east, north = widen_box((lon, lat, lon, lat), reach_m)
    is_plain = west >= -180 and east <= 180 and max(-south, north) <= _HIGHEST_LAT
    return (west, south, east, north) if is_plain else None


def widen_box(box: Iterable[float], reach_m: float) -> tuple[float, float, float, float]:
    """Return a box that holds all within a reach of another; from 89 degrees to a pole it is no wider.

    *Shape*: west, south, east, north. *CRS*: WGS84. *Units*: metres.
    """
    west, south, east, north = box
    high = reach_m / _LEAST_DEGREE_M
    wide = high / cos(radians(min(max(abs(south), abs(north)) + high, _HIGHEST_LAT)))
    return west - wide, south - high, east + wide, north + high


def distances_and_bearings(start: Floats, end: Floats) -> tuple[list[float], list[str]]:
    """Return exact distances, and the compass direction of each end (message ids such as ``northeast``).

    *Shape*: (n, 2) each, lon, lat WGS84. *Units*: metres. Within 1 m there is no direction (`HERE`); at
    a pole there is only one.
    """
    if len(start) <= _A_FEW:
        pairs = zip(start.tolist(), end.tolist(), strict=True)
        found = [distance_and_bearing(*here, *there) for here, there in pairs]
        return [metres for metres, _ in found], [word for _, word in found]
    azimuth, _, metres = wgs84_geod().inv(*start.T, *end.T)
    ways = zip(azimuth.tolist(), metres.tolist(), start[:, 1].tolist(), strict=True)
    return metres.tolist(), [_bearing_name(*way) for way in ways]


def distance_and_bearing(lon: float, lat: float, to_lon: float, to_lat: float) -> tuple[float, str]:
    """Return the same for one pair of points, without the cost of arrays."""
    azimuth, _, metres = wgs84_geod().inv(lon, lat, to_lon, to_lat)
    return metres, _bearing_name(azimuth, metres, lat)


def _bearing_name(azimuth_deg: float, distance_m: float, lat: float) -> str:
    if distance_m < _HERE_WITHIN_M:
        return HERE
    if abs(lat) > _POLE_DEG:
        return _COMPASS[4] if lat > 0 else _COMPASS[0]
    return _COMPASS[round(azimuth_deg / 45.0) % 8]


@cache
def wgs84_geod() -> Geod:
    """Return the ellipsoid of WGS84, on which geodesics are computed."""
    return Geod(ellps="WGS84")
