"""Work that is done again and again beside other work, until it is told to stop."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Thread

from events.stream.faults import NoStream
from store import StoreError

_LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class Steady:
    """A thread of its own; ``trouble`` names what stops the work, None while all is well."""

    work: Callable[[], object]
    every_s: float
    stands: str  # what can't go on meanwhile, for the log
    trouble: str | None = None
    _woken: Event = field(default_factory=Event)
    _stopped: Event = field(default_factory=Event)
    _thread: Thread | None = None
    _looks_again: bool = True

    def wake(self) -> None:
        """There is work: look now."""
        self._woken.set()

    def start(self) -> None:
        self._thread = Thread(target=self._run, name=self.stands, daemon=True)
        self._thread.start()

    def stop(self, *, within_s: float | None = None) -> None:
        """Look once more, so that what was there before is done, and wait for it; or end ``within_s``."""
        self._looks_again = within_s is None
        self._stopped.set()
        self._woken.set()
        if self._thread is not None:
            self._thread.join(within_s)

    def _run(self) -> None:
        while True:
            last = self._stopped.is_set()
            if not last or self._looks_again:
                self.trouble = self._look()
            if last:
                return
            self._woken.wait(self.every_s)
            self._woken.clear()

    def _look(self) -> str | None:
        try:
            self.work()
        except Exception as error:  # noqa: BLE001 whatever it is, the work waits and is tried again
            return told_of(error, self.stands)
        return None


def told_of(error: BaseException, stands: str) -> str:
    """Log what stops work, without an error's own text where it isn't ours: it may name a person."""
    if isinstance(error, NoStream):
        trouble = error.trouble
    else:
        trouble = str(error) if isinstance(error, StoreError) else type(error).__name__
    _LOG.error("%s: %s", stands, trouble)
    return trouble
