"""All pairs of a point and a place within reach by street, in one table."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.coverage.neighbours import MAX_NEIGHBOUR_PAIRS
from geo.coverage.pairs import routes_in_reach
from geo.coverage.reach import Reach
from geo.geodesy import Floats


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
