"""Gaps by street beside gaps by the straight line."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import fsum
from typing import TYPE_CHECKING

from geo.coverage.reach import Reach
from yihui.planning.street_reach import StreetReach

if TYPE_CHECKING:
    from geo.coverage.demand import Demand
    from geo.gaps import Gap, TownshipLimits
    from geo.nearest.index import StationIndex


@dataclass(frozen=True, slots=True)
class GapSums:
    """How many gaps there are, and their demand; ``worst`` is the hour in which most demand has no place."""

    lasting: int
    lasting_demand: float
    at_times: int
    at_times_demand: float
    worst: "WorstHour"


@dataclass(frozen=True, slots=True)
class WorstHour:
    """The position of the instant at which most demand has no place, that demand, and all demand of its hour."""

    instant: int
    unmet: float
    total: float

    @property
    def unmet_share(self) -> float:
        """The share of the demand without a place; NaN where none arises."""
        return self.unmet / self.total if self.total else float("nan")


def find_worst_hour(gaps: "Sequence[Gap]", demand: "Demand", instants: Sequence[datetime]) -> WorstHour:
    """Find the first instant at which the gaps of a demand hold the most of it."""
    import numpy as np

    held = np.zeros(len(instants))
    for gap in gaps:
        held += gap.unmet_demand
    worst = int(np.argmax(held))
    return WorstHour(worst, float(held[worst]), demand.at(instants[worst]).total)


def sum_gaps(gaps: "Sequence[Gap]", demand: "Demand", instants: Sequence[datetime]) -> GapSums:
    """Sum up the gaps of a demand at some instants."""
    lasting = [gap.demand for gap in gaps if gap.is_lasting]
    at_times = [gap.demand for gap in gaps if not gap.is_lasting]
    worst = find_worst_hour(gaps, demand, instants)
    return GapSums(len(lasting), fsum(lasting), len(at_times), fsum(at_times), worst)


def sum_straight_gaps(
    streets: StreetReach,
    demand: "Demand",
    index: "StationIndex",
    instants: Sequence[datetime],
    resolution: int,
    limits: "TownshipLimits",
) -> GapSums:
    """Find the gaps by the straight line, in cells of the same resolution and cut by the same townships, and sum them up."""
    from geo.gaps import compute_gaps

    straight = Reach(radius_m=streets.straight_m)
    found = compute_gaps(demand, index, straight, instants, resolution=resolution, limits=limits)
    return sum_gaps(found, demand, instants)
