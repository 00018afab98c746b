"""Sums of gaps: how many there are, how much demand they hold, and the hour in which most of it has no place."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import fsum

import numpy as np

from geo.coverage.demand import Demand
from geo.coverage.served import edge_tolerance
from geo.gaps.finding import Gap


@dataclass(frozen=True, slots=True)
class WorstHour:
    """The position of the instant at which most demand has no place, that demand, and all demand of its hour.

    ``tolerance`` is how far the demand without a place may be off.
    """

    instant: int
    unmet: float
    total: float
    tolerance: float = 0.0

    @property
    def unmet_share(self) -> float:
        """The share of the demand without a place; NaN where none arises."""
        return self.unmet / self.total if self.total else float("nan")


@dataclass(frozen=True, slots=True)
class GapSums:
    """How many gaps there are, their demand, and how far it may be off.

    ``worst`` is the hour in which most demand has no place.
    """

    lasting: int
    lasting_demand: float
    lasting_tolerance: float
    at_times: int
    at_times_demand: float
    at_times_tolerance: float
    worst: WorstHour


def find_worst_hour(gaps: Sequence[Gap], demand: Demand, instants: Sequence[datetime]) -> WorstHour:
    """Find the first instant at which the gaps of a demand hold the most of it."""
    held = np.zeros(len(instants))
    for gap in gaps:
        held += gap.unmet_demand
    worst = int(np.argmax(held))
    then = demand.at(instants[worst])
    tolerance = _tolerance([gap for gap in gaps if gap.unmet[worst]], then)
    return WorstHour(worst, float(held[worst]), then.total, tolerance)


def _tolerance(gaps: Sequence[Gap], demand: Demand) -> float:
    """Return that of the sum of some gaps: where they touch, nothing is lost."""
    rows = [row for gap in gaps for row in gap.rows.tolist()]
    return edge_tolerance(demand, np.isin(np.arange(len(demand)), rows))


def sum_gaps(gaps: Sequence[Gap], demand: Demand, instants: Sequence[datetime]) -> GapSums:
    """Sum up the gaps of a demand at some instants."""
    lasting, at_times = ([gap for gap in gaps if gap.is_lasting is one] for one in (True, False))
    return GapSums(
        *(len(lasting), fsum(gap.demand for gap in lasting), _tolerance(lasting, demand)),
        *(len(at_times), fsum(gap.demand for gap in at_times), _tolerance(at_times, demand)),
        find_worst_hour(gaps, demand, instants),
    )
