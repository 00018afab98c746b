"""Which stations each point can reach, by straight line or by streets."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.coverage.cells import cells_at_points
from geo.coverage.neighbours import MAX_RADIUS_M, Neighbours, iter_neighbours
from geo.coverage.reach import PairRoutes, Reach
from geo.geodesy import Floats
from geo.nearest.travel import max_straight_distance_m

PointRows = slice | NDArray[np.intp]

ROUTER_ROUNDING, ROUTER_ROUNDING_M = 1.02, 5.0  # a router's lengths may be too short by this much
_QUARTER = 7  # H3 resolution (cells of 5 km²) by which points are ordered


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
        here = order[rows]
        yield here, _within(near, network.routes_of_pairs(points[here], places, near), reach)


def straight_bound_m(reach: Reach) -> float:
    """Return the straight line beyond which no place is within the reach of its network. *Raises*: ValueError."""
    network = reach.network
    assert network is not None, "a straight line has no bound but its radius"
    if reach.within_s is None:
        assert reach.street_m is not None, "a network has a limit"
        return min(reach.street_m * ROUTER_ROUNDING + ROUTER_ROUNDING_M, MAX_RADIUS_M)
    bound_m = max_straight_distance_m(reach.within_s, network.top_speed_m_per_s)
    if bound_m > MAX_RADIUS_M:
        speed = network.top_speed_m_per_s
        raise ValueError(f"{reach.within_s} s at {speed} m/s lead beyond 100 km; give fewer seconds")
    return bound_m


def _within(near: Neighbours, routes: PairRoutes, reach: Reach) -> RoutedPairs:
    good = routes.metres <= (np.inf if reach.street_m is None else reach.street_m)
    good &= routes.seconds <= (np.inf if reach.within_s is None else reach.within_s)
    good &= np.isfinite(routes.seconds)
    return RoutedPairs(near.filter_pairs(good), routes.seconds[good], routes.metres[good], routes.off_network)
