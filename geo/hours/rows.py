"""A table of distinct days: the state of each of 1,440 minutes, and the minutes at which it changes."""

import numpy as np
from numpy.typing import NDArray

from geo.hours.timetable import DAY_MINUTES

CLOSED, OPEN, UNKNOWN = 0, 1, 2


class MinuteRows:
    """A growing table of distinct days.

    Row numbers stay valid. The table is replaced when it grows, so a thread that reads the old one is not
    affected.
    """

    def __init__(self) -> None:
        self.table: NDArray[np.int8] = np.empty((0, DAY_MINUTES), np.int8)
        self.changes: list[
            tuple[tuple[int, int], ...]
        ] = []  # for each row (minute, state), starting at minute 0
        self._numbers: dict[bytes, int] = {}

    def number(self, row: bytes) -> int:
        """Return the number of a row; a new row is added. *Units*: one state per minute."""
        known = self._numbers.get(row)
        if known is not None:
            return known
        used = len(self._numbers)
        if used == len(self.table):
            grown = np.full((max(64, 2 * used), DAY_MINUTES), UNKNOWN, np.int8)
            grown[:used] = self.table
            self.table = grown
        states = np.frombuffer(row, np.int8)
        self.table[used] = states
        self.changes.append(_changes(states))
        self._numbers[row] = used
        return used


def _changes(states: NDArray[np.int8]) -> tuple[tuple[int, int], ...]:
    at = np.concatenate(([0], np.flatnonzero(np.diff(states)) + 1))
    return tuple(zip(at.tolist(), states[at].tolist(), strict=True))
