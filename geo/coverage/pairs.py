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
ROUTER_ROUNDING, ROUTER_ROUNDING_M = 1.02, 5.0  # a router's lengths may be too short by this much
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
class PairRoutes:
    """The fastest route of each pair, and the points that are on no street.

    *Shape*: ``seconds`` and ``metres`` are (pairs,), infinite without a route; ``off_network`` is (n,).
    """

    seconds: Floats
    metres: Floats
    off_network: NDArray[np.bool_]


@runtime_checkable
class PairNetwork(Protocol):
    """A network that computes the routes of many pairs at once, in batches of its own choice."""

    def routes_of_pairs(self, points: Floats, places: Floats, near: Neighbours) -> PairRoutes:
        """Return the route of each pair of a point and a place. *Shape*: (n, 2) and (m, 2), lon, lat."""
        ...


@dataclass(frozen=True, slots=True)
class RoutedPairs:
    """The pairs whose route is within the limit.

    ``off_network`` marks points that have a place nearby but no street.
    *Shape*: ``seconds`` and ``metres`` are (pairs,), ``off_network`` (n,).
    """

    near: Neighbours
    seconds: Floats
    metres: Floats
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

    The network is queried for all places that a straight line at its top speed reaches in time, or that lie
    within the length in a straight line: no street is shorter.
    *Raises*: ValueError where that is beyond 100 km.
    """
    network = reach.network
    if network is None:
        raise ValueError("a reach without a network has no ways; give network and within_s or street_m")
    bound_m = straight_bound_m(reach)
    order = np.argsort(
        cells_at_points(points, _QUARTER), kind="stable"
    )  # so that neighbouring points share one query
    for rows, near in iter_neighbours(points[order], places, bound_m):
        together = len(near) if isinstance(network, PairNetwork) else _TOGETHER
        for first in range(0, len(near), together):
            part = near.slice_points(first, first + together)
            here = order[rows][first : first + together]
            yield here, _within(part, _routes(points[here], places, part, network), reach)


def straight_bound_m(reach: Reach) -> float:
    """Return the straight line beyond which no place is within the reach of its network. *Raises*: ValueError."""
    network = reach.network
    assert network is not None, "a straight line has no bound but its radius"
    if reach.within_s is None:
        assert reach.street_m is not None, "a network has a limit"
        return min(reach.street_m * ROUTER_ROUNDING + ROUTER_ROUNDING_M, MAX_RADIUS_M)
    bound_m = max_straight_distance_m(reach.within_s, network)
    if bound_m > MAX_RADIUS_M:
        speed = network.top_speed_m_per_s
        raise ValueError(f"{reach.within_s} s at {speed} m/s lead beyond 100 km; give fewer seconds")
    return bound_m


def _within(near: Neighbours, routes: PairRoutes, reach: Reach) -> RoutedPairs:
    good = routes.metres <= (np.inf if reach.street_m is None else reach.street_m)
    good &= routes.seconds <= (np.inf if reach.within_s is None else reach.within_s)
    good &= np.isfinite(routes.seconds)
    return RoutedPairs(near.filter_pairs(good), routes.seconds[good], routes.metres[good], routes.off_network)


def _routes(points: Floats, places: Floats, near: Neighbours, network: Network) -> PairRoutes:
    if isinstance(network, PairNetwork):
        return network.routes_of_pairs(points, places, near)
    seconds, metres = np.full(len(near.station), np.inf), np.full(len(near.station), np.inf)
    off = np.zeros(len(points), dtype=bool)
    asked = np.flatnonzero(near.count)
    if isinstance(network, BatchNetwork):
        each = _at_once(points, places, near, network, asked)
    else:
        each = _one_by_one(points, places, near, network, asked)
    for row, found in zip(asked.tolist(), each, strict=True):
        off[row] = found is None
        if found is not None:
            pairs = slice(near.start[row], near.start[row + 1])
            seconds[pairs], metres[pairs] = found.seconds, found.metres
    return PairRoutes(seconds, metres, off)


def _one_by_one(
    points: Floats, places: Floats, near: Neighbours, network: Network, asked: NDArray[np.intp]
) -> Iterator[RouteCosts | None]:
    for row in asked.tolist():
        lon, lat = points[row].tolist()
        yield network.ways((lon, lat), places[near.station[near.start[row] : near.start[row + 1]]])


def _at_once(
    points: Floats, places: Floats, near: Neighbours, network: BatchNetwork, asked: NDArray[np.intp]
) -> Iterator[RouteCosts | None]:
    if not asked.size:
        return
    ends, end = np.unique(near.station, return_inverse=True)
    answers = network.ways_between(points[asked], places[ends])
    for row, ways in zip(asked.tolist(), answers, strict=True):
        own = end[near.start[row] : near.start[row + 1]]
        yield None if ways is None else RouteCosts(ways.seconds[own], ways.metres[own])
