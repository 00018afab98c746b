"""The embedded runner, which processes the events accepted over HTTP, unless a relay sends them to topics."""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from threading import Event

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool

from yihui.bootstrap import Wiring
from yihui.http.shutdown import on_stop_signal
from yihui.runtime.background_job import BackgroundJob, JobsFailed
from yihui.runtime.observability.metrics import measure_batches
from yihui.services.events.schedule import schedule_beside
from yihui.services.events.webhooks import deliver_due_webhooks
from yihui.services.ledger.sealing import seal_after_batches
from yihui.services.operation.upkeep import run_clock_jobs, run_upkeep_and_seal

_LOG = logging.getLogger(__name__)
_WEBHOOKS_EVERY_S = 1.0
_END_WITHIN_S = 2.0
_RETRY_S = 5.0  # poll interval without a wake-up: another process may have accepted events


@dataclass(slots=True)
class Drain:
    """Runs the event runner in a background thread.

    If brokers are configured it does nothing: worker processes then process the events.
    """

    wiring: Wiring
    _steady: BackgroundJob = field(init=False)
    _webhooks: BackgroundJob = field(init=False)
    _listeners: list[Callable[[], None]] = field(default_factory=list)
    _ending: Event = field(default_factory=Event)  # a stop signal came

    def __post_init__(self) -> None:
        self._steady = BackgroundJob(self._process_accepted, _RETRY_S, "accepted events wait")
        self._webhooks = BackgroundJob(
            lambda: deliver_due_webhooks(self.wiring), _WEBHOOKS_EVERY_S, "webhooks wait"
        )

    @property
    def trouble(self) -> str | None:
        """What stops the drain; None while it works."""
        return self._steady.trouble

    def wake(self) -> None:
        """Process the accepted events now."""
        self._steady.wake()

    def add_batch_listener(self, work: Callable[[], None]) -> None:
        """Register a function that the drain's thread calls after each processed batch."""
        self._listeners.append(work)

    @asynccontextmanager
    async def lifespan(self, _app: FastAPI) -> AsyncIterator[None]:
        """Run as long as the app does; process all accepted events before it ends.

        A stop signal breaks the upkeep off between two of its jobs.
        """
        schedule = schedule_beside(self.wiring, _END_WITHIN_S)
        schedule.__enter__()
        try:
            with on_stop_signal(self._ending.set):
                async with self._process_meanwhile():
                    yield
        finally:
            await run_in_threadpool(schedule.__exit__, None, None, None)

    @asynccontextmanager
    async def _process_meanwhile(self) -> AsyncIterator[None]:
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

    def _process_accepted(self) -> None:
        try:
            self._process_ingress()
        except Exception:
            # What is due by the day waits for the events that were accepted before; deadlines of hours don't.
            with suppress(JobsFailed):  # logged and counted there
                run_clock_jobs(self.wiring)
            raise
        run_upkeep_and_seal(self.wiring, self._ending.is_set)

    def _process_ingress(self) -> None:
        batches = measure_batches(self.wiring.metrics, self.wiring.runner.run_ingress())
        for outcomes in seal_after_batches(self.wiring, batches):
            for work in self._listeners:
                work()
            _LOG.info("handled %d events, %d dead letters", outcomes.handled, len(outcomes.dead_letters))
