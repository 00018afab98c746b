"""Siting tasks within a time limit that binds: in processes of their own, ended when the time is over.

HiGHS looks at its clock only between steps, and overran its own limit by up to 15 s; so nobody waits for it.
"""

import os
import pickle
import queue
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from time import monotonic

from geo.siting.faults import NoPlanFound
from geo.siting.plan import EndReason, SitingPlan
from geo.siting.problem import SitingTask
from geo.siting.record import SearchRecord
from geo.siting.solve import checked_plan
from yihui.planning.siting.solver_process import Died, Message, Order, Raised

# Not -m: as __main__ its messages would be of classes that nobody else knows.
_ENTRY = "from yihui.planning.siting.solver_process import main; main()"
_SECOND_AFTER_S = 1.0  # most tasks are done by then


@dataclass(frozen=True, slots=True)
class Solving:
    """A `Solver` that returns within ``seconds`` and one, with the best plan found by then.

    ``near_enough`` is the gap at which the search may end earlier. ``told`` hears of every better plan and
    bound. Ctrl+C ends the search, not the program, once there is a plan. One process proves, a second one
    (``processes``) looks for better plans meanwhile. With ``steps`` and the like bounded by time, two runs may
    differ where the gap is not closed; where it is, the objective is the same.
    """

    seconds: float = 60.0
    near_enough: float = 0.0
    seed: int = 8
    processes: int = 2
    told: Callable[[SearchRecord], None] = lambda _: None

    def __call__(self, task: SitingTask) -> SitingPlan:
        """The best plan found. *Raises*: Infeasible, Unsolved where the time sufficed for no plan."""
        begin = monotonic()
        record = SearchRecord(task, self.near_enough)
        with _processes() as started:
            ended = self._listen(record, started, begin)
        return checked_plan(task, record.plan(ended, monotonic() - begin))

    def _listen(self, record: SearchRecord, started: "_Started", begin: float) -> EndReason:
        started.start(Order(record.task, "answer", self.near_enough, self.seed))
        second_at = begin + _SECOND_AFTER_S if self.processes > 1 else float("inf")
        try:
            while not record.is_finished:
                now = monotonic()
                if now >= begin + self.seconds:
                    return _at_least_something(record, "limit")
                if now >= second_at:
                    second_at = float("inf")
                    started.start(Order(record.task, "improve", self.near_enough, self.seed))
                message = started.next(min(begin + self.seconds, second_at) - now)
                if message is not None and (ended := self._heard(record, message, started)):
                    return ended
        except KeyboardInterrupt:
            if record.sites is None:
                raise
            return "interrupted"
        return "proven"

    def _heard(self, record: SearchRecord, message: Message, started: "_Started") -> EndReason | None:
        if isinstance(message, Raised):
            raise message.again()
        if isinstance(message, Died):
            # Whatever killed it, the other one may go on; what was found stays found.
            if message.part == "answer" and message.is_done:
                return _at_least_something(record, "exhausted")
            return None if started.count else _at_least_something(record, "exhausted")
        message.told_to(record)
        self.told(record)
        return None


def _at_least_something(record: SearchRecord, ended: EndReason) -> EndReason:
    if record.sites is None:
        raise NoPlanFound
    return ended


class _Started:
    """Processes at work, and one queue of what they say."""

    def __init__(self) -> None:
        self._all: list[subprocess.Popen[bytes]] = []
        self._said: queue.Queue[Message] = queue.Queue()
        self.count = 0

    def start(self, order: Order) -> None:
        """In a session of its own: Ctrl+C is for us. Its end of our pipe tells it when we are gone."""
        command = [sys.executable, "-c", _ENTRY]
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
            env=_environment(),
        )
        self._all.append(process)
        self.count += 1
        Thread(target=self._serve, args=(process, order), daemon=True).start()

    def next(self, within_s: float) -> Message | None:
        try:
            message = self._said.get(timeout=max(within_s, 0.0))
        except queue.Empty:
            return None
        if isinstance(message, Died):
            self.count -= 1
        return message

    def _serve(self, process: "subprocess.Popen[bytes]", order: Order) -> None:
        assert process.stdin is not None and process.stdout is not None
        done = False
        try:
            pickle.dump(order, process.stdin, protocol=pickle.HIGHEST_PROTOCOL)
            process.stdin.flush()
            while True:
                message: Message = pickle.load(process.stdout)
                done = isinstance(message, Died)
                self._said.put(message)
        except (EOFError, OSError, ValueError, pickle.UnpicklingError):
            pass  # it has ended, or we have ended it
        if not done:
            self._said.put(Died(order.part, False))

    def end(self) -> None:
        for process in self._all:
            process.kill()
        for process in self._all:
            process.wait()


def _environment() -> dict[str, str]:
    """One thread each: there are two of them, and others on the machine."""
    threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    paths = [str(Path(__file__).parents[3]), os.environ.get("PYTHONPATH", "")]
    known = {"PYTHONPATH": os.pathsep.join(path for path in paths if path)}
    return {**os.environ, **dict.fromkeys(threads, "1"), **known}


@contextmanager
def _processes() -> Iterator[_Started]:
    started = _Started()
    try:
        yield started
    finally:
        started.end()
