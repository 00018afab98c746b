"""What people do on the site, counted in memory and told now and then as events; nothing says who did it."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Generic, TypeVar
from uuid import uuid4

from fastapi.concurrency import run_in_threadpool

from events import Event, accept_events, parse_event
from yihui.bootstrap import Wiring
from yihui.http.ingress_gate import Gate, Overfull
from yihui.runtime.background_job import BackgroundJob

SOURCE = "/yihui/web"
TELL_EVERY_S = 600.0
MOST_KINDS = 50_000  # held in memory; what is new beyond them isn't counted

Kind = TypeVar("Kind", bound=tuple[Any, ...])


@dataclass(slots=True)
class Counting(ABC, Generic[Kind]):
    """Counts kinds of things; a thread of its own hands them to the ingress table, like anybody else's events.

    What was counted since the last time is lost where the process is killed: at most ten minutes' counts.
    """

    wiring: Wiring
    gate: Gate
    _counts: Counter[Kind] = field(default_factory=Counter)
    _waiting: Sequence[Event] = ()  # told already, but not known to be kept: told again under the same ids
    _lock: Lock = field(default_factory=Lock)
    _steady: BackgroundJob = field(init=False)

    def __post_init__(self) -> None:
        self._steady = BackgroundJob(self.tell, TELL_EVERY_S, "counts wait")

    @abstractmethod
    def event_text(self, id: str, kind: Kind, count: int) -> bytes:
        """The event that tells how many there were of a kind."""

    def count(self, kind: Kind) -> None:
        """One more."""
        with self._lock:
            known = self._counts.get(kind, 0)
            if known or len(self._counts) < MOST_KINDS:
                self._counts[kind] = known + 1

    def tell(self) -> None:
        """Hand over what was counted. *Raises*: StoreError; then it is handed over the next time."""
        if not self._waiting:
            self._waiting = self._taken()
        if not self._waiting:
            return
        try:
            self.gate.check()
        except Overfull:
            return
        with self.wiring.database.write() as connection:
            accept_events(connection, self._waiting, self.wiring.now())
        self.gate.note(len(self._waiting))
        self._waiting = ()

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Tells for as long as the app runs, and once more when it ends."""
        self._steady.start()
        try:
            yield
        finally:
            await run_in_threadpool(self._steady.stop)

    def _taken(self) -> list[Event]:
        with self._lock:
            counts, self._counts = self._counts, Counter()
        batch, now = uuid4().hex, self.wiring.now()
        read = [
            parse_event(self.event_text(f"{batch}-{number}", kind, count), now)
            for number, (kind, count) in enumerate(sorted(counts.items()))
        ]
        events = [event for event in read if isinstance(event, Event)]
        assert len(events) == len(read), "we tell no event that can't be read"
        return events
