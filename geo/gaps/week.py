"""Hours of a week as people say them: spans that recur on some days."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

HOURS_A_DAY, DAYS_A_WEEK = 24, 7
HOURS_A_WEEK = HOURS_A_DAY * DAYS_A_WEEK


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of ``hours`` full hours from ``start`` o'clock on, on each of the ``days`` (0 is Monday).

    It may reach into the next day and beyond. All week long is one span of 168 hours from Monday 0:00.
    """

    days: tuple[int, ...]
    start: int
    hours: int

    @property
    def end(self) -> int:
        """The hour at which it ends, 1 to 24, on the day ``days_later``."""
        return (self.start + self.hours - 1) % HOURS_A_DAY + 1

    @property
    def days_later(self) -> int:
        """How many days after the one on which it began it ends."""
        return (self.start + self.hours - 1) // HOURS_A_DAY


def spans(week: ArrayLike) -> tuple[Span, ...]:
    """The stretches of a week, which goes round: those alike on several days are one span.

    *Shape*: (168,) truth values, from Monday 0:00. In the order in which they first begin.
    *Raises*: ValueError for another number of hours.
    """
    holds = np.asarray(week, dtype=bool)
    if holds.shape != (HOURS_A_WEEK,):
        raise ValueError(f"a week has {HOURS_A_WEEK} hours, not {holds.shape}")
    if holds.all():
        return (Span((0,), 0, HOURS_A_WEEK),)
    days: dict[tuple[int, int], list[int]] = defaultdict(list)
    for start, hours in _stretches(holds):
        days[start % HOURS_A_DAY, hours].append(start // HOURS_A_DAY)
    found = [Span(tuple(sorted(which)), start, hours) for (start, hours), which in days.items()]
    return tuple(sorted(found, key=lambda span: (span.days[0], span.start)))


def _stretches(holds: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> list[tuple[int, int]]:
    """The hour of the week at which each begins, and how long it lasts."""
    before = np.roll(holds, 1)
    starts = np.flatnonzero(holds & ~before)
    ends = np.flatnonzero(~holds & before)
    return [(int(start), int(((ends - start) % HOURS_A_WEEK).min())) for start in starts]
