"""Who listens for news: one look at the database a second serves them all."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fastapi.concurrency import run_in_threadpool

from store import StoreError
from yihui.bootstrap import Wiring
from yihui.http.drain import Drain
from yihui.http.guard.allowances import client_of
from yihui.http.reports.changes import Tidings, tidings
from yihui.http.shutdown import told_to_stop
from yihui.http.snapshot import Snapshots

if TYPE_CHECKING:
    from yihui.http.snapshot import Snapshot

_LOG = logging.getLogger(__name__)

MOST_LISTENERS = 1_000
MOST_OF_ONE_CLIENT = 100  # a carrier puts many phones behind one address
LOOK_EVERY_S = 1.0


@dataclass(slots=True, eq=False)
class Listener:
    """What one listener has not heard yet."""

    _rest: Tidings | None = None
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self, news: Tidings) -> None:
        self._rest = news if self._rest is None else self._rest.joined(news)
        self._woken.set()

    def wake(self) -> None:
        self._woken.set()

    async def next(self, within_s: float) -> Tidings | None:
        """What is new; None where nothing is within that time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._woken.wait()
        self._woken.clear()
        news, self._rest = self._rest, None
        return news


class Full(Exception):
    """As many listen as may, of all or of one client."""


@dataclass(slots=True)
class Listening:
    """Looks for changes as long as somebody listens. All but `_noticed` runs in the loop of the app.

    What the drain of this process handles is looked at at once; what other processes do, within a second.
    """

    wiring: Wiring
    snapshots: Snapshots
    drain: Drain
    most: int = MOST_LISTENERS
    most_of_one: int = MOST_OF_ONE_CLIENT
    ended: bool = False
    _listeners: set[Listener] = field(default_factory=set)
    _clients: Counter[str] = field(default_factory=Counter)
    _known: "Snapshot | None" = None
    _noticing: asyncio.Event = field(default_factory=asyncio.Event)
    _task: "asyncio.Task[None] | None" = None
    _loop: asyncio.AbstractEventLoop | None = None

    def is_full(self, address: str = "") -> bool:
        """Whether nobody more may listen, or nobody more from there."""
        return len(self._listeners) >= self.most or self._clients[client_of(address)] >= self.most_of_one

    async def version(self) -> str:
        """What is known now. *Raises*: StoreError."""
        return str((await run_in_threadpool(self.snapshots.current)).version)

    @asynccontextmanager
    async def listener(self, address: str = "") -> AsyncIterator[Listener]:
        """Somebody who listens from that network address until they leave. *Raises*: Full."""
        if self.is_full(address) or self.ended:
            raise Full
        made, client = Listener(), client_of(address)
        self._listeners.add(made)
        self._clients[client] += 1
        if self._task is None or self._task.done():
            self._known = None
            self._task = asyncio.create_task(self._look_on())
        try:
            yield made
        finally:
            self._listeners.discard(made)
            self._clients[client] -= 1
            if not self._clients[client]:
                del self._clients[client]

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Ends all streams when the app ends, and before: where the server is told to stop.

        It would wait for them for ever otherwise, and the app's own end comes only after them.
        """
        self._loop, self.ended = asyncio.get_running_loop(), False
        self.drain.when_handled(self._noticed)
        with told_to_stop(self._end_soon):
            try:
                yield
            finally:
                self._end()
                self._loop = None
                if self._task is not None:
                    await self._task

    async def _look_on(self) -> None:
        while self._listeners and not self.ended:
            try:
                news = await run_in_threadpool(self._look)
            except StoreError as error:
                _LOG.error("nothing can be told: %s", error)
            else:
                if news is not None:
                    for listener in self._listeners:
                        listener.hear(news)
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._noticing.wait()
            self._noticing.clear()

    def _look(self) -> Tidings | None:
        before, after = self._known, self.snapshots.current()
        if after is before:
            return None
        news = None if before is None else tidings(self.wiring, before, after)
        self._known = after
        return None if news is None or news.stations == () else news

    def _noticed(self) -> None:
        """Something was handled, in a thread of the drain's."""
        loop = self._loop
        if loop is not None and self._listeners:
            with suppress(RuntimeError):  # the loop has just been closed
                loop.call_soon_threadsafe(self._noticing.set)

    def _end_soon(self) -> None:
        loop = self._loop
        if loop is not None:
            loop.call_soon_threadsafe(self._end)

    def _end(self) -> None:
        self.ended = True
        self._noticing.set()
        for listener in self._listeners:
            listener.wake()
