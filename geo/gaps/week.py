"""Hours of a week as spans that recur on some days."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from core.civil_time import HOURS_A_WEEK

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
