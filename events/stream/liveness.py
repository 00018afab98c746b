"""Report a worker's progress at ``/livez``, and exit a worker that makes none."""

import json
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from core.status_pages import StatusPage

_LOG = logging.getLogger(__name__)
_LOOK_EVERY_S = 0.5
EXIT_STALLED = 75


@dataclass(slots=True)
class WorkerProgress:
    """When offsets last advanced or there was nothing to do.

    ``trouble`` is what the worker waits for; a worker that reports it is not stalled.
    """

    patience_s: float
    clock: Callable[[], float] = time.monotonic
    lag: int | None = None
    trouble: str | None = None
    _since: float = field(init=False)

    def __post_init__(self) -> None:
        self._since = self.clock()

    def record_progress(self) -> None:
        """Record that offsets advanced or nothing is pending."""
        self._since, self.trouble = self.clock(), None

    def record_lag(self, lag: int) -> None:
        """Record how many messages wait in our partitions. The brokers reported it; 0 counts as progress."""
        self.lag = lag
        if not lag:
            self.record_progress()

    def record_trouble(self, trouble: str) -> None:
        """Record what the worker waits for; call it at each retry."""
        self._since, self.trouble = self.clock(), trouble

    @property
    def idle_s(self) -> float:
        """Seconds without progress."""
        return self.clock() - self._since

    @property
    def is_stalled(self) -> bool:
        """Whether the worker has made no progress for longer than ``patience_s``."""
        return self.idle_s > self.patience_s

    def page(self) -> StatusPage:
        """Return the page ``/livez``: status 503 if the worker has stalled, otherwise 200."""
        said = {
            "alive": not self.is_stalled,
            "lag": self.lag,
            "seconds_without_progress": round(self.idle_s, 1),
            "trouble": self.trouble,
        }
        return 503 if self.is_stalled else 200, "application/json", json.dumps(said).encode()


@contextmanager
def watch_progress(progress: WorkerProgress) -> Iterator[None]:
    """Exit the process when it stalls. A separate thread checks this, even while everything else hangs."""
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(_LOOK_EVERY_S):
            if progress.is_stalled:
                _LOG.critical("no progress for %.0f s, %s waiting", progress.idle_s, progress.lag)
                exit_immediately(EXIT_STALLED)

    threading.Thread(target=watch, name="liveness", daemon=True).start()
    try:
        yield
    finally:
        ended.set()


def exit_immediately(code: int) -> None:
    """Exit the process without cleanup, so that nothing can be committed any more."""
    logging.shutdown()
    os._exit(code)
