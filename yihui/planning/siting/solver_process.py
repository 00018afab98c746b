"""What runs in a process of its own: one order in, better plans and bounds out, until it is ended."""

import os
import pickle
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Thread
from typing import BinaryIO, Literal

from core.faults import Fault, InputFaults
from geo.siting.faults import InfeasibleLimits, NoPlanFound
from geo.siting.limits import Ints
from geo.siting.problem import SitingTask
from geo.siting.record import SearchRecord
from geo.siting.searching import SearchEffort
from geo.siting.solve import search_and_prove, search_better_plans

Part = Literal["answer", "improve"]

_LONG = SearchEffort(steps=6_000, shakes=400)


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """What to do until told otherwise."""

    task: SitingTask
    part: Part
    near_enough: float
    seed: int


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    sites: Ints
    objective: float
    by: str

    def told_to(self, record: SearchRecord) -> None:
        record.report_plan(self.sites, self.objective, self.by)


@dataclass(frozen=True, slots=True)
class Bounded:
    bound: float
    by: str

    def told_to(self, record: SearchRecord) -> None:
        record.report_bound(self.bound, self.by)


@dataclass(frozen=True, slots=True)
class Died:
    """The last of a process. ``is_done`` where it had nothing more to try."""

    part: Part
    is_done: bool


@dataclass(frozen=True, slots=True)
class Raised:
    """An error on its way to the caller; exceptions with arguments of their own don't travel by themselves."""

    kind: Literal["infeasible", "input", "unsolved", "defect"]
    faults: Sequence[Fault] = ()
    limits: Sequence[str] = ()
    text: str = ""

    @classmethod
    def of(cls, error: Exception) -> "Raised":
        if isinstance(error, InfeasibleLimits):
            return cls("infeasible", error.faults, error.limits)
        if isinstance(error, InputFaults):
            return cls("input", error.faults)
        if isinstance(error, NoPlanFound):
            return cls("unsolved")
        return cls("defect", text="".join(traceback.format_exception(error)))

    def again(self) -> Exception:
        if self.kind == "infeasible":
            return InfeasibleLimits(self.faults, self.limits)
        if self.kind == "input":
            return InputFaults(self.faults)
        return NoPlanFound() if self.kind == "unsolved" else RuntimeError(self.text)


Message = Found | Bounded | Died | Raised


class _Telling(SearchRecord):
    """Tells what is better than what it told before."""

    def __init__(self, order: Order, out: BinaryIO) -> None:
        super().__init__(order.task, order.near_enough)
        self._out = out

    def report_plan(self, sites: Ints, objective: float, by: str) -> None:
        before = self.objective
        super().report_plan(sites, objective, by)
        if self.objective != before and self.sites is not None:
            send(Found(self.sites, objective, by), self._out)

    def report_bound(self, bound: float, by: str) -> None:
        before = self.bound
        super().report_bound(bound, by)
        if self.bound != before:
            send(Bounded(bound, by), self._out)


def send(message: Message, out: BinaryIO) -> None:
    pickle.dump(message, out, protocol=pickle.HIGHEST_PROTOCOL)
    out.flush()


def work(order: Order, out: BinaryIO) -> None:
    """Do what is ordered and say what comes of it."""
    telling = _Telling(order, out)
    try:
        if order.part == "answer":
            search_and_prove(order.task, telling, _LONG)
        else:
            search_better_plans(order.task, telling, order.seed)
    except Exception as error:  # noqa: BLE001 it is raised again where the caller is
        send(Raised.of(error), out)
    send(Died(order.part, True), out)


def _end_with_parent() -> None:
    sys.stdin.buffer.read()  # nothing more comes: it ends when they do
    os._exit(1)


def main() -> None:
    order: Order = pickle.load(sys.stdin.buffer)
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints is no message
    Thread(target=_end_with_parent, daemon=True).start()
    work(order, out)
