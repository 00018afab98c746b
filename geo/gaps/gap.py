"""A gap: touching ground without a place that will do, and the hours at which there is none."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.nearest.point_tree import Indices


@dataclass(frozen=True, slots=True, eq=False)
class Gap:
    """Demand without a place within reach at the same instants, in touching cells of one district.

    ``district`` is the code of its demand, None where that has none. ``rows`` are positions in the demand
    that was looked at, ``cells`` the names of the H3 cells in which it lies (and of those between them),
    ``geometry`` their union, ``area_m2`` its geodesic area, in which every cell counts whole. ``lon`` and ``lat`` are one of its own points of
    demand, the one nearest to its middle. ``unmet`` says at which of the instants there is no place, and
    ``demand_hours`` is the demand times their number, by which gaps are ranked. The same ground and hours have
    the same ``id``, whatever the demand and the order of things.
    *CRS*: WGS84. *Units*: ``demand`` in that of the demand.
    """

    id: str
    district: str | None
    rows: Indices
    cells: tuple[str, ...]
    geometry: shapely.MultiPolygon
    area_m2: float
    lon: float
    lat: float
    demand: float
    unmet: NDArray[np.bool_]

    @property
    def hours(self) -> int:
        """At how many of the instants there is no place."""
        return int(self.unmet.sum())

    @property
    def demand_hours(self) -> float:
        return self.demand * self.hours

    @property
    def is_lasting(self) -> bool:
        """Whether there is no place at any of the instants."""
        return bool(self.unmet.all())
