"""The gate before the ingress table: closed while too much waits, so that whoever sends slows down."""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from threading import Lock
from time import monotonic

from events.ingress_level import ingress_backlog
from yihui.bootstrap import Wiring

AGAIN_S = 5  # what a sender is told to wait
_LOOK_EVERY_S = 1.0


class Overfull(Exception):
    """So many events wait already; nothing was accepted."""

    def __init__(self, limit: int) -> None:
        super().__init__(str(limit))
        self.limit = limit


@dataclass(slots=True)
class Gate:
    """Looks at the table now and then and counts in between; other processes are seen at the next look."""

    limit: int
    look: Callable[[], int]  # how many wait; need not count beyond the limit
    clock: Callable[[], float] = monotonic
    _level: int = 0
    _looked_at: float = -inf
    _is_full: bool = False
    _lock: Lock = field(default_factory=Lock)

    def check(self) -> None:
        """*Raises*: Overfull; StoreError where the table can't be looked at."""
        with self._lock:
            is_stale = self.clock() - self._looked_at >= _LOOK_EVERY_S
            if is_stale or (self._level >= self.limit and not self._is_full):
                self._level = self.look()
                self._looked_at = self.clock()
                self._is_full = self._level >= self.limit
            if self._is_full:
                raise Overfull(self.limit)

    def note(self, number: int) -> None:
        """So many more were accepted here."""
        with self._lock:
            self._level += number


def gate_of(wiring: Wiring) -> Gate:
    limit = wiring.settings.ingress_limit

    def look() -> int:
        with wiring.database.read() as connection:
            return ingress_backlog(connection, limit)

    return Gate(limit, look)
