"""The embedded runner beside the site: handles what was accepted over HTTP."""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from threading import Event, Thread

from fastapi import FastAPI

from store import StoreError
from yihui.bootstrap import Wiring

_LOG = logging.getLogger(__name__)
_RETRY_S = 5.0  # how soon it looks again where nobody woke it: another process may have accepted events


def lifespan(wiring: Wiring, woken: Event) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """Runs for as long as the app does; ``woken`` is set whenever events were accepted."""
    stopped = Event()

    @asynccontextmanager
    async def running(_app: FastAPI) -> AsyncIterator[None]:
        thread = Thread(target=_drain, args=(wiring, woken, stopped), name="runner", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stopped.set()
            woken.set()
            thread.join()

    return running


def _drain(wiring: Wiring, woken: Event, stopped: Event) -> None:
    """Looks once more after it was told to stop: what was accepted before that is handled."""
    while True:
        last = stopped.is_set()
        try:
            for outcomes in wiring.runner.run_ingress():
                _LOG.info("handled %d events, %d dead letters", outcomes.handled, len(outcomes.letters))
        except StoreError as error:  # the events wait in the database; it is tried again
            _LOG.error("%s", error)
        if last:
            return
        woken.wait(_RETRY_S)
        woken.clear()
