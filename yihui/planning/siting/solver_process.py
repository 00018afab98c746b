"""The solver process: it receives one order and sends better plans and bounds until it is ended."""

import os
import pickle
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Thread
from typing import BinaryIO, Literal

from core.faults import Fault, FaultError
from geo.siting.limits import Ints, NoPlanFound
from geo.siting.problem import SitingTask
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
class FoundPlan:
    """A better plan."""

    sites: Ints
    objective: float
    by: str

    def apply_to(self, record: SearchRecord) -> None:
        """Add the plan to a record."""
        record.report_plan(self.sites, self.objective, self.by)


@dataclass(frozen=True, slots=True)
class ImprovedBound:
    """A better bound."""

    bound: float
    by: str

    def apply_to(self, record: SearchRecord) -> None:
        """Add the bound to a record."""
        record.report_bound(self.bound, self.by)


@dataclass(frozen=True, slots=True)
class ProcessEnded:
    """The last message of a process. ``is_done`` means that it had nothing more to try."""

    part: SolverPart
    is_done: bool


@dataclass(frozen=True, slots=True)
class RaisedError:
    """An error as a message: exceptions with their own arguments can't be pickled."""

    kind: type[FaultError] | None
    faults: Sequence[Fault] = ()
    text: str = ""

    @classmethod
    def from_exception(cls, error: Exception) -> "RaisedError":
        """Build the message for an exception; no kind and no text stand for `NoPlanFound`."""
        if isinstance(error, FaultError):
            return cls(type(error), error.faults)
        if isinstance(error, NoPlanFound):
            return cls(None)
        return cls(None, text="".join(traceback.format_exception(error)))

    def to_exception(self) -> Exception:
        """Rebuild the exception."""
        if self.kind is not None:
            return self.kind(self.faults)
        return RuntimeError(self.text) if self.text else NoPlanFound()


SolverMessage = FoundPlan | ImprovedBound | ProcessEnded | RaisedError


class _SendingRecord(SearchRecord):
    """A record that sends every improvement of plan or bound."""

    def __init__(self, order: SolverOrder, out: BinaryIO) -> None:
        super().__init__(order.task)
        self._out = out

    def report_plan(self, sites: Ints, objective: float, by: str) -> None:
        before = self.objective
        super().report_plan(sites, objective, by)
        if self.objective != before and self.sites is not None:
            send_message(FoundPlan(self.sites, objective, by), self._out)

    def report_bound(self, bound: float, by: str) -> None:
        before = self.bound
        super().report_bound(bound, by)
        if self.bound != before:
            send_message(ImprovedBound(bound, by), self._out)


def send_message(message: SolverMessage, out: BinaryIO) -> None:
    """Pickle a message and write it."""
    pickle.dump(message, out, protocol=pickle.HIGHEST_PROTOCOL)
    out.flush()


def run_solver(order: SolverOrder, out: BinaryIO) -> None:
    """Carry out an order and send its results, then ``ProcessEnded``."""
    telling = _SendingRecord(order, out)
    try:
        if order.part == "answer":
            search_and_prove(order.task, telling, _LONG)
        else:
            search_better_plans(order.task, telling, order.seed)
    except Exception as error:  # noqa: BLE001 the parent process raises it again
        send_message(RaisedError.from_exception(error), out)
    send_message(ProcessEnded(order.part, True), out)


def _end_with_parent() -> None:
    """End this process when the parent closes the pipe."""
    sys.stdin.buffer.read()  # the parent sends nothing more: the pipe ends when the parent does
    os._exit(1)


def main() -> None:
    """Read an order from standard input and write messages to standard output."""
    order: SolverOrder = pickle.load(sys.stdin.buffer)
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # keep output of libraries apart from the messages
    Thread(target=_end_with_parent, daemon=True).start()
    run_solver(order, out)
