"""The pairs of demand and places within reach, by street or by the straight line, and access by them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.coverage.floating import CatchmentPairs, DistanceDecay, two_step_access
from geo.coverage.neighbours import find_neighbours
from geo.coverage.pairs import collect_street_pairs
from geo.coverage.reach import Reach
from geo.geodesy import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Catchments:
    """The pairs of demand and places within reach, and the weight of their costs."""

    pairs: CatchmentPairs
    decay: DistanceDecay

    def measure(self, demand: Floats, offered: Floats) -> Floats:
        """Return access for each demand point, NaN without a place. *Shape*: (n,) and (m,) to (n,)."""
        return two_step_access(self.pairs, demand, offered, self.decay)

    def list_reached_places(self, rows: int) -> NDArray[np.intp]:
        """Return the places within reach of some of the first rows of demand."""
        return np.unique(self.pairs.place[self.pairs.demand < rows]).astype(np.intp)


def find_catchments(points: Floats, places: Floats, reach: Reach, decay: DistanceDecay) -> Catchments:
    """Find the pairs within the limit of a decay, by street where the reach is.

    *Raises*: ValueError for too many pairs, RoutingUnavailable if Valhalla fails.
    """
    if reach.network is None:
        near = find_neighbours(points, places, decay.limit)
        pairs = CatchmentPairs.from_compressed_rows(near.start, near.station.astype(np.intp), near.distance_m)
    else:
        found = collect_street_pairs(points, places, reach)
        pairs = CatchmentPairs(found.point, found.place, found.costs(reach))
    return Catchments(pairs, decay)
