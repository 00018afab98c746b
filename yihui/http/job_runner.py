"""The runner of background jobs: a thread for each lane of the officers' site, and one that shows that they live."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from threading import Event
from typing import TYPE_CHECKING

from fastapi.concurrency import run_in_threadpool

from yihui.bootstrap import Wiring
from yihui.runtime.background_job import BackgroundJob

if TYPE_CHECKING:
    from yihui.services.operation.job_runs import JobKind

_EVERY_S = 5.0  # another process may have accepted a job
_ALIVE_EVERY_S = 20.0
_END_WITHIN_S = 2.0


@dataclass(slots=True)
class JobLane:
    """Runs the jobs of some kinds, one after the other, in the order in which they were begun."""

    wiring: Wiring
    kinds: "Mapping[str, JobKind]"
    is_stopping: Callable[[], bool]
    current: str | None = None
    thread: BackgroundJob = field(init=False)

    def __post_init__(self) -> None:
        self.thread = BackgroundJob(self._run_waiting, _EVERY_S, "background jobs wait")

    def _run_waiting(self) -> None:
        while not self.is_stopping() and self._run_one():
            pass

    def _run_one(self) -> bool:
        from yihui.services.operation.job_runs import run_next_job

        return run_next_job(self.wiring, self.kinds, self.is_stopping, self._watch) is not None

    def _watch(self, job: str | None) -> None:
        self.current = job


@dataclass
class JobRunner:
    """Runs jobs in two lanes: long work, and all other, which so never waits for a long analysis.

    A job that is under way when the site ends is begun again later. ``kinds``: None stands for all that there are.
    """

    wiring: Wiring
    kinds: "Mapping[str, JobKind] | None" = None
    _stopping: Event = field(default_factory=Event)

    @cached_property
    def _lanes(self) -> tuple[JobLane, ...]:
        """The lanes; a site that is not for officers has a runner, too, but never uses it nor imports the kinds."""
        all_kinds = load_job_kinds() if self.kinds is None else self.kinds
        return tuple(JobLane(self.wiring, kinds, self._stopping.is_set) for kinds in split_lanes(all_kinds))

    @cached_property
    def _lives(self) -> BackgroundJob:
        return BackgroundJob(self._record_alive, _ALIVE_EVERY_S, "a background job seems dead")

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
        from yihui.services.operation.job_runs import record_job_alive

        for lane in self._lanes:
            if (job := lane.current) is not None:
                record_job_alive(self.wiring, job)


def load_job_kinds() -> "Mapping[str, JobKind]":
    """Return the kinds of jobs by their names."""
    from yihui.planning.analysis.job import ANALYSIS_JOB, ANALYSIS_JOB_KIND
    from yihui.planning.demand.noun import DEMAND_JOB, DEMAND_JOB_KIND
    from yihui.services.ledger.verification import VERIFICATION_JOB, VERIFICATION_JOB_KIND
    from yihui.services.rules.desk_simulation import SIMULATION_JOB, SIMULATION_JOB_KIND

    return {
        ANALYSIS_JOB: ANALYSIS_JOB_KIND,
        DEMAND_JOB: DEMAND_JOB_KIND,
        VERIFICATION_JOB: VERIFICATION_JOB_KIND,
        SIMULATION_JOB: SIMULATION_JOB_KIND,
    }


def split_lanes(
    kinds: "Mapping[str, JobKind]",
) -> "tuple[Mapping[str, JobKind], Mapping[str, JobKind]]":
    """Return the kinds of long work, and all others."""
    long = {name: kind for name, kind in kinds.items() if kind.is_long}
    return long, {name: kind for name, kind in kinds.items() if name not in long}
