"""The runner of background jobs: a thread of the officers' site, beside another that shows that it lives."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from threading import Event
from types import MappingProxyType

from fastapi.concurrency import run_in_threadpool

from yihui.bootstrap import Wiring
from yihui.planning.analysis.job import ANALYSIS_JOB, ANALYSIS_JOB_KIND
from yihui.planning.scenario.job import COMPARISON_JOB, COMPARISON_JOB_KIND, SITES_JOB, SITES_JOB_KIND
from yihui.runtime.background_job import BackgroundJob
from yihui.services.ledger.verification import VERIFICATION_JOB, VERIFICATION_JOB_KIND
from yihui.services.operation.jobs import JobKind, record_job_alive, run_next_job
from yihui.services.rules.desk_simulation import SIMULATION_JOB, SIMULATION_JOB_KIND

JOB_KINDS: Mapping[str, JobKind] = MappingProxyType(
    {
        ANALYSIS_JOB: ANALYSIS_JOB_KIND,
        COMPARISON_JOB: COMPARISON_JOB_KIND,
        SITES_JOB: SITES_JOB_KIND,
        VERIFICATION_JOB: VERIFICATION_JOB_KIND,
        SIMULATION_JOB: SIMULATION_JOB_KIND,
    }
)
_EVERY_S = 5.0  # another process may have accepted a job
_ALIVE_EVERY_S = 20.0
_END_WITHIN_S = 2.0


@dataclass(slots=True)
class JobRunner:
    """Runs one job after the other. A job that is under way when the site ends is begun again later."""

    wiring: Wiring
    kinds: Mapping[str, JobKind] = field(default_factory=lambda: JOB_KINDS)
    _stopping: Event = field(default_factory=Event)
    _current: str | None = None
    _runs: BackgroundJob = field(init=False)
    _lives: BackgroundJob = field(init=False)

    def __post_init__(self) -> None:
        self._runs = BackgroundJob(self._run_waiting, _EVERY_S, "background jobs wait")
        self._lives = BackgroundJob(self._record_alive, _ALIVE_EVERY_S, "a background job seems dead")

    @property
    def is_stopping(self) -> bool:
        return self._stopping.is_set()

    def wake(self) -> None:
        """Run the waiting jobs now."""
        self._runs.wake()

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Run as long as the app does."""
        if self.wiring.settings.read_only:
            yield
            return
        self._stopping.clear()
        self._runs.start()
        self._lives.start()
        try:
            yield
        finally:
            self._stopping.set()
            await run_in_threadpool(self._lives.stop, within_s=_END_WITHIN_S)
            await run_in_threadpool(self._runs.stop, within_s=_END_WITHIN_S)

    def _run_waiting(self) -> None:
        while not self.is_stopping and self._run_one():
            pass

    def _run_one(self) -> bool:
        return run_next_job(self.wiring, self.kinds, self._stopping.is_set, self._watch) is not None

    def _watch(self, job: str | None) -> None:
        self._current = job

    def _record_alive(self) -> None:
        if (job := self._current) is not None:
            record_job_alive(self.wiring, job)
