"""Which stations each point can reach, by straight line or by streets; streets' answers are remembered."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from geo.coverage.cells import cells_at_points
from geo.coverage.neighbours import (
    MAX_NEIGHBOUR_PAIRS,
    MAX_RADIUS_M,
    Neighbours,
    Pairs,
    iter_neighbours,
)
from geo.coverage.reach import PairNetwork, PairRoutes, Reach
from geo.geodesy import Floats
from geo.nearest.travel import max_straight_distance_m

PointRows = slice | NDArray[np.intp]

ROUTER_ROUNDING, ROUTER_ROUNDING_M = 1.02, 5.0  # a router's lengths may be too short by this much
_QUARTER = 7  # H3 resolution (cells of 5 km²) by which points are ordered
Numbers = NDArray[np.int64]
_PLACES = 1 << 32  # a pair's key is its point's number times this, plus its place's number


def pairs_in_reach(points: Floats, places: Floats, reach: Reach) -> Iterator[tuple[PointRows, Neighbours]]:
    """Yield, for groups of points, the places within reach of each point, open or not."""
    if reach.network is None:
        yield from iter_neighbours(points, places, reach.radius_m)
        return
    for rows, near, _ in routes_in_reach(points, places, reach):
        yield rows, near


def routes_in_reach(
    points: Floats, places: Floats, reach: Reach
) -> Iterator[tuple[NDArray[np.intp], Neighbours, PairRoutes]]:
    """Yield, for groups of points, the places within reach by the network, with the routes to them.

    The network is queried for all places that a straight line at its top speed reaches in time, or that lie
    within the length in a straight line: no street is shorter.
    *Raises*: ValueError where that is beyond 100 km.
    """
    network = reach.network
    if network is None:
        raise ValueError("a reach without a network has no ways; give network and within_s or street_m")
    bound_m = straight_bound_m(reach)
    # Neighbouring points come into the same part: the network then needs fewer questions, with fewer places each.
    order = np.argsort(cells_at_points(points, _QUARTER), kind="stable")
    for rows, near in iter_neighbours(points[order], places, bound_m):
        here = order[rows]
        yield here, *_within(near, network.routes_of_pairs(points[here], places, near), reach)


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


def _within(near: Neighbours, routes: PairRoutes, reach: Reach) -> tuple[Neighbours, PairRoutes]:
    good = routes.metres <= (np.inf if reach.street_m is None else reach.street_m)
    good &= routes.seconds <= (np.inf if reach.within_s is None else reach.within_s)
    good &= np.isfinite(routes.seconds)
    within = PairRoutes(routes.seconds[good], routes.metres[good], routes.off_network)
    return near.filter_pairs(good), within


@dataclass(slots=True)
class RouteTally:
    """What a router was asked, and what it could not answer.

    ``pairs`` are within the limit by the straight line. ``without_way`` counts those of a point on a street
    to whose place no way is known. ``points`` have a place within the limit by the straight line;
    ``off_street`` counts those on no street. Neither kind ever counts as within reach. ``questions`` counts
    the calls of the router.
    """

    pairs: int = 0
    without_way: int = 0
    points: int = 0
    off_street: int = 0
    questions: int = 0

    def add(self, near: Neighbours, routes: PairRoutes) -> None:
        """Count the pairs of a question and the routes that were found for them."""
        self.pairs += len(near.station)
        self.without_way += int(np.count_nonzero(np.isinf(routes.seconds) & ~routes.off_network[near.row]))
        self.points += int(np.count_nonzero(near.count))
        self.off_street += int(np.count_nonzero(routes.off_network))


@dataclass(frozen=True, slots=True)
class StreetTerms:
    """What figures by street mean: the mode of travel and the limit, in ``within_s`` or else in ``street_m``.

    ``straight_m`` is the radius of the straight line that is shown beside them, ``tally`` what has no way.
    *Units*: seconds, metres.
    """

    mode: str
    within_s: float | None
    street_m: float | None
    straight_m: float
    tally: RouteTally


def collect_street_pairs(points: Floats, places: Floats, reach: Reach) -> tuple[Pairs, NDArray[np.bool_]]:
    """Collect the pairs within reach by street, and the points that have a place nearby but no street.

    The pairs are sorted by point, then by place; their cost is what the reach limits, seconds or metres. Points on no
    street are in no pair. *Shape*: (n, 2) and (m, 2), lon, lat, to pairs and (n,). *CRS*: WGS84.
    *Raises*: ValueError for a reach without a network, or more than `MAX_NEIGHBOUR_PAIRS`.
    """
    parts, pairs, off = list[Pairs](), 0, np.zeros(len(points), dtype=bool)
    for rows, near, found in routes_in_reach(points, places, reach) if len(points) else ():
        off[rows] = found.off_network
        cost = found.seconds if reach.street_m is None else found.metres
        parts.append(Pairs(rows[near.row], near.station, cost))
        pairs += len(near.station)
        if pairs > MAX_NEIGHBOUR_PAIRS:
            raise ValueError(f"more than {MAX_NEIGHBOUR_PAIRS:,} pairs are within reach; give a lower limit")
    every = Pairs.join(parts)
    return every.select(np.lexsort((every.place, every.point))), off


def _number_positions(known: dict[complex, int], positions: Floats) -> Numbers:
    """Return the number of each position; new ones get the next numbers. *Shape*: (n, 2) to (n,)."""
    wanted = np.ascontiguousarray(positions, dtype=np.float64).view(np.complex128).ravel().tolist()
    return np.fromiter((known.setdefault(one, len(known)) for one in wanted), np.int64, len(wanted))


@dataclass(slots=True)
class RememberedPairs:
    """A `geo.coverage.reach.PairNetwork` that asks another one for each pair once.

    It holds 24 bytes for each pair, and some 150 for each point and place.
    """

    router: PairNetwork
    _points: dict[complex, int] = field(default_factory=dict)
    _places: dict[complex, int] = field(default_factory=dict)
    _keys: Numbers = field(default_factory=lambda: np.empty(0, dtype=np.int64))  # sorted
    _seconds: Floats = field(default_factory=lambda: np.empty(0))
    _metres: Floats = field(default_factory=lambda: np.empty(0))
    _off: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, dtype=bool))  # by number of the point

    @property
    def top_speed_m_per_s(self) -> float:
        return self.router.top_speed_m_per_s

    def routes_of_pairs(self, points: Floats, places: Floats, near: Neighbours) -> PairRoutes:
        """Return the route of each pair; the router is asked for those that are new.

        *Shape*: (n, 2) and (m, 2), lon, lat. *Raises*: whatever the router raises; nothing is remembered then.
        """
        point, place = _number_positions(self._points, points), _number_positions(self._places, places)
        keys = point[near.row] * _PLACES + place[near.station]
        is_new = ~self._find(keys)[1]
        if is_new.any():
            asked = near.filter_pairs(is_new)
            self._remember(keys[is_new], point, self.router.routes_of_pairs(points, places, asked))
        position, _ = self._find(keys)
        off = np.append(self._off, np.zeros(len(self._points) - len(self._off), dtype=bool))
        return PairRoutes(self._seconds[position], self._metres[position], off[point] & (near.count > 0))

    def _find(self, keys: Numbers) -> tuple[Numbers, NDArray[np.bool_]]:
        """Return where each key stands or would stand, and whether it is known. *Shape*: (n,) to twice (n,)."""
        position = np.searchsorted(self._keys, keys)
        known = np.zeros(len(keys), dtype=bool)
        inside = position < len(self._keys)
        known[inside] = self._keys[position[inside]] == keys[inside]
        return position, known

    def _remember(self, keys: Numbers, point: Numbers, found: PairRoutes) -> None:
        all_keys = np.concatenate((self._keys, keys))
        order = np.argsort(all_keys, kind="stable")
        self._keys = all_keys[order]
        self._seconds = np.concatenate((self._seconds, found.seconds))[order]
        self._metres = np.concatenate((self._metres, found.metres))[order]
        off = np.append(self._off, np.zeros(len(self._points) - len(self._off), dtype=bool))
        off[point[found.off_network]] = True
        self._off = off
