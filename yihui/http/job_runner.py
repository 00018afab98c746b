"""The runner of background jobs: a thread for each lane of the officers' site, and one that shows that they live."""

from collections.abc import AsyncIterator, Callable, Mapping
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
from yihui.services.operation.job_runs import JobKind, record_job_alive, run_next_job
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
class JobLane:
    """Runs the jobs of some kinds, one after the other, in the order in which they were begun."""

    wiring: Wiring
    kinds: Mapping[str, JobKind]
    is_stopping: Callable[[], bool]
    current: str | None = None
    thread: BackgroundJob = field(init=False)

    def __post_init__(self) -> None:
        self.thread = BackgroundJob(self._run_waiting, _EVERY_S, "background jobs wait")

    def _run_waiting(self) -> None:
        while not self.is_stopping() and self._run_one():
            pass

    def _run_one(self) -> bool:
        return run_next_job(self.wiring, self.kinds, self.is_stopping, self._watch) is not None

    def _watch(self, job: str | None) -> None:
        self.current = job


@dataclass(slots=True)
class JobRunner:
    """Runs jobs in two lanes: long work, and all other, which so never waits for a long analysis.

    A job that is under way when the site ends is begun again later.
    """

    wiring: Wiring
    kinds: Mapping[str, JobKind] = field(default_factory=lambda: JOB_KINDS)
    _stopping: Event = field(default_factory=Event)
    _lanes: tuple[JobLane, ...] = field(init=False)
    _lives: BackgroundJob = field(init=False)

    def __post_init__(self) -> None:
        self._lanes = tuple(
            JobLane(self.wiring, kinds, self._stopping.is_set) for kinds in split_lanes(self.kinds)
        )
        self._lives = BackgroundJob(self._record_alive, _ALIVE_EVERY_S, "a background job seems dead")

    @property
    def is_stopping(self) -> bool:
        return self._stopping.is_set()

    def wake(self) -> None:
        """Run the waiting jobs now."""
        for lane in self._lanes:
            lane.thread.wake()

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Run as long as the app does."""
        if self.wiring.settings.read_only:
            yield
            return
        self._stopping.clear()
        threads = (self._lives, *(lane.thread for lane in self._lanes))
        for one in threads:
            one.start()
        try:
            yield
        finally:
            self._stopping.set()
            for one in threads:
                await run_in_threadpool(one.stop, within_s=_END_WITHIN_S)

    def _record_alive(self) -> None:
        for lane in self._lanes:
            if (job := lane.current) is not None:
                record_job_alive(self.wiring, job)


def split_lanes(kinds: Mapping[str, JobKind]) -> tuple[Mapping[str, JobKind], Mapping[str, JobKind]]:
    """Return the kinds of long work, and all others."""
    long = {name: kind for name, kind in kinds.items() if kind.is_long}
    return long, {name: kind for name, kind in kinds.items() if name not in long}
