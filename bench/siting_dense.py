"""Solve dense instances at full length, and prove one on the ellipsoid."""

from collections.abc import Iterator

from bench.measurement import Measurement
from bench.siting_known import BEST_KNOWN, SHARED_DATA, measure_dense, prove_manhattan

LONG_S = 200.0


def measure() -> Iterator[Measurement]:
    """Measure them; return nothing if the data is missing."""
    if not (SHARED_DATA / "siting").is_dir():
        return
    yield prove_manhattan()
    yield from (measure_dense(p, radius_m, LONG_S) for p, radius_m in BEST_KNOWN)
