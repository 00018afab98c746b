"""Run work in background threads: one job at intervals, several jobs in turn, or a call that may never return."""

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from typing import Generic, TypeVar

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from events.stream.faults import NoStream
from store import StoreError

_LOG = logging.getLogger(__name__)
_JOB_FAULTS = FaultTable(
    "jobs",
    {
        "failed": (
            N_("jobs that failed: {value}; the others ran"),
            N_("look in the log why; the next run does them again"),
        )
    },
)
Answer = TypeVar("Answer")


class JobsFailed(FaultError):
    """Some of several jobs failed; the text names them and quotes no error of theirs."""


def run_each_job(
    jobs: Mapping[str, Callable[[], object]],
    count_failure: Callable[[str], object],
    is_ending: Callable[[], bool] = lambda: False,
) -> None:
    """Run every job, whether or not an earlier one failed; log and count each failure under the job's name.

    No further job begins once the process is ending: the next one begins again.

    *Raises*: JobsFailed, after the last job, if any of them failed.
    """
    failed: list[tuple[str, Exception]] = []
    for name, work in jobs.items():
        if is_ending():
            break
        try:
            work()
        except Exception as error:  # noqa: BLE001 whatever the error, the other jobs run
            log_trouble(error, f"the job {name} failed")
            count_failure(name)
            failed.append((name, error))
    if failed:
        fault = _JOB_FAULTS.build("failed", value=", ".join(name for name, _ in failed))
        raise JobsFailed(fault) from failed[0][1]


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
    trouble = str(error) if isinstance(error, NoStream | StoreError | JobsFailed) else type(error).__name__
    _LOG.error("%s: %s", stands, trouble)
    return trouble


@dataclass(slots=True, eq=False)
class BoundedQuestion(Generic[Answer]):
    """Calls ``ask`` in a thread and waits at most ``limit_s``; while one call hangs, no second one is begun.

    `answer` raises what ``ask`` raised.
    """

    ask: Callable[[], Answer]
    limit_s: float
    _lock: Lock = field(default_factory=Lock)
    _asked: "Future[Answer] | None" = None

    def answer(self, limit_s: float | None = None) -> Answer | None:
        """Return the answer, or None if it takes too long. Callers at the same time share one call."""
        asked = self.begin()
        wait([asked], self.limit_s if limit_s is None else limit_s)
        return asked.result() if asked.done() else None

    def begin(self) -> "Future[Answer]":
        """Begin a call unless one is under way, and return its future without waiting."""
        with self._lock:
            asked = self._asked
            if asked is None or asked.done():
                asked = self._asked = Future()
                Thread(target=self._ask_into, args=(asked,), name="question", daemon=True).start()
        return asked

    def _ask_into(self, asked: "Future[Answer]") -> None:
        try:
            asked.set_result(self.ask())
        except Exception as error:  # noqa: BLE001
            asked.set_exception(error)
