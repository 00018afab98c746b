"""The solver process: it receives one order and sends better plans and bounds until it is ended."""

import os
import sys
import traceback
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from threading import Thread
from typing import Any, Literal

from core.faults import FaultError
from geo.siting.problem import Ints, NoPlanFound, SitingTask
from geo.siting.record import SearchRecord
from geo.siting.searching import SearchEffort
from geo.siting.solve import search_and_prove, search_better_plans

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
