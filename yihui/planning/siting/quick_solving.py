"""A solver for many runs of the same question: small tasks to the proof, large ones by a counted local search."""

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

SMALL = 5_000  # pairs of demand and site that are solved to the proof within a second
PATIENCE = 20_000  # how many times the local search of a large task asks whether to go on
_SEED = 8


def quickly(seconds: float) -> Solver:
    """A solver that stops after so many seconds, or when it has tried enough.

    What it finds does not depend on the machine's speed unless the seconds end first. Ctrl+C is heard between
    two steps and raised when the solver has let go: never inside a library that knows no exceptions.
    """

    def solve(task: SitingTask) -> SitingPlan:
        watch = _Patient(task)
        watch.until = monotonic() + seconds
        with _ctrl_c_heard_later(watch):
            if task.goal is SitingGoal.P_CENTRE or len(task.data.site_of) <= SMALL:
                search_and_prove(task, watch)
            else:
                watch.left = PATIENCE
                search_better_plans(task, watch, _SEED)
        if watch.sites is None:
            raise NoPlanFound
        return checked_plan(task, watch.plan("exhausted" if monotonic() < watch.until else "limit"))

    return solve


class _Patient(SearchRecord):
    """Goes on until it is proven, told to stop, late, or asked too often."""

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
def _ctrl_c_heard_later(watch: _Patient) -> Iterator[None]:
    if current_thread() is not main_thread():  # signals are none of its business
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
