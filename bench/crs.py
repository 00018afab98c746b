"""Benchmark converting a million points from a Chinese datum to WGS84 and back."""

from collections.abc import Callable
from functools import partial
from statistics import median
from time import perf_counter

import numpy as np

from bench.measurement import Measurement
from geo.crs import Datum, from_wgs84, to_wgs84
from geo.geodesy import geodesic_m

POINTS = 1_000_000
ROUNDS = 7
GOAL_S = 0.5
CHINA_BOX = ((73.5, 18.2), (134.8, 53.5))


def measure() -> list[Measurement]:
    """Measure both directions for the two shifted datums, and the error of a round trip."""
    points = np.random.default_rng(4).uniform(*CHINA_BOX, (POINTS, 2))
    results = []
    for datum in (Datum.GCJ02, Datum.BD09):
        shifted = from_wgs84(points, datum)
        missed_mm = float(geodesic_m(points, to_wgs84(shifted, datum)).max()) * 1000
        results += [
            _timed(
                f"locator.crs_{datum}_to_wgs84",
                partial(to_wgs84, shifted, datum),
                f"there and back misses by {missed_mm:.2f} mm at most",
            ),
            _timed(f"locator.crs_wgs84_to_{datum}", partial(from_wgs84, points, datum), "the public formula"),
        ]
    return results


def _timed(name: str, work: Callable[[], object], detail: str) -> Measurement:
    work()
    seconds = median(_seconds(work) for _ in range(ROUNDS))
    detail = f"{POINTS:,} points anywhere in China; {detail}"
    return Measurement(name, seconds, "s", None, "<=", GOAL_S, seconds <= GOAL_S, detail)


def _seconds(work: Callable[[], object]) -> float:
    begin = perf_counter()
    work()
    return perf_counter() - begin
