"""Which stations each point can reach, by straight line or by streets."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from geo.coverage.cells import cells_at_points
from geo.coverage.neighbours import Neighbours, iter_neighbours
from geo.coverage.reach import MAX_RADIUS_M, Reach
from geo.geodesy import Floats
from geo.nearest.travel import Network, RouteCosts, max_straight_distance_m

PointRows = slice | NDArray[np.intp]

_TOGETHER = 48  # starting points per query to a network that accepts several
_QUARTER = 7  # H3 resolution (cells of 5 km²) by which points are ordered


@runtime_checkable
class BatchNetwork(Protocol):
    """A network that computes routes from several starts in one call, which is much faster."""

    def ways_between(self, starts: Floats, ends: Floats) -> list[RouteCosts | None]:
        """Return the result of `geo.nearest.travel.Network.ways` for each start.

        *Shape*: (n, 2) and (m, 2), lon, lat.
        """
        ...


@dataclass(frozen=True, slots=True)
class RoutedPairs:
    """The pairs whose route takes no longer than the limit.

    ``off_network`` marks points that have a place nearby but no street.
    *Shape*: ``seconds`` is (pairs,), ``off_network`` (n,).
    """

    near: Neighbours
    seconds: Floats
    off_network: NDArray[np.bool_]


def pairs_in_reach(points: Floats, places: Floats, reach: Reach) -> Iterator[tuple[PointRows, Neighbours]]:
    """Yield, for groups of points, the places within reach of each point, open or not."""
    if reach.network is None:
        yield from iter_neighbours(points, places, reach.radius_m)
        return
    for rows, ways in routes_in_reach(points, places, reach):
        yield rows, ways.near


def routes_in_reach(
    points: Floats, places: Floats, reach: Reach
) -> Iterator[tuple[NDArray[np.intp], RoutedPairs]]:
    """Yield, for groups of points, the places within reach by the network.

    The network is queried for all places that a straight line at its top speed reaches in time.
    *Raises*: ValueError where that is beyond 100 km.
    """
    network, within_s = reach.network, reach.within_s
    if network is None or within_s is None:
        raise ValueError("a reach without a network has no ways; give network and within_s")
    bound_m = max_straight_distance_m(within_s, network)
    if bound_m > MAX_RADIUS_M:
        speed = network.top_speed_m_per_s
        raise ValueError(f"{within_s} s at {speed} m/s lead beyond 100 km; give fewer seconds")
    order = np.argsort(
        cells_at_points(points, _QUARTER), kind="stable"
    )  # so that neighbouring points share one query
    for rows, near in iter_neighbours(points[order], places, bound_m):
        for first in range(0, len(near), _TOGETHER):
            part = near.slice_points(first, first + _TOGETHER)
            here = order[rows][first : first + _TOGETHER]
            yield here, _ways(points[here], places, part, network, within_s)


def _ways(points: Floats, places: Floats, near: Neighbours, network: Network, within_s: float) -> RoutedPairs:
    seconds, off = np.full(len(near.station), np.inf), np.zeros(len(points), dtype=bool)
    asked = np.flatnonzero(near.count)
    if isinstance(network, BatchNetwork):
        each = _at_once(points, places, near, network, asked)
    else:
        each = _one_by_one(points, places, near, network, asked)
    for row, found in zip(asked.tolist(), each, strict=True):
        off[row] = found is None
        if found is not None:
            seconds[near.start[row] : near.start[row + 1]] = found
    good = seconds <= within_s
    return RoutedPairs(near.filter_pairs(good), seconds[good], off)


def _one_by_one(
    points: Floats, places: Floats, near: Neighbours, network: Network, asked: NDArray[np.intp]
) -> Iterator[Floats | None]:
    for row in asked.tolist():
        lon, lat = points[row].tolist()
        ways = network.ways((lon, lat), places[near.station[near.start[row] : near.start[row + 1]]])
        yield None if ways is None else ways.seconds


def _at_once(
    points: Floats, places: Floats, near: Neighbours, network: BatchNetwork, asked: NDArray[np.intp]
) -> Iterator[Floats | None]:
    if not asked.size:
        return
    ends, end = np.unique(near.station, return_inverse=True)
    answers = network.ways_between(points[asked], places[ends])
    for row, ways in zip(asked.tolist(), answers, strict=True):
        yield None if ways is None else ways.seconds[end[near.start[row] : near.start[row + 1]]]
