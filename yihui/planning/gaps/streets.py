"""Gaps by street beside gaps by the straight line."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import fsum
from typing import TYPE_CHECKING

from geo.coverage.reach import Reach
from yihui.planning.street_reach import StreetReach

if TYPE_CHECKING:
    from geo.coverage import Demand
    from geo.gaps import Gap
    from geo.nearest.index import StationIndex


@dataclass(frozen=True, slots=True)
class GapSums:
    """How many gaps there are, and their demand.

    ``worst`` is the position of the instant at which most demand has no place, ``worst_unmet`` that demand.
    """

    lasting: int
    lasting_demand: float
    at_times: int
    at_times_demand: float
    worst: int
    worst_unmet: float


def sum_gaps(gaps: "Sequence[Gap]", instants: int) -> GapSums:
    """Sum up the gaps of some instants."""
    import numpy as np

    held = np.zeros(instants)
    for gap in gaps:
        held += gap.unmet_demand
    lasting = [gap.demand for gap in gaps if gap.is_lasting]
    at_times = [gap.demand for gap in gaps if not gap.is_lasting]
    worst = int(np.argmax(held))
    return GapSums(len(lasting), fsum(lasting), len(at_times), fsum(at_times), worst, float(held[worst]))


def sum_straight_gaps(
    streets: StreetReach | None,
    demand: "Demand",
    index: "StationIndex",
    instants: Sequence[datetime],
    resolution: int,
) -> GapSums | None:
    """Find the gaps by the straight line, in cells of the same resolution, and sum them up; None without streets."""
    from geo.gaps import compute_gaps

    if streets is None:
        return None
    straight = Reach(radius_m=streets.straight_m)
    return sum_gaps(compute_gaps(demand, index, straight, instants, resolution=resolution), len(instants))
