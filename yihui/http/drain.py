"""The embedded runner beside the site: handles what was accepted over HTTP, unless a relay takes it to topics."""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool

from yihui.bootstrap import Wiring
from yihui.runtime.background_job import BackgroundJob
from yihui.runtime.observability.metrics import measure_batches
from yihui.services.sealing import seal_after_batches
from yihui.services.upkeep import run_upkeep_and_seal
from yihui.services.webhooks import deliver_due_webhooks

_LOG = logging.getLogger(__name__)
_WEBHOOKS_EVERY_S = 1.0
_END_WITHIN_S = 2.0
_RETRY_S = 5.0  # how soon it looks again where nobody woke it: another process may have accepted events


@dataclass(slots=True)
class Drain:
    """A runner in a thread of its own; where brokers are named it does nothing: workers handle the events."""

    wiring: Wiring
    _steady: BackgroundJob = field(init=False)
    _webhooks: BackgroundJob = field(init=False)
    _listeners: list[Callable[[], None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._steady = BackgroundJob(self._look, _RETRY_S, "accepted events wait")
        self._webhooks = BackgroundJob(
            lambda: deliver_due_webhooks(self.wiring), _WEBHOOKS_EVERY_S, "webhooks wait"
        )

    @property
    def trouble(self) -> str | None:
        """What stops it; None while all is well."""
        return self._steady.trouble

    def wake(self) -> None:
        """Events were accepted: look now."""
        self._steady.wake()

    def when_handled(self, work: Callable[[], None]) -> None:
        """Something to be done in the drain's thread whenever a batch has been handled."""
        self._listeners.append(work)

    @asynccontextmanager
    async def lifespan(self, _app: FastAPI) -> AsyncIterator[None]:
        """Runs for as long as the app does; handles what was accepted before it ends."""
        if self.wiring.settings.kafka is not None:
            yield
            return
        self._steady.start()
        self._webhooks.start()
        try:
            yield
        finally:
            await run_in_threadpool(self._webhooks.stop, within_s=_END_WITHIN_S)
            await run_in_threadpool(self._steady.stop)

    def _look(self) -> None:
        batches = measure_batches(self.wiring.metrics, self.wiring.runner.run_ingress())
        for outcomes in seal_after_batches(self.wiring, batches):
            for work in self._listeners:
                work()
            _LOG.info("handled %d events, %d dead letters", outcomes.handled, len(outcomes.dead_letters))
        run_upkeep_and_seal(self.wiring)
