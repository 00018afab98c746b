"""The embedded runner beside the site: handles what was accepted over HTTP."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from threading import Event, Thread

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool

from store import StoreError
from yihui.bootstrap import Wiring
from yihui.sealing import seal_what_waits, sealed
from yihui.upkeep import keep_up

_LOG = logging.getLogger(__name__)
_RETRY_S = 5.0  # how soon it looks again where nobody woke it: another process may have accepted events


@dataclass(slots=True)
class Drain:
    """A runner in a thread of its own; ``trouble`` names what stops it, None while all is well."""

    wiring: Wiring
    trouble: str | None = None
    _woken: Event = field(default_factory=Event)
    _stopped: Event = field(default_factory=Event)

    def wake(self) -> None:
        """Events were accepted: look now."""
        self._woken.set()

    @asynccontextmanager
    async def lifespan(self, _app: FastAPI) -> AsyncIterator[None]:
        """Runs for as long as the app does; handles what was accepted before it ends."""
        thread = Thread(target=self._run, name="runner", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stopped.set()
            self._woken.set()
            await run_in_threadpool(thread.join)

    def _run(self) -> None:
        """Looks once more after it was told to stop: what was accepted before that is handled."""
        while True:
            last = self._stopped.is_set()
            self.trouble = self._look()
            if last:
                return
            self._woken.wait(_RETRY_S)
            self._woken.clear()

    def _look(self) -> str | None:
        """Handle what waits; says what stopped it, without an error's own text: it may name a person."""
        try:
            for outcomes in sealed(self.wiring, self.wiring.runner.run_ingress()):
                _LOG.info("handled %d events, %d dead letters", outcomes.handled, len(outcomes.letters))
            if done := keep_up(self.wiring):
                _LOG.info("lapsed %d, moved up %d, passed over %d", done.lapsed, done.granted, done.passed)
                _LOG.info("reminded of %d that expire, ended %d", done.reminded, done.ended)
                seal_what_waits(self.wiring)
        except Exception as error:  # noqa: BLE001 whatever it is, the events wait and it is tried again
            trouble = str(error) if isinstance(error, StoreError) else type(error).__name__
            _LOG.error("accepted events wait: %s", trouble)
            return trouble
        return None
