"""Benchmark a siting plan for a whole province: 1,000 of 5,500 sites in half a minute."""

from bench.measurement import Measurement
from bench.siting import measure_big

SITES, SHORT_S = 1_000, 30.0


def measure() -> list[Measurement]:
    return measure_big(SITES, SHORT_S)
