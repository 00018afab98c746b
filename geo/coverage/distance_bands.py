"""Demand by bands of the distance to the nearest place."""

from dataclasses import dataclass

import numpy as np

from geo.geodesy import Floats

BAND_EDGES_M = (0.0, 250.0, 500.0, 1_000.0, 2_000.0, 5_000.0, 10_000.0, 20_000.0, 100_000.0)


@dataclass(frozen=True, slots=True)
class DistanceBand:
    """Demand whose nearest place lies ``from_m <= distance < to_m``; the last band has no end."""

    from_m: float
    to_m: float
    demand: float
    share: float


def compute_distance_bands(nearest_m: Floats, weight: Floats) -> tuple[DistanceBand, ...]:
    """Sum the demand by bands of distance. *Shape*: (n,) both."""
    total = float(weight.sum())
    edges = np.array([*BAND_EDGES_M, np.inf])
    band = np.clip(np.searchsorted(edges, nearest_m, side="right") - 1, 0, len(edges) - 2)
    demand = np.bincount(band, weights=weight, minlength=len(edges) - 1)
    return tuple(
        DistanceBand(float(low), float(high), float(amount), float(amount) / total if total else 0.0)
        for low, high, amount in zip(edges, edges[1:], demand, strict=False)
    )
