"""Ask what may never answer, such as a database that hangs: for a while, and never twice at once."""

from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from threading import Lock, Thread
from typing import Generic, TypeVar

Answer = TypeVar("Answer")


@dataclass(slots=True, eq=False)
class BoundedQuestion(Generic[Answer]):
    """Asks in a thread for at most ``limit_s``; while one question hangs, no second thread and connection join it.

    What ``ask`` raises, `answer` raises in the callers' threads.
    """

    ask: Callable[[], Answer]
    limit_s: float
    _lock: Lock = field(default_factory=Lock)
    _asked: "Future[Answer] | None" = None

    def answer(self, limit_s: float | None = None) -> Answer | None:
        """Return the answer; None if there is none in time. Whoever asks meanwhile waits for the same answer."""
        asked = self.begin()
        wait([asked], self.limit_s if limit_s is None else limit_s)
        return asked.result() if asked.done() else None

    def begin(self) -> "Future[Answer]":
        """Ask, unless a question is being asked; don't wait for the answer."""
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
