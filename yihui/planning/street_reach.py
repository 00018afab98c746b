"""A planner's reach by street: the limit in minutes or metres, and the straight line that is shown beside it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from geo.coverage.demand import Demand
from geo.coverage.hours import compute_openness
from geo.coverage.neighbours import count_neighbours, iter_neighbours
from geo.coverage.pairs import RememberedPairs, RouteTally, StreetTerms, pairs_in_reach, straight_bound_m
from geo.coverage.reach import OPEN_TO_ALL, Reach
from geo.coverage.served import ServedDemand, coverage_at
from geo.nearest.filters import Filters
from geo.nearest.index import StationIndex
from geo.nearest.travel import Travel
from yihui.bootstrap import Wiring
from yihui.services.stations.street_network import open_street_network
from yihui.services.stations.travel_times import StreetMatrix

MAX_WAYS = 40_000_000  # of one analysis, 24 bytes each, and as much again while they are sorted
WAYS_SOURCE = "© OpenStreetMap contributors (ODbL)"
WAYS_ATTRIBUTION = N_("Ways by street: © OpenStreetMap contributors (ODbL)")
STREET_REACH_FAULTS = FaultTable(
    "usage",
    {
        "too_many": (
            N_("too many ways lead to places within {value} m"),
            N_("give a smaller radius, a smaller {option_area}, or leave {option_travel} out"),
        )
    },
)


@dataclass(frozen=True, slots=True)
class StreetReach:
    """The streets, and the limit of a fastest route: ``within_s`` seconds, or ``street_m`` metres of its length.

    One of both is None. ``memory``, if there is one, asks for each way once; ``tally`` then counts the ways of the
    demand, else the network counts what it was asked. *Units*: seconds, metres.
    """

    network: StreetMatrix
    within_s: float | None
    street_m: float | None
    memory: RememberedPairs | None = None
    tally: RouteTally | None = None

    @property
    def terms(self) -> StreetTerms:
        """What the figures mean, and what had no way so far."""
        mode = self.network.streets.travel.mode
        tally = self.tally or self.network.tally
        return StreetTerms(mode, self.within_s, self.street_m, self.straight_m, tally)

    @property
    def straight_m(self) -> float:
        """The radius of the straight line beside it: the same metres, or as far as one gets in that time."""
        if self.street_m is not None:
            return self.street_m
        assert self.within_s is not None, "there is one limit"
        return self.within_s * self.network.top_speed_m_per_s

    def count_so_far(self) -> StreetTerms:
        """Return the terms with what had no way until now; later questions leave them alone."""
        terms = self.terms
        return replace(terms, tally=replace(terms.tally))

    def build_reach(self) -> Reach:
        """Return the reach by street."""
        network = self.memory or self.network
        return Reach(self.straight_m, network=network, within_s=self.within_s, street_m=self.street_m)

    def cover_straight(
        self, demand: Demand, index: StationIndex, at: datetime, filters: Filters = OPEN_TO_ALL
    ) -> ServedDemand:
        """Return which demand the straight line beside it serves, of exact ground where the demand is spread evenly."""
        return coverage_at(demand, index, at, Reach(self.straight_m, filters=filters))

    def collect_ways(
        self,
        demand: Demand,
        index: StationIndex,
        instants: Sequence[datetime],
        longest_m: float | None = None,
    ) -> "StreetReach":
        """Ask for the ways of an analysis, and return the same reach, which remembers them.

        They are those from all demand to every place that is open to all at one of the instants, up to the limit,
        or up to ``longest_m`` along the streets. *Raises*: RoutingUnavailable; FaultError for too many ways.
        """
        network, wide = self.network, self.build_reach()
        if longest_m is not None:
            network = replace(network, limit_s=longest_m / network.top_speed_m_per_s)
            wide = replace(wide, network=network, street_m=longest_m)
        ever = compute_openness(index, instants, wide.filters).any(axis=1)
        places, bound_m = index.points[ever], straight_bound_m(wide)
        if count_neighbours(demand.points, places, bound_m) > MAX_WAYS:
            raise FaultError(STREET_REACH_FAULTS.build("too_many", field="--radius", value=f"{bound_m:,.0f}"))
        memory = RememberedPairs(network)
        for _ in pairs_in_reach(demand.points, places, replace(wide, network=memory)):
            pass
        memory.router = self.network  # what is asked later goes no farther than the limit
        tally = RouteTally()  # of the remembered ways within the limit by the straight line
        for rows, near in iter_neighbours(demand.points, places, straight_bound_m(self.build_reach())):
            tally.add(near, memory.routes_of_pairs(demand.points[rows], places, near))
        return replace(self, memory=memory, tally=tally)


def open_street_reach(
    wiring: Wiring, travel: Travel, minutes: float | None, radius_m: float, folder: Path | None = None
) -> StreetReach:
    """Open the streets for a way of travelling, with a limit in minutes, or else in metres along the streets.

    *Raises*: RoutingUnavailable where no streets are built.
    """
    streets = open_street_network(wiring, travel, folder)
    within_s = None if minutes is None else minutes * 60
    limit_s = within_s or radius_m / streets.top_speed_m_per_s
    matrix = StreetMatrix(streets, limit_s, wiring.render(N_("asking for ways")))
    return StreetReach(matrix, within_s, None if minutes is not None else radius_m)
