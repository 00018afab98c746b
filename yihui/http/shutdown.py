"""End the app soon after a stop signal, even if clients still hold connections open or work is long.

Granian ends the app only when every connection is done, and waits 10 s for incomplete headers and 30 s
for an incomplete body. Counts and accepted events must not wait for that: the app ends itself after
`SHUTDOWN_TIMEOUT_S`. What it still does `LEAVE_AFTER_S` after the signal, such as upkeep of a large database, is
left to the next start: all of it writes by transactions.
"""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Timer, current_thread, main_thread
from types import FrameType

from starlette.types import ASGIApp, Message, Receive, Scope, Send

SHUTDOWN_TIMEOUT_S = 5.0  # what the longest answers take on a slow network
LEAVE_AFTER_S = 10.0  # the supervisor would kill it two seconds later


class ShutdownMiddleware:
    """Ends the app `SHUTDOWN_TIMEOUT_S` after a stop signal, if the server has not ended it by then.

    The process leaves by itself `LEAVE_AFTER_S` after the signal, whatever it does.
    """

    def __init__(
        self,
        app: ASGIApp,
        within_s: float = SHUTDOWN_TIMEOUT_S,
        leave: Callable[[int], object] = os._exit,
    ) -> None:
        self._app, self._within_s, self._leave = app, within_s, leave

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return
        loop, late, is_early = asyncio.get_running_loop(), asyncio.Event(), False

        async def heard() -> Message:
            nonlocal is_early
            told, waits = asyncio.ensure_future(receive()), asyncio.ensure_future(late.wait())
            await asyncio.wait((told, waits), return_when=asyncio.FIRST_COMPLETED)
            is_early = not told.done()
            (told if is_early else waits).cancel()
            return {"type": "lifespan.shutdown"} if is_early else told.result()

        last = Timer(LEAVE_AFTER_S, self._leave, [0])
        last.daemon = True

        def begin_to_end() -> None:
            loop.call_soon_threadsafe(loop.call_later, self._within_s, late.set)
            if last.ident is None:  # a second signal changes nothing
                last.start()

        with on_stop_signal(begin_to_end):
            await self._app(scope, heard, send)
        last.cancel()
        if is_early:
            self._leave(0)  # the remaining connections have had their time


@contextmanager
def on_stop_signal(work: Callable[[], object]) -> Iterator[None]:
    """Call ``work`` at SIGINT or SIGTERM, and then the handler that was there before.

    asyncio's own handler still works: it receives signals through a file, whichever handler is set here.
    """
    if current_thread() is not main_thread():  # an app in a test, which gets no signals
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def told(number: int, frame: FrameType | None) -> None:
        work()
        handler = before[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)

    for number in before:
        signal.signal(number, told)
        signal.siginterrupt(number, False)
    try:
        yield
    finally:
        for number, handler in before.items():
            if signal.getsignal(number) is told and handler is not None:
                signal.signal(number, handler)
