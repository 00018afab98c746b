"""Demand for places as weighted points: people, riders' searches, orders or ground."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.districts import Districts
from geo.geodesy import Floats, checked_points

PEOPLE_UNIT, GROUND_UNIT = "people", "m2"


@dataclass(frozen=True, slots=True)
class Demand:
    """Weighted points of demand; `from_points` builds them from anything array-like.

    *Shape*: ``points`` is (n, 2), lon, lat; ``weight`` and ``district`` are (n,), the latter the code of the
    smallest area in which a point lies, or None. *Units*: ``weight`` in ``unit`` (people, searches, orders,
    m2, …), finite and not below 0. *CRS*: WGS84.
    *Raises*: ValueError that quotes the first invalid value and counts the invalid ones.
    """

    points: Floats
    weight: Floats
    unit: str
    district: NDArray[np.object_]

    def __post_init__(self) -> None:
        checked_points(self.points)
        if self.weight.ndim != 1 or not len(self.points) == len(self.weight) == len(self.district):
            shapes = f"{self.points.shape}, {self.weight.shape} and {self.district.shape}"
            raise ValueError(f"points, weight and district have the shapes {shapes}; give (n, 2), (n,), (n,)")
        wrong = np.flatnonzero(~(np.isfinite(self.weight) & (self.weight >= 0)))
        if wrong.size:
            raise ValueError(
                f"demand {self.weight[wrong[0]]} of point {wrong[0]} is negative or no number "
                f"({wrong.size} such); give 0 or more"
            )
        if not self.unit:
            raise ValueError("the unit of the demand is empty; name it, such as people")

    @classmethod
    def from_points(
        cls,
        points: ArrayLike,
        weight: ArrayLike,
        unit: str = PEOPLE_UNIT,
        districts: Districts | Sequence[str | None] | None = None,
    ) -> "Demand":
        """Build demand from points and weights.

        ``districts`` are outlines by which each point is located, or one code per point; without them no
        point has a district. *Shape*: (n, 2) and (n,). *Raises*: ValueError.
        """
        lonlat = checked_points(points)
        weights = np.asarray(weight, dtype=np.float64).reshape(-1)
        if districts is None:
            codes = np.full(len(lonlat), None, dtype=object)
        elif isinstance(districts, Districts):
            codes = districts.assign(lonlat).code
        else:
            codes = np.array([*districts, None], dtype=object)[:-1]
        return cls(lonlat, weights, unit, codes)

    def located_in(self, districts: Districts) -> "Demand":
        """Return the same demand, each point located by other outlines."""
        return Demand.from_points(self.points, self.weight, self.unit, districts)

    def __len__(self) -> int:
        return len(self.weight)

    @property
    def total(self) -> float:
        """The sum of all weights, without rounding error."""
        return fsum(self.weight)

    def select(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> "Demand":
        """Return the demand at some of the points, by mask or by positions."""
        return Demand(self.points[rows], self.weight[rows], self.unit, self.district[rows])
