"""Which demand is served at an instant."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from math import fsum, sqrt

import numpy as np
from numpy.typing import NDArray

from geo.coverage.demand import Demand
from geo.coverage.even_ground import OpenTable
from geo.coverage.neighbours import MAX_RADIUS_M
from geo.coverage.pairs import routes_in_reach
from geo.coverage.reach import Reach
from geo.geodesy import ARC_ERROR_M, Floats, geodesic_m
from geo.nearest.exact_search import nearest_of_others
from geo.nearest.index import StationIndex
from geo.nearest.point_tree import MISSING, Indices

_PATCH_ERROR = 1.3
_CUT_ERROR = 0.65  # two standard deviations, as of the lattice points in a circle
_WIDEST = 4.0  # times the median spacing: wider ones aren't looked for

Mask = NDArray[np.bool_]
ProgressCallback = Callable[[int], None]  # called with the number of points done


@dataclass(frozen=True, slots=True)
class ServedDemand:
    """Which points of a demand are served, and the distance to the nearest usable place.

    ``station`` is the index position of the nearest place by straight line that is open and usable then, -1
    where none is within 100 km; ``nearest_m`` is its distance, infinite there. With a network only:
    ``seconds`` of the fastest route to any such place, infinite beyond the limit and for points that are on no
    known street; ``is_by_street`` is set. ``ground_share`` is the share of the ground that is served
    in the outline of each point, where demand is spread evenly and the reach is a straight line; NaN where only
    sample points measure it.
    *Shape*: (n,) each. *Units*: metres, seconds.
    """

    mask: Mask
    nearest_m: Floats
    station: Indices
    seconds: Floats | None = None
    ground_share: Floats | None = None
    is_by_street: bool = False

    @property
    def share(self) -> Mask | Floats:
        """The share of each point's demand that is served: of its ground where that is measured. *Shape*: (n,)."""
        return self.mask if self.ground_share is None else fill_shares(self.ground_share, self.mask)

    def tolerance(self, demand: Demand, radius_m: float) -> float:
        """Return how much demand the sum over sample points may be off by; 0 where the ground is measured."""
        weight = demand.weight if self.ground_share is None else demand.weight * np.isnan(self.ground_share)
        if not weight.any():
            return 0.0
        if self.is_by_street:
            return edge_tolerance(demand, self.mask)
        return radius_tolerance(demand, weight, self.nearest_m - radius_m)


def fill_shares(ground_share: Floats, masks: Mask) -> Floats:
    """Return the shares of the ground, and those of sample points where they are NaN."""
    return np.where(np.isnan(ground_share), masks, ground_share)


def sample_tolerance(weight: Floats, cut: Mask | Floats) -> float:
    """Return how far a sum of served sample points may be off, 19 times in 20.

    A point stands for the ground around it. Where the edge of what is within reach cuts that ground, the point counts
    whole or not at all; points in a square grid then err by `_CUT_ERROR` of their weight. ``cut`` is which points are
    cut, or how much of each. *Shape*: (n,) each.
    """
    return _CUT_ERROR * sqrt(fsum(((weight * cut) ** 2).tolist()))


def radius_tolerance(demand: Demand, weight: Floats, beyond_m: Floats) -> float:
    """Return the tolerance of a sum by the straight line, whose edge cuts the points within half their own spacing."""
    near = np.flatnonzero(np.abs(beyond_m) <= demand.spacing_m * _WIDEST)
    spacing_m = demand.find_beside(near)[0][:, 0]
    return sample_tolerance(weight[near], np.abs(beyond_m[near]) <= spacing_m / 2)


def edge_tolerance(demand: Demand, mask: Mask | Floats) -> float:
    """Return the tolerance of a sum over points whose edge is known only by the points that it parts.

    A point is cut by as much as it is served more or less than a point beside it. *Shape*: (n,).
    """
    served = np.asarray(mask, dtype=np.float64)
    return sample_tolerance(demand.weight, np.abs(served[demand.beside] - served[:, np.newaxis]).max(axis=1))


def coverage_at(
    demand: Demand,
    index: StationIndex,
    when: datetime,
    reach: Reach | None = None,
    told: ProgressCallback | None = None,
) -> ServedDemand:
    """Compute which demand has a place within reach that passes the filters at an instant.

    The radius is exact: the geodesic decides where a chord doesn't. *Units*: metres.
    *Raises*: ValueError for a naive time.
    """
    wanted = reach or Reach()
    usable = np.flatnonzero(index.passing_mask(wanted.filters, when))
    place, nearest_m = _nearest(demand.points, index.points[usable], wanted.radius_m)
    station = np.append(usable, MISSING)[place]
    if wanted.network is None:
        mask = nearest_m <= wanted.radius_m
        is_open = np.ones((len(usable), 1), dtype=np.bool_)
        shares = ground_shares(demand, index.points[usable], is_open, wanted.radius_m)
        return ServedDemand(mask, nearest_m, station, ground_share=None if shares is None else shares[:, 0])
    seconds = _soonest(demand.points, index.points[usable], wanted, told)
    return ServedDemand(np.isfinite(seconds), nearest_m, station, seconds, is_by_street=True)


def ground_shares(demand: Demand, places: Floats, is_open: OpenTable, radius_m: float) -> Floats | None:
    """Return the share of the ground of each point's outline that is served at each instant.

    NaN where only sample points measure it, None for demand that isn't spread evenly.
    *Shape*: (p, 2), (p, instants) to (n, instants).
    """
    if demand.even_ground is None:
        return None
    by_outline, row = demand.covered_shares(places, is_open, radius_m)
    return np.vstack((by_outline, np.full((1, by_outline.shape[1]), np.nan)))[row]


def distance_tolerances(demand: Demand, nearest_m: Floats, *quantiles_m: float) -> tuple[float, ...]:
    """Return how many metres each of some quantiles of the distances may be off, 19 times in 20. *Shape*: (n,)."""
    found, spacing_m = [], demand.spacing_m
    for quantile_m in quantiles_m:
        is_near = np.isfinite(nearest_m) & np.isfinite(quantile_m)
        is_near[is_near] = np.abs(nearest_m[is_near] - quantile_m) <= spacing_m / 2
        weight = demand.weight[is_near]
        found.append(_CUT_ERROR * spacing_m * float(np.linalg.norm(weight)) / (float(weight.sum()) or 1.0))
    return tuple(found)


def patch_tolerance(points: float) -> float:
    """Return how far a round patch of so many sample points may be off, 19 times in 20, as a share of it."""
    return min(1.0, _PATCH_ERROR / float(max(points, 1.0) ** 0.75))


def _nearest(points: Floats, places: Floats, radius_m: float) -> tuple[Indices, Floats]:
    """Return the nearest place of each point to a millimetre, and its distance; exact near the radius.

    *Shape*: (n, 2) to twice (n,); `MISSING` and infinity beyond 100 km.
    """
    place, nearest_m = nearest_of_others(points, places)
    beyond = nearest_m > MAX_RADIUS_M
    place[beyond], nearest_m[beyond] = MISSING, np.inf
    edge = np.flatnonzero(np.abs(nearest_m - radius_m) <= ARC_ERROR_M)
    nearest_m[edge] = geodesic_m(points[edge], places[place[edge]])
    return place, nearest_m


def _soonest(points: Floats, places: Floats, reach: Reach, told: ProgressCallback | None) -> Floats:
    seconds = np.full(len(points), np.inf)
    done = 0
    for rows, near, ways in routes_in_reach(points, places, reach):
        served = np.flatnonzero(near.count)
        if served.size:
            first = near.start[:-1][served]
            seconds[rows[served]] = np.minimum.reduceat(ways.seconds, first)
        done += len(rows)
        if told:
            told(done)
    return seconds
