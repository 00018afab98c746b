"""A gap: connected ground without a usable place, and the hours at which there is none."""

from dataclasses import dataclass
from math import fsum

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.geodesy import Floats
from geo.nearest.vector_tree import Indices


@dataclass(frozen=True, slots=True, eq=False)
class Gap:
    """Demand that lacks a place within reach at the same instants, in touching cells of one district.

    ``district`` is the code of its demand, or None. ``rows`` are positions in the demand that was searched,
    ``cells`` the names of the H3 cells in which they lie (and of the empty cells between them), ``geometry``
    the union of the cells and ``area_m2`` its geodesic area; every cell counts in full. ``lon`` and ``lat``
    are the demand point nearest to the gap's mean position. ``unmet`` marks the instants without a place,
    and ``unmet_demand`` is the demand that arises then: ``demand`` where it stands at every hour
    (`Demand.hour`). Gaps are ranked by its sum, ``demand_hours``. The same ground and hours give the same ``id``, whatever the demand and the order of the input.
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
    unmet_demand: Floats

    @property
    def hours(self) -> int:
        """The number of instants without a place."""
        return int(self.unmet.sum())

    @property
    def demand_hours(self) -> float:
        return fsum(self.unmet_demand)

    @property
    def is_lasting(self) -> bool:
        """Whether there is no place at any of the instants."""
        return bool(self.unmet.all())
