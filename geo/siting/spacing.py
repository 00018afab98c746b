"""Distances between stations: the spacing rule of Shandong's trade unions, and a minimum distance."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.coverage.neighbours import find_neighbours
from geo.geodesy import Floats, geodesic_m
from geo.nearest.exact_search import nearest_of_others
from geo.nearest.point_tree import MISSING, Indices

_BLOCK = 20_000  # pairs per geodesic computation, which needs 100 bytes for each


@dataclass(frozen=True, slots=True)
class SpacingRule:
    """The greatest distance in towns from a station to its nearest neighbour.

    It is ``most_m``, in dense places ``most_dense_m``; outside towns there is no limit: see
    docs/decisions/0028. The density of a place is the demand within ``around_m`` of it over the area of that
    circle. A town begins at ``town_per_km2``, a dense place at ``dense_per_km2``.
    *Source*: Shandong's federation in the press of August 2022 (一般城区站点间隔小于1公里，人员密集、服务需求
    较大的缩小至0.5公里); towns by the Degree of Urbanisation (1,500 people per km²), dense by Japan's
    Densely Inhabited Districts (4,000), since the rule gives no figure.
    """

    most_m: float = 1_000.0
    most_dense_m: float = 500.0
    town_per_km2: float = 1_500.0
    dense_per_km2: float = 4_000.0
    around_m: float = 1_000.0

    def __post_init__(self) -> None:
        for name in ("most_m", "most_dense_m", "around_m"):
            metres = getattr(self, name)
            if not 0 < metres <= 100_000:
                raise ValueError(f"{name} is {metres}; give metres, above 0 and at most 100,000")
        for name in ("town_per_km2", "dense_per_km2"):
            if not 0 <= getattr(self, name) < np.inf:
                raise ValueError(f"{name} is {getattr(self, name)}; give demand per km², 0 or more")
        if self.most_dense_m > self.most_m or self.dense_per_km2 < self.town_per_km2:
            raise ValueError("dense places are closer together and denser than towns; swap the two figures")

    def limit_m(self, per_km2: Floats) -> Floats:
        """Return how far the nearest neighbour may be, by density; infinite outside towns. *Shape*: (n,)."""
        in_town = np.where(per_km2 >= self.town_per_km2, self.most_m, np.inf)
        return np.asarray(np.where(per_km2 >= self.dense_per_km2, self.most_dense_m, in_town))

    def density_per_km2(self, points: Floats, demand_points: Floats, weight: Floats) -> Floats:
        """Return the demand per km² around each point. *Shape*: (n,)."""
        area_km2 = np.pi * (self.around_m / 1_000.0) ** 2
        return weight_within(points, demand_points, weight, self.around_m) / area_km2


def weight_within(points: Floats, others: Floats, weight: Floats, radius_m: float) -> Floats:
    """Return the weight of the others within a radius of each point. *Shape*: (n,)."""
    near = find_neighbours(points, others, radius_m)
    return np.bincount(near.row, weights=weight[near.station], minlength=len(points)).astype(np.float64)


def pairs_too_near(points: Floats, least_m: Floats) -> NDArray[np.intp]:
    """Return the pairs of points that are nearer to each other than both of them may be.

    ``least_m`` is each point's own minimum distance; for a pair, the smaller one counts.
    *Shape*: (n, 2) and (n,) to (k, 2), the lower position first, sorted. Exact: all distances are geodesic.
    """
    if len(points) < 2 or not least_m.max() > 0:
        return np.empty((0, 2), dtype=np.intp)
    near = find_neighbours(points, points, float(least_m.max()))
    once = near.row < near.station
    one, other = near.row[once], near.station[once].astype(np.intp)
    nearer = np.empty(len(one), dtype=bool)
    for start in range(0, len(one), _BLOCK):
        here, there = one[start : start + _BLOCK], other[start : start + _BLOCK]
        nearer[start : start + _BLOCK] = geodesic_m(points[here], points[there]) < np.minimum(
            least_m[here], least_m[there]
        )
    return np.column_stack((one[nearer], other[nearer]))


def repeated_mask(points: Floats, within_m: float) -> NDArray[np.bool_]:
    """Mark points within a distance of an earlier point that is not marked itself. *Shape*: (n,)."""
    again = np.zeros(len(points), dtype=bool)
    for one, other in pairs_too_near(points, np.full(len(points), within_m)).tolist():
        again[other] |= not again[one]
    return again


def nearest_other_m(points: Floats, others: Floats, same: Indices | None = None) -> Floats:
    """Return the distance of the nearest of the others from each point; infinite where there is none.

    ``same`` is, for each point, its own row among the others, or -1. *Shape*: (n,).
    """
    found, metres = nearest_of_others(points, others, same)
    some = np.flatnonzero(found != MISSING)
    metres[some] = geodesic_m(points[some], others[found[some]])
    return metres
