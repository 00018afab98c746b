"""A solver for many similar runs: exact for small tasks, a local search with a step limit for large ones."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from time import monotonic
from types import FrameType

from geo.siting.faults import NoPlanFound
from geo.siting.plan import SitingPlan, Solver
from geo.siting.problem import SitingGoal, SitingTask
from geo.siting.record import SearchRecord
from geo.siting.solve import checked_plan, search_and_prove, search_better_plans

MAX_EXACT_PAIRS = 5_000  # pairs of demand and site that are solved to a proof within a second
MAX_SEARCH_STEPS = 20_000  # maximum number of times that the local search checks whether to continue
_SEED = 8


def quick_solver(seconds: float) -> Solver:
    """Return a solver that stops after ``seconds``, or after a fixed number of steps.

    Its result doesn't depend on the machine's speed unless the time limit ends it. Ctrl+C is raised only
    after the solver has returned, never inside a library that can't handle exceptions.
    """

    def solve(task: SitingTask) -> SitingPlan:
        watch = _Patient(task)
        watch.until = monotonic() + seconds
        with _deferred_ctrl_c(watch):
            if task.goal is SitingGoal.P_CENTRE or len(task.data.site_of) <= MAX_EXACT_PAIRS:
                search_and_prove(task, watch)
            else:
                watch.left = MAX_SEARCH_STEPS
                search_better_plans(task, watch, _SEED)
        if watch.sites is None:
            raise NoPlanFound
        return checked_plan(task, watch.plan("exhausted" if monotonic() < watch.until else "limit"))

    return solve


class _Patient(SearchRecord):
    """A record that stops the search when it is proven, interrupted, out of time or out of steps."""

    until = float("inf")
    left: int | None = None
    is_stopped = False

    def goes_on(self) -> bool:
        if self.left is not None:
            self.left -= 1
        tired = self.left is not None and self.left <= 0
        late = self.is_stopped or tired or monotonic() >= self.until
        return not late and super().goes_on()


@contextmanager
def _deferred_ctrl_c(watch: _Patient) -> Iterator[None]:
    """Stop the search on Ctrl+C, and raise KeyboardInterrupt after it has ended."""
    if current_thread() is not main_thread():  # only the main thread can handle signals
        yield
        return

    def stop(_number: int, _frame: FrameType | None) -> None:
        watch.is_stopped = True

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if watch.is_stopped:
        raise KeyboardInterrupt
