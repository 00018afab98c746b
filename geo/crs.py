"""The four datums of Chinese web maps, and the way between each of them and WGS84."""

from collections.abc import Callable
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

Points = NDArray[np.float64]  # Shape (n, 2), lon, lat


class Datum(StrEnum):
    """What a pair of coordinates is measured against.

    CGCS2000 differs from WGS84 by centimetres and is treated as WGS84.
    """

    WGS84 = "wgs84"
    CGCS2000 = "cgcs2000"
    GCJ02 = "gcj02"
    BD09 = "bd09"


# The public formula shifts on the ellipsoid of Krassovsky and leaves points outside this box alone.
_KRASSOVSKY_A_M = 6_378_245.0
_KRASSOVSKY_E2 = 0.00669342162296594323
_BOX = np.array([(72.004, 0.8293), (137.8347, 55.8271)])

_BD_TURN = np.pi * 3000.0 / 180.0
_CLOSE_ENOUGH_DEG = 1e-9  # 0.1 mm
_MOST_STEPS = 20  # five are enough anywhere in China
_BLOCK = 16_384  # rows at a time, so that the intermediate arrays stay in the processor's cache


def to_wgs84(points: ArrayLike, datum: Datum) -> Points:
    """The same places in WGS84.

    *Shape*: (n, 2), lon, lat; NaN stays NaN. *CRS*: ``datum`` in, WGS84 out; the round trip is good
    to 0.01 m. A place whose WGS84 coordinates lie outside lon 72.004..137.8347, lat 0.8293..55.8271
    has none of the Chinese shifts and passes through; along the edge of that box, where two places
    share a shifted coordinate, the one inside the box is meant.
    *Raises*: ValueError when the shape is wrong. *Source*: the public formula, as in gcoord and
    eviltransform.
    """
    shift = _SHIFTS[datum]
    shifted = _pairs(points)
    if shift is None:
        return shifted.copy()
    return _in_blocks(shifted, lambda block: _undo(block, shift))


def from_wgs84(points: ArrayLike, datum: Datum) -> Points:
    """The same places in another datum.

    *Shape*: (n, 2), lon, lat; NaN stays NaN. *CRS*: WGS84 in, ``datum`` out; outside the box named
    at `to_wgs84` nothing is shifted. *Raises*: ValueError when the shape is wrong.
    """
    shift = _SHIFTS[datum]
    true = _pairs(points)
    if shift is None:
        return true.copy()
    return _in_blocks(
        true, lambda block: np.where(_in_box(block)[:, None], block + shift(np.clip(block, *_BOX)), block)
    )


def _pairs(points: ArrayLike) -> Points:
    pairs = np.asarray(points, dtype=np.float64)
    if pairs.ndim != 2 or pairs.shape[1] != 2:
        raise ValueError(f"points have the shape {pairs.shape}; give (n, 2): longitude, latitude")
    return pairs


def _in_blocks(points: Points, work: Callable[[Points], Points]) -> Points:
    done = np.empty_like(points)
    for start in range(0, len(points), _BLOCK):
        done[start : start + _BLOCK] = work(points[start : start + _BLOCK])
    return done


def _in_box(points: Points, slack_deg: float = 0.0) -> NDArray[np.bool_]:
    inside = (points >= _BOX[0] - slack_deg) & (points <= _BOX[1] + slack_deg)
    return np.asarray(inside[:, 0] & inside[:, 1])


def _undo(shifted: Points, shift: Callable[[Points], Points]) -> Points:
    """Fixed point of ``true = shifted - shift(true)``: the shift changes so slowly that it contracts.

    Outside the box the formula has no meaning (and overflows at the poles), so it sees clipped points.
    """
    true = shifted
    for _ in range(_MOST_STEPS):
        better = shifted - shift(np.clip(true, *_BOX))
        moved = np.abs(better - true)
        true = better
        if not (moved > _CLOSE_ENOUGH_DEG).any():
            break
    return np.where(_in_box(true, _CLOSE_ENOUGH_DEG)[:, None], true, shifted)


def _gcj02_shift(points: Points) -> Points:
    x, y = points[:, 0] - 105.0, points[:, 1] - 35.0
    root, xy = np.sqrt(np.abs(x)), x * y
    ripple = 20.0 * np.sin(6.0 * np.pi * x) + 20.0 * np.sin(2.0 * np.pi * x)
    waves_y = 20.0 * np.sin(np.pi * y) + 40.0 * np.sin(np.pi / 3.0 * y)
    waves_y += 160.0 * np.sin(np.pi / 12.0 * y) + 320.0 * np.sin(np.pi / 30.0 * y)
    waves_x = 20.0 * np.sin(np.pi * x) + 40.0 * np.sin(np.pi / 3.0 * x)
    waves_x += 150.0 * np.sin(np.pi / 12.0 * x) + 300.0 * np.sin(np.pi / 30.0 * x)
    north_m = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * xy + 0.2 * root + (ripple + waves_y) * 2 / 3
    east_m = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * xy + 0.1 * root + (ripple + waves_x) * 2 / 3
    lat = np.radians(points[:, 1])
    flat = 1.0 - _KRASSOVSKY_E2 * np.sin(lat) ** 2
    normal_m = _KRASSOVSKY_A_M / np.sqrt(flat)
    meridian_m = normal_m * (1.0 - _KRASSOVSKY_E2) / flat
    return np.column_stack((np.degrees(east_m / (normal_m * np.cos(lat))), np.degrees(north_m / meridian_m)))


def _bd09_shift(points: Points) -> Points:
    """Baidu's turn on top of GCJ-02; both as one shift, so that one inverse serves."""
    gcj = points + _gcj02_shift(points)
    lon, lat = gcj[:, 0], gcj[:, 1]
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BD_TURN)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BD_TURN)
    bd = np.column_stack((radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006))
    return bd - points


_SHIFTS: dict[Datum, Callable[[Points], Points] | None] = {
    Datum.WGS84: None,
    Datum.CGCS2000: None,
    Datum.GCJ02: _gcj02_shift,
    Datum.BD09: _bd09_shift,
}
