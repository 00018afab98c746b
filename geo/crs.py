"""The four datums of Chinese web maps, and the conversions between each of them and WGS84."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.datum import Datum

if TYPE_CHECKING:
    from geo.station import Station

Points = NDArray[np.float64]  # Shape (n, 2), lon, lat
_Degrees = NDArray[np.floating]  # Shape (n,), of any precision
_Shift = Callable[[_Degrees, _Degrees], tuple[_Degrees, _Degrees]]


# The public formula shifts on the ellipsoid of Krassovsky and leaves points outside this box alone.
_KRASSOVSKY_A_M = 6_378_245.0
_KRASSOVSKY_E2 = 0.00669342162296594323
_BOX = np.array([(72.004, 0.8293), (137.8347, 55.8271)])
_FURTHEST_DEG = 0.1  # five times the widest shift in the box
_ROUNDING_DEG = 1e-8  # by how much an inverse may miss the edge of the box

_BD_TURN = np.pi * 3000.0 / 180.0
_ROUGH_STEPS = 3
_DECIMALS = 7  # about 1 cm
_BLOCK = 16_384  # rows at a time, so that the intermediate arrays stay in the processor's cache


def to_wgs84(points: ArrayLike, datum: Datum) -> Points:
    """Convert points of a datum to WGS84.

    *Shape*: (n, 2), lon, lat; NaN stays NaN. *CRS*: ``datum`` in, WGS84 out; the round trip is good to
    0.01 m. A place whose WGS84 coordinates lie outside lon 72.004..137.8347, lat 0.8293..55.8271 has
    none of the Chinese shifts and is returned unchanged. Along the edge of that box two places may
    share a shifted coordinate; the result is the one inside the box.
    *Raises*: ValueError when the shape is wrong. *Source*: the public formula, as in gcoord and
    eviltransform.
    """
    return _in_blocks(points, datum, _unshifted)


def point_to_wgs84(point: tuple[float, float], datum: Datum) -> tuple[float, float]:
    """Convert one point, lon, lat, of a datum to WGS84, as `to_wgs84`."""
    if datum is Datum.WGS84:
        return point
    ((lon, lat),) = to_wgs84([point], datum).tolist()
    return lon, lat


def from_wgs84(points: ArrayLike, datum: Datum) -> Points:
    """Convert points of WGS84 to another datum.

    *Shape*: (n, 2), lon, lat; NaN stays NaN. *CRS*: WGS84 in, ``datum`` out; outside the box given at
    `to_wgs84` nothing is shifted. *Raises*: ValueError when the shape is wrong.
    """
    return _in_blocks(points, datum, _shifted)


def points_in_datum(stations: "Sequence[Station]", datum: Datum) -> list[tuple[float, float] | None]:
    """Return the point of each station in a datum; None for one without coordinates. WGS84 is not rounded."""
    placed = [(s.lon, s.lat) for s in stations if s.lon is not None and s.lat is not None]
    if datum not in (Datum.WGS84, Datum.CGCS2000) and placed:
        shifted = from_wgs84(np.array(placed, dtype=np.float64), datum)
        placed = [(lon, lat) for lon, lat in shifted.round(_DECIMALS).tolist()]
    points = iter(placed)
    return [next(points) if station.is_placed else None for station in stations]


def _in_blocks(
    points: ArrayLike, datum: Datum, work: Callable[[Points, tuple[_Shift, ...]], Points]
) -> Points:
    pairs = np.asarray(points, dtype=np.float64)
    if pairs.ndim != 2 or pairs.shape[1] != 2:
        raise ValueError(f"points have the shape {pairs.shape}; give (n, 2): longitude, latitude")
    shifts = _SHIFTS[datum]
    if not shifts:
        return pairs.copy()
    done = np.empty_like(pairs)
    for start in range(0, len(pairs), _BLOCK):
        done[start : start + _BLOCK] = work(pairs[start : start + _BLOCK], shifts)
    return done


def _shifted(points: Points, shifts: tuple[_Shift, ...]) -> Points:
    lon, lat = np.clip(points, *_BOX).T.copy()
    for shift in shifts:
        east, north = shift(lon, lat)
        lon, lat = lon + east, lat + north
    return np.where(_in_box(points)[:, None], np.column_stack((lon, lat)), points)


def _unshifted(points: Points, shifts: tuple[_Shift, ...]) -> Points:
    """Remove the shifts from points.

    Outside the box the formula has no meaning (and overflows at the poles), so it is applied to clipped
    points.
    """
    lon, lat = np.clip(points, _BOX[0] - _FURTHEST_DEG, _BOX[1] + _FURTHEST_DEG).T.copy()
    for shift in reversed(shifts):
        lon, lat = _undo(lon, lat, shift)
    true = np.column_stack((lon, lat))
    return np.where(_in_box(true, _ROUNDING_DEG)[:, None], true, points)


def _in_box(points: Points, slack_deg: float = 0.0) -> NDArray[np.bool_]:
    inside = (points >= _BOX[0] - slack_deg) & (points <= _BOX[1] + slack_deg)
    return np.asarray(inside[:, 0] & inside[:, 1])


def _undo(lon: _Degrees, lat: _Degrees, shift: _Shift) -> tuple[_Degrees, _Degrees]:
    """Invert a shift by the fixed point of ``true = shifted - shift(true)``.

    Each step leaves a fiftieth of the error or less. All steps but the last are in single precision, 20
    times as fast and good to 2 cm, which the last step brings below 1 mm.
    """
    true_lon, true_lat = lon, lat
    for precision in (*[np.float32] * _ROUGH_STEPS, np.float64):
        east, north = shift(true_lon.astype(precision), true_lat.astype(precision))
        true_lon, true_lat = lon - east, lat - north
    return true_lon, true_lat


def _gcj02_shift(lon: _Degrees, lat: _Degrees) -> tuple[_Degrees, _Degrees]:
    """Return the shift of GCJ-02, in degrees.

    The formula's sines of three times an angle are computed as 3 sin - 4 sin³.
    """
    x, y = lon - 105, lat - 35
    root, xy = np.sqrt(np.abs(x)), 0.1 * x * y
    thirds_x, thirds_y, twice_x = np.sin(np.pi / 3 * x), np.sin(np.pi / 3 * y), np.sin(2 * np.pi * x)
    ripple = 20 * _thrice(twice_x) + 20 * twice_x
    waves_y = 20 * _thrice(thirds_y) + 40 * thirds_y
    waves_y += 160 * np.sin(np.pi / 12 * y) + 320 * np.sin(np.pi / 30 * y)
    waves_x = 20 * _thrice(thirds_x) + 40 * thirds_x
    waves_x += 150 * np.sin(np.pi / 12 * x) + 300 * np.sin(np.pi / 30 * x)
    north_m = -100 + 2 * x + (3 + 0.2 * y) * y + xy + 0.2 * root + (ripple + waves_y) * (2 / 3)
    east_m = 300 + (1 + 0.1 * x) * x + 2 * y + xy + 0.1 * root + (ripple + waves_x) * (2 / 3)
    cos_lat = np.cos(np.pi / 180 * lat)
    flat = 1 - _KRASSOVSKY_E2 * (1 - cos_lat * cos_lat)
    per_normal_m = np.sqrt(flat) * (180 / np.pi / _KRASSOVSKY_A_M)  # degrees of the prime vertical
    return east_m * per_normal_m / cos_lat, north_m * per_normal_m * flat / (1 - _KRASSOVSKY_E2)


def _thrice(sine: _Degrees) -> _Degrees:
    return (3 - 4 * sine * sine) * sine


def _bd09_shift(lon: _Degrees, lat: _Degrees) -> tuple[_Degrees, _Degrees]:
    """Return the rotation and stretch that BD-09 adds to GCJ-02, in degrees.

    It is written as a difference, so that single precision loses nothing. The rotation is so small
    (3e-6) that its sine is itself and its cosine 1 - turn²/2 to the last digit.
    """
    turn = 0.000003 * np.cos(_BD_TURN * lon)
    stretch = 0.00002 * np.sin(_BD_TURN * lat) / np.sqrt(lon * lon + lat * lat)
    along, across = stretch - turn * turn / 2, turn * (1 + stretch)
    return lon * along - lat * across + 0.0065, lat * along + lon * across + 0.006


_SHIFTS: dict[Datum, tuple[_Shift, ...]] = {
    Datum.WGS84: (),
    Datum.CGCS2000: (),
    Datum.GCJ02: (_gcj02_shift,),
    Datum.BD09: (_gcj02_shift, _bd09_shift),
}
