"""How far apart stations stand: the rule of Shandong's unions, and a least distance where one is asked for."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geo.coverage.neighbours import neighbours
from geo.geodesy import Floats, geocentric, geodesic_m
from geo.nearest.point_tree import Indices

_BLOCK = 20_000  # pairs whose geodesics are taken together


@dataclass(frozen=True, slots=True)
class SpacingRule:
    """In towns a station's nearest neighbour is less than ``most_m`` away, where people are dense ``most_dense_m``.

    It is a greatest distance, for towns only: see docs/decisions/0028. How dense a place is, is the demand
    within ``around_m`` of it over the area of that circle; a town begins at ``town_per_km2``, dense is what
    has ``dense_per_km2`` or more.
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
        """How far the nearest neighbour may be, by density; infinite outside towns. *Shape*: (n,)."""
        in_town = np.where(per_km2 >= self.town_per_km2, self.most_m, np.inf)
        return np.asarray(np.where(per_km2 >= self.dense_per_km2, self.most_dense_m, in_town))

    def density(self, points: Floats, demand_points: Floats, weight: Floats) -> Floats:
        """Demand per km² around each point. *Shape*: (n,)."""
        area_km2 = np.pi * (self.around_m / 1_000.0) ** 2
        return weight_within(points, demand_points, weight, self.around_m) / area_km2


def weight_within(points: Floats, others: Floats, weight: Floats, radius_m: float) -> Floats:
    """The weight of those others that lie within a radius of each point. *Shape*: (n,)."""
    near = neighbours(points, others, radius_m)
    return np.bincount(near.row, weights=weight[near.station], minlength=len(points)).astype(np.float64)


def pairs_too_near(points: Floats, least_m: Floats) -> NDArray[np.intp]:
    """Which pairs of points stand nearer to each other than both of them may.

    ``least_m`` is each point's own least distance; of two that differ the smaller one counts.
    *Shape*: (n, 2) and (n,) to (k, 2), the lower position first, sorted. Exact: equal to all geodesics.
    """
    if len(points) < 2 or not least_m.max() > 0:
        return np.empty((0, 2), dtype=np.intp)
    near = neighbours(points, points, float(least_m.max()))
    once = near.row < near.station
    one, other = near.row[once], near.station[once].astype(np.intp)
    nearer = _geodesics(points, points, one, other) < np.minimum(least_m[one], least_m[other])
    return np.column_stack((one[nearer], other[nearer]))


def nearest_other_m(points: Floats, others: Floats, same: Indices | None = None) -> Floats:
    """How far the nearest of the others is from each point; infinite where there is none.

    ``same`` names, for each point, the other that is itself (its own row), or -1. *Shape*: (n,).
    """
    if not len(points) or not len(others):
        return np.full(len(points), np.inf)
    own = np.full(len(points), -1) if same is None else same
    k = min(4, len(others))
    _, found = cKDTree(geocentric(others)).query(geocentric(points), k=k)
    found = np.asarray(found, dtype=np.intp).reshape(len(points), k)
    rows = np.repeat(np.arange(len(points)), k)
    metres = _geodesics(points, others, rows, found.ravel()).reshape(len(points), k)
    return np.asarray(np.where(found == own[:, None], np.inf, metres).min(axis=1))


def _geodesics(points: Floats, others: Floats, one: Indices, other: Indices) -> Floats:
    blocks = [
        geodesic_m(points[one[start : start + _BLOCK]], others[other[start : start + _BLOCK]])
        for start in range(0, len(one), _BLOCK)
    ]
    return np.concatenate(blocks) if blocks else np.empty(0)
