"""Solve siting tasks within a strict time limit, in processes that are killed when the time is over.

HiGHS checks its clock only between steps and overran its own limit by up to 15 s, so the caller doesn't wait for it.
"""

import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from threading import Thread, current_thread, main_thread
from time import monotonic
from types import FrameType
from typing import Any, Literal

from core.faults import FaultError
from geo.siting.problem import Ints, NoPlanFound, SitingGoal, SitingTask
from geo.siting.record import EndReason, SearchRecord, SitingPlan, Solver
from geo.siting.searching import SearchEffort
from geo.siting.solve import checked_plan, search_and_prove, search_better_plans

SolverPart = Literal["answer", "improve"]
_LONG = SearchEffort(steps=6_000, shakes=400)


@dataclass(frozen=True, slots=True, eq=False)
class SolverOrder:
    """A task for a solver process, which works on it until it is ended."""

    task: SitingTask
    part: SolverPart
    seed: int


@dataclass(frozen=True, slots=True, eq=False)
class Improvement:
    """A better plan or a better bound: what is reported to a record."""

    report: Literal["report_plan", "report_bound"]
    values: tuple[Any, ...]

    def apply_to(self, record: SearchRecord) -> None:
        """Add it to a record."""
        getattr(record, self.report)(*self.values)


@dataclass(frozen=True, slots=True)
class ProcessEnded:
    """The last message of a process. ``is_done`` means that it had nothing more to try."""

    part: SolverPart
    is_done: bool


SolverMessage = Improvement | ProcessEnded | Exception


class _SendingRecord(SearchRecord):
    """A record that sends every improvement of plan or bound."""

    def __init__(self, order: SolverOrder, out: Connection) -> None:
        super().__init__(order.task)
        self._out = out

    def report_plan(self, sites: Ints, objective: float, by: str) -> None:
        before = self.objective
        super().report_plan(sites, objective, by)
        if self.objective != before and self.sites is not None:
            self._out.send(Improvement("report_plan", (self.sites, objective, by)))

    def report_bound(self, bound: float, by: str) -> None:
        before = self.bound
        super().report_bound(bound, by)
        if self.bound != before:
            self._out.send(Improvement("report_bound", (bound, by)))


def run_solver(order: SolverOrder, out: Connection) -> None:
    """Carry out an order and send its results, then ``ProcessEnded``."""
    telling = _SendingRecord(order, out)
    try:
        if order.part == "answer":
            search_and_prove(order.task, telling, _LONG)
        else:
            search_better_plans(order.task, telling, order.seed)
    except (FaultError, NoPlanFound) as error:
        out.send(error)  # the parent process raises it again
    except Exception:  # noqa: BLE001 it may not be one that can be sent
        out.send(RuntimeError(traceback.format_exc()))
    out.send(ProcessEnded(order.part, True))


def _end_with_parent(connection: Connection) -> None:
    """End this process when the parent closes the connection, on which it sends nothing more."""
    with suppress(EOFError, OSError):
        connection.recv()
    os._exit(1)


def main() -> None:
    """Receive an order on the connection that the command names, and send messages."""
    connection = Connection(int(sys.argv[1]))
    order: SolverOrder = connection.recv()
    Thread(target=_end_with_parent, args=(connection,), daemon=True).start()
    run_solver(order, connection)


# Not -m: the classes of pickled messages would belong to __main__, which the parent can't import.
_ENTRY = "from yihui.planning.siting.solving import main; main()"
_PULSE_S = 1.0  # between two calls of ``on_progress`` while nothing better is found
_SECOND_AFTER_S = 1.0  # most tasks are solved by then
MAX_EXACT_PAIRS = 5_000  # pairs of demand and site that are solved to a proof within a second
MAX_SEARCH_STEPS = 20_000  # maximum number of times that the local search checks whether to continue
_SEED = 8
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True, slots=True)
class TimedSolver:
    """A `Solver` that returns at most a second after ``seconds``, with the best plan found so far.

    ``on_progress`` is called for every better plan and bound, and each second; what it raises ends the search.
    Ctrl+C ends the search, not the program, once there is a plan. One process proves, and a second one
    (``processes``) searches for better plans meanwhile. As the search is bounded by time, two runs may differ if
    the gap is not closed; if it is, the objective is the same.
    """

    seconds: float = 60.0
    processes: int = 2
    on_progress: Callable[[SearchRecord], None] = lambda _: None

    def __call__(self, task: SitingTask) -> SitingPlan:
        """Return the best plan found. *Raises*: InfeasibleLimits; NoPlanFound if the time did not suffice for any plan."""
        begin = monotonic()
        record = SearchRecord(task)
        with closing(_SolverProcesses()) as started:
            ended = self._listen(record, started, begin)
        return checked_plan(task, record.plan(ended, monotonic() - begin))

    def _listen(self, record: SearchRecord, started: "_SolverProcesses", begin: float) -> EndReason:
        started.start(SolverOrder(record.task, "answer", _SEED))
        second_at = begin + _SECOND_AFTER_S if self.processes > 1 else float("inf")
        try:
            while not record.is_finished:
                now = monotonic()
                if now >= begin + self.seconds:
                    return _require_plan(record, "limit")
                if now >= second_at:
                    second_at = float("inf")
                    started.start(SolverOrder(record.task, "improve", _SEED))
                message = started.next(min(begin + self.seconds, second_at, now + _PULSE_S) - now)
                if message is None:
                    self.on_progress(record)
                elif ended := self._apply(record, message, started):
                    return ended
        except KeyboardInterrupt:
            if record.sites is None:
                raise
            return "interrupted"
        return "proven"

    def _apply(
        self, record: SearchRecord, message: SolverMessage, started: "_SolverProcesses"
    ) -> EndReason | None:
        if isinstance(message, Exception):
            raise message
        if isinstance(message, ProcessEnded):
            # Whatever killed this process, the other one may continue; results so far stay valid.
            if message.part == "answer" and message.is_done:
                return _require_plan(record, "exhausted")
            return None if started.running else _require_plan(record, "exhausted")
        message.apply_to(record)
        self.on_progress(record)
        return None


def _require_plan(record: SearchRecord, ended: EndReason) -> EndReason:
    if record.sites is None:
        raise NoPlanFound
    return ended


class _SolverProcesses:
    """Running processes, by the connections on which they send their messages."""

    def __init__(self) -> None:
        self._all: list[subprocess.Popen[bytes]] = []
        self.running: dict[Connection, SolverPart] = {}

    def start(self, order: SolverOrder) -> None:
        """Start a process in a session of its own, so that Ctrl+C reaches only this program.

        The process ends when its connection to us is closed.
        """
        ours, theirs = Pipe()
        command = [sys.executable, "-c", _ENTRY, str(theirs.fileno())]
        process = subprocess.Popen(
            command,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # for what libraries print
            start_new_session=True,
            # one thread each: there are two of them, and other programs on the machine
            env={**os.environ, **dict.fromkeys(_THREADS, "1")},
        )
        self._all.append(process)
        self.running[ours] = order.part
        theirs.close()
        with suppress(OSError):  # of a process that has ended: its connection says so below
            ours.send(order)

    def next(self, within_s: float) -> SolverMessage | None:
        """Return the next message, or None after ``within_s`` seconds."""
        for one in wait(self.running, max(within_s, 0.0)):
            assert isinstance(one, Connection)
            try:
                message: SolverMessage = one.recv()
            except (EOFError, OSError):
                message = ProcessEnded(self.running[one], False)
            if isinstance(message, ProcessEnded):
                del self.running[one]
            return message
        return None

    def close(self) -> None:
        """Kill all processes and wait for them."""
        for process in self._all:
            process.kill()
        for process in self._all:
            process.wait()


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

    until, left, is_stopped = float("inf"), 2**62, False

    def goes_on(self) -> bool:
        self.left -= 1
        is_over = self.is_stopped or self.left <= 0 or monotonic() >= self.until
        return not is_over and super().goes_on()


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
