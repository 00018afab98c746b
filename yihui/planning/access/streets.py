"""Access by street: the pairs of demand and places by their ways, and access by the straight line beside it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from geo.coverage.equity import Equity, compute_equity
from geo.coverage.floating import CatchmentPairs, DistanceDecay, two_step_access
from geo.coverage.neighbours import find_neighbours
from geo.coverage.street_pairs import collect_street_pairs
from geo.geodesy import Floats
from yihui.planning.study.study import access_denominator

if TYPE_CHECKING:
    from geo.coverage import Demand
    from yihui.planning.access.request import AccessOrder


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


def find_catchments(points: Floats, places: Floats, order: "AccessOrder") -> Catchments:
    """Find the pairs within reach, by street where the order says so.

    *Raises*: ValueError for too many pairs, RoutingUnavailable if Valhalla fails.
    """
    if order.streets is None:
        return find_straight_catchments(points, places, DistanceDecay.from_zones(order.zones))
    reach = order.streets.build_reach()
    zones = order.zones if order.streets.within_s is None else ((order.streets.within_s, 1.0),)
    found = collect_street_pairs(points, places, reach)
    return Catchments(
        CatchmentPairs(found.point, found.place, found.costs(reach)), DistanceDecay.from_zones(zones)
    )


def find_straight_catchments(points: Floats, places: Floats, decay: DistanceDecay) -> Catchments:
    """Find the pairs within the limit by the straight line. *Raises*: ValueError for too many pairs."""
    near = find_neighbours(points, places, decay.limit)
    return Catchments(CatchmentPairs.from_compressed_rows(near.start, near.station, near.distance_m), decay)


def compute_straight_equity(
    demand: "Demand", around: "Demand | None", places: Floats, offered: Floats, order: "AccessOrder"
) -> Equity:
    """Compute how evenly access is shared by the straight line.

    The zones are those of the order, or one zone as wide as the straight line that its limit in minutes allows.
    """
    streets = order.streets
    zones = order.zones if streets is None or streets.within_s is None else ((streets.straight_m, 1.0),)
    points, weight = demand.join_points(around)
    found = find_straight_catchments(points, places, DistanceDecay.from_zones(zones))
    access = found.measure(weight, offered)[: len(demand)] * access_denominator(demand.unit)
    return compute_equity(access, demand.weight)
