"""Refuse events while too many wait in the ingress table, so that senders slow down."""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from threading import Lock
from time import monotonic

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.services.events.events import count_waiting_events

RETRY_AFTER_S = 5  # sent to the client as Retry-After
_REFRESH_INTERVAL_S = 1.0


INGRESS_FAULTS = FaultTable(
    "ingress",
    {
        "full": (
            N_("more than {limit} events wait to be handled"),
            N_(
                "send the same again in {seconds} s, and so on: nothing of it was accepted; it is taken as soon as "
                "fewer than {limit} wait"
            ),
        )
    },
)


class IngressFull(FaultError):
    """Too many events wait already; nothing was accepted."""


@dataclass(slots=True)
class IngressGate:
    """Knows how many events wait: reads the table at intervals and counts own events in between.

    Events that other processes accept are included at the next read.
    """

    limit: int
    count_waiting: Callable[[], int]  # returns how many wait; need not count beyond the limit
    clock: Callable[[], float] = monotonic
    _level: int = 0
    _looked_at: float = -inf
    _is_full: bool = False
    _lock: Lock = field(default_factory=Lock)

    def check(self) -> None:
        """Raise IngressFull if too many events wait, or StoreError if the table can't be read."""
        with self._lock:
            is_stale = self.clock() - self._looked_at >= _REFRESH_INTERVAL_S
            if is_stale or (self._level >= self.limit and not self._is_full):
                self._level = self.count_waiting()
                self._looked_at = self.clock()
                self._is_full = self._level >= self.limit
            if self._is_full:
                raise IngressFull(INGRESS_FAULTS.build("full", limit=self.limit, seconds=RETRY_AFTER_S))

    def add_accepted(self, number: int) -> None:
        """Add the number of events that this process has just accepted."""
        with self._lock:
            self._level += number


def build_ingress_gate(wiring: Wiring) -> IngressGate:
    limit = wiring.settings.ingress_limit
    return IngressGate(limit, lambda: count_waiting_events(wiring, limit))
