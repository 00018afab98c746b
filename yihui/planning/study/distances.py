"""How far it is to the nearest place that will do, from where the demand is."""

from dataclasses import dataclass

import numpy as np

from geo.geodesy import Floats

EDGES_M = (0.0, 250.0, 500.0, 1_000.0, 2_000.0, 5_000.0, 10_000.0, 20_000.0, 100_000.0)


@dataclass(frozen=True, slots=True)
class Band:
    """Demand whose nearest place lies ``from_m <= distance < to_m``; the last band has no end."""

    from_m: float
    to_m: float
    demand: float
    share: float


@dataclass(frozen=True, slots=True)
class Distances:
    """The distribution: half of the demand has a place within ``median_m``, nine tenths within ``p90_m``.

    Infinite where so much of the demand has none at all within 100 km. *Units*: metres.
    """

    median_m: float
    p90_m: float
    bands: tuple[Band, ...]


def distances(nearest_m: Floats, weight: Floats, median_m: float, p90_m: float) -> Distances:
    """Demand by bands of distance. *Shape*: (n,) both."""
    total = float(weight.sum())
    edges = np.array([*EDGES_M, np.inf])
    band = np.clip(np.searchsorted(edges, nearest_m, side="right") - 1, 0, len(edges) - 2)
    demand = np.bincount(band, weights=weight, minlength=len(edges) - 1)
    return Distances(
        median_m,
        p90_m,
        tuple(
            Band(float(low), float(high), float(amount), float(amount) / total if total else 0.0)
            for low, high, amount in zip(edges, edges[1:], demand, strict=False)
        ),
    )
