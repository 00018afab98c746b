"""Clients that listen for update notices. One database poll a second serves them all."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from fastapi.concurrency import run_in_threadpool

from store import StoreError
from yihui.bootstrap import Wiring
from yihui.http.drain import Drain
from yihui.http.guard.allowances import client_key
from yihui.http.shutdown import on_stop_signal
from yihui.http.snapshot import SnapshotCache
from yihui.services.stations.snapshot import Snapshot, find_changed_stations

_LOG = logging.getLogger(__name__)

MAX_LISTENERS = 1_000
MAX_LISTENERS_PER_CLIENT = 100  # mobile carriers share one address among many phones
POLL_INTERVAL_S = 1.0
MAX_NAMED_STATIONS = 200  # a notice of more stations names none


@dataclass(frozen=True, slots=True)
class UpdateNotice:
    """The current version, and the ids of the stations that changed; None if they are too many to name."""

    version: str
    stations: tuple[str, ...] | None

    def merge(self, later: "UpdateNotice") -> "UpdateNotice":
        """Return one notice for both, for a listener who has not received the first yet."""
        if self.stations is None or later.stations is None:
            return UpdateNotice(later.version, None)
        return _named(later.version, {*self.stations, *later.stations})


def build_update_notice(wiring: Wiring, before: Snapshot, after: Snapshot) -> UpdateNotice:
    """Return the changes from ``before`` to ``after``. *Raises*: StoreError."""
    version = str(after.version)
    changed = find_changed_stations(wiring, before, after, MAX_NAMED_STATIONS)
    return UpdateNotice(version, None) if changed is None else _named(version, changed)


def _named(version: str, stations: set[str]) -> UpdateNotice:
    return UpdateNotice(version, tuple(sorted(stations)) if len(stations) <= MAX_NAMED_STATIONS else None)


@dataclass(slots=True, eq=False)
class Listener:
    """The update notices that one client has not received yet, merged into one."""

    _rest: UpdateNotice | None = None
    _is_woken: bool = False
    _waiting: "asyncio.Future[None] | None" = None  # takes less memory than an event

    def receive(self, news: UpdateNotice) -> None:
        """Add a notice and wake the client's stream."""
        self._rest = news if self._rest is None else self._rest.merge(news)
        self.wake()

    def wake(self) -> None:
        """Wake the client's stream without a notice."""
        self._is_woken = True
        _end_wait(self._waiting)

    async def next(self, within_s: float) -> UpdateNotice | None:
        """Return the next notice, or None if none arrives within ``within_s`` seconds."""
        if not self._is_woken:
            loop = asyncio.get_running_loop()
            self._waiting = loop.create_future()
            timer = loop.call_later(within_s, _end_wait, self._waiting)
            try:
                await self._waiting
            finally:
                timer.cancel()
                self._waiting = None
        self._is_woken = False
        news, self._rest = self._rest, None
        return news


def _end_wait(waiting: "asyncio.Future[None] | None") -> None:
    if waiting is not None and not waiting.done():
        waiting.set_result(None)


class TooManyListeners(Exception):
    """The limit of listeners is reached, in total or for one client."""


@dataclass(slots=True)
class UpdateNotifier:
    """Polls for changes while there are listeners. All but `_noticed` runs in the app's event loop.

    It polls at once when this process's drain has processed events; it sees changes by other processes
    within a second.
    """

    wiring: Wiring
    snapshots: SnapshotCache
    drain: Drain
    most: int = MAX_LISTENERS
    most_of_one: int = MAX_LISTENERS_PER_CLIENT
    ended: bool = False
    _listeners: set[Listener] = field(default_factory=set)
    _clients: Counter[str] = field(default_factory=Counter)
    _known: Snapshot | None = None
    _noticing: asyncio.Event = field(default_factory=asyncio.Event)
    _task: "asyncio.Task[None] | None" = None
    _loop: asyncio.AbstractEventLoop | None = None

    def is_full(self, address: str = "") -> bool:
        """Return whether the limit of listeners is reached, in total or for this address."""
        return len(self._listeners) >= self.most or self._clients[client_key(address)] >= self.most_of_one

    async def version(self) -> str:
        """Return the current version of the stations. *Raises*: StoreError."""
        return str((await run_in_threadpool(self.snapshots.current)).version)

    @asynccontextmanager
    async def listener(self, address: str = "") -> AsyncIterator[Listener]:
        """Register a listener from a network address until the block ends. *Raises*: TooManyListeners."""
        if self.is_full(address) or self.ended:
            raise TooManyListeners
        made, client = Listener(), client_key(address)
        self._listeners.add(made)
        self._clients[client] += 1
        if self._task is None or self._task.done():
            self._known = None
            self._task = asyncio.create_task(self._poll_until_ended())
        try:
            yield made
        finally:
            self._listeners.discard(made)
            self._clients[client] -= 1
            if not self._clients[client]:
                del self._clients[client]

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """End all streams when the app ends, or earlier when the server is told to stop.

        The server ends the app only after all streams have ended, so it would wait for them forever.
        """
        self._loop, self.ended = asyncio.get_running_loop(), False
        self.drain.add_batch_listener(self._noticed)
        with on_stop_signal(self._end_soon):
            try:
                yield
            finally:
                self._end()
                self._loop = None
                if self._task is not None:
                    await self._task

    async def _poll_until_ended(self) -> None:
        while self._listeners and not self.ended:
            try:
                news = await run_in_threadpool(self._poll)
            except StoreError as error:
                _LOG.error("nothing can be told: %s", error)
            else:
                if news is not None:
                    for listener in self._listeners:
                        listener.receive(news)
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_INTERVAL_S):
                    await self._noticing.wait()
            self._noticing.clear()

    def _poll(self) -> UpdateNotice | None:
        before, after = self._known, self.snapshots.current()
        if after is before:
            return None
        news = None if before is None else build_update_notice(self.wiring, before, after)
        self._known = after
        return None if news is None or news.stations == () else news

    def _noticed(self) -> None:
        """Wake the poll after the drain has processed events. The drain calls this in its own thread."""
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
