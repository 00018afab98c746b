"""Run a job repeatedly in a background thread until it is stopped."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Thread

from events.stream.faults import NoStream
from store import StoreError

_LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class BackgroundJob:
    """A job in a thread of its own; ``trouble`` is the error of the last run, or None."""

    work: Callable[[], object]
    every_s: float
    stall_message: str  # log message that names what waits while the job fails
    trouble: str | None = None
    _woken: Event = field(default_factory=Event)
    _stopped: Event = field(default_factory=Event)
    _thread: Thread | None = None
    _looks_again: bool = True

    def wake(self) -> None:
        """Run the job now."""
        self._woken.set()

    def start(self) -> None:
        self._thread = Thread(target=self._run, name=self.stall_message, daemon=True)
        self._thread.start()

    def stop(self, *, within_s: float | None = None) -> None:
        """Stop after one last run, so that earlier work is done.

        With ``within_s``, skip the last run and wait at most that long.
        """
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
        except Exception as error:  # noqa: BLE001 whatever the error, the job runs again at the next interval
            return log_trouble(error, self.stall_message)
        return None


def log_trouble(error: BaseException, stands: str) -> str:
    """Log an error that stops work, and return its text.

    The text of other libraries' errors is left out, because it may name a person.
    """
    trouble = str(error) if isinstance(error, NoStream | StoreError) else type(error).__name__
    _LOG.error("%s: %s", stands, trouble)
    return trouble
