"""All pairs of a point and a place within reach by street, in one table."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.coverage.neighbours import MAX_NEIGHBOUR_PAIRS, Neighbours
from geo.coverage.pairs import routes_in_reach
from geo.coverage.reach import PairRoutes, Reach
from geo.geodesy import Floats


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


@dataclass(frozen=True, slots=True)
class StreetPairs:
    """The pairs within reach by street, sorted by point, then by place.

    ``off_network`` marks the points that have a place nearby but no street; they are in no pair.
    *Shape*: ``point``, ``place`` (positions), ``seconds`` and ``metres`` are (pairs,), ``off_network`` (n,).
    """

    point: NDArray[np.intp]
    place: NDArray[np.intp]
    seconds: Floats
    metres: Floats
    off_network: NDArray[np.bool_]

    def costs(self, reach: Reach) -> Floats:
        """Return the cost that the reach limits: seconds or metres. *Shape*: (pairs,)."""
        return self.seconds if reach.street_m is None else self.metres


def collect_street_pairs(points: Floats, places: Floats, reach: Reach) -> StreetPairs:
    """Collect the pairs within reach by street. *Shape*: (n, 2) and (m, 2), lon, lat. *CRS*: WGS84.

    *Raises*: ValueError for a reach without a network, or more than `MAX_NEIGHBOUR_PAIRS`.
    """
    parts, pairs = [(np.empty(0, np.intp), np.empty(0, np.intp), np.empty(0), np.empty(0))], 0
    off = np.zeros(len(points), dtype=bool)
    for rows, found in routes_in_reach(points, places, reach) if len(points) else ():
        near = found.near
        off[rows] = found.off_network
        parts.append((rows[near.row], near.station.astype(np.intp), found.seconds, found.metres))
        pairs += len(near.station)
        if pairs > MAX_NEIGHBOUR_PAIRS:
            raise ValueError(f"more than {MAX_NEIGHBOUR_PAIRS:,} pairs are within reach; give a lower limit")
    point, place, seconds, metres = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((place, point))
    return StreetPairs(point[order], place[order], seconds[order], metres[order], off)
