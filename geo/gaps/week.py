"""Sums of gaps over the hours of a week, and these hours as spans that recur on some days."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import fsum

import numpy as np
from numpy.typing import ArrayLike

from core.civil_time import HOURS_A_WEEK, hour_of_week
from geo.coverage.demand import Demand
from geo.coverage.served import edge_tolerance
from geo.gaps.finding import Gap

HOURS_A_DAY, DAYS_A_WEEK = 24, 7


@dataclass(frozen=True, slots=True)
class HourSpan:
    """``hours`` full hours that begin at ``start`` o'clock on each of the ``days`` (0 is Monday).

    A span may extend into the next day or beyond. A full week is one span of 168 hours from Monday 0:00.
    """

    days: tuple[int, ...]
    start: int
    hours: int

    @property
    def end(self) -> int:
        """The hour at which the span ends, 1 to 24, on the day ``days_later``."""
        return (self.start + self.hours - 1) % HOURS_A_DAY + 1

    @property
    def days_later(self) -> int:
        """The number of days between the day of the start and the day of the end."""
        return (self.start + self.hours - 1) // HOURS_A_DAY


def weekly_spans(week: ArrayLike) -> tuple[HourSpan, ...]:
    """Return the spans of true hours in a cyclic week; equal spans on several days are merged.

    *Shape*: (168,) truth values, from Monday 0:00. Spans are sorted by when they first begin.
    *Raises*: ValueError for another number of hours.
    """
    holds = np.asarray(week, dtype=bool)
    if holds.shape != (HOURS_A_WEEK,):
        raise ValueError(f"a week has {HOURS_A_WEEK} hours, not {holds.shape}")
    if holds.all():
        return (HourSpan((0,), 0, HOURS_A_WEEK),)
    days: dict[tuple[int, int], list[int]] = defaultdict(list)
    for start, hours in _stretches(holds):
        days[start % HOURS_A_DAY, hours].append(start // HOURS_A_DAY)
    found = [HourSpan(tuple(sorted(which)), start, hours) for (start, hours), which in days.items()]
    return tuple(sorted(found, key=lambda span: (span.days[0], span.start)))


def _stretches(holds: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> list[tuple[int, int]]:
    """Return the hour of the week at which each stretch begins, and its length."""
    before = np.roll(holds, 1)
    starts = np.flatnonzero(holds & ~before)
    ends = np.flatnonzero(~holds & before)
    return [(int(start), int(((ends - start) % HOURS_A_WEEK).min())) for start in starts]


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


def instants_to_week_mask(
    unmet: ArrayLike, instants: Sequence[datetime]
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Convert truth values at some instants to hours of their week. *Shape*: (n,) to (168,)."""
    week = np.zeros(HOURS_A_WEEK, dtype=bool)
    hours = np.array([hour_of_week(when) for when in instants], dtype=np.intp)
    week[hours[np.asarray(unmet, dtype=bool)]] = True
    return week
