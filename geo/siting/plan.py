"""What is answered: the sites to open, what that is worth, and how good it provably is."""

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from geo.siting.limits import Ints
from geo.siting.problem import Goal, Mask, Task

PROVEN = 1e-7  # a gap below this is rounding

# proven: no better plan exists; near_enough: the gap asked for is proven; limit, interrupted: the best
# found when time or patience ended; exhausted: the solver had no more to try within its effort.
Ended = Literal["proven", "near_enough", "limit", "interrupted", "exhausted"]


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """The sites of a plan, checked by `geo.siting.checking`.

    ``sites`` are sorted positions of all open sites, the fixed ones too. ``objective`` is covered demand
    (mclp), cost (lscp), demand × metres (p_median) or metres (p_centre). No plan whatever is better than
    ``bound``, which ``bound_by`` proved. ``server`` (n,) is for each demand an open site that serves it,
    the nearest where distances are known, -1 where none does.
    """

    goal: Goal
    sites: Ints
    objective: float
    bound: float
    server: Ints
    found_by: str
    bound_by: str
    ended: Ended
    seconds: float = 0.0

    @property
    def gap(self) -> float:
        """How much better than this plan any other could be, as a share of this plan's objective."""
        return gap(self.objective, self.bound)

    @property
    def is_proven(self) -> bool:
        return self.gap <= PROVEN

    @property
    def covered(self) -> Mask:
        return np.asarray(self.server >= 0)


def gap(objective: float, bound: float) -> float:
    """The distance of objective and bound as a share of the objective; infinite where nothing is known."""
    if objective == bound:
        return 0.0
    return abs(bound - objective) / abs(objective) if objective else float("inf")


class Solver(Protocol):
    """Answers a task: `yihui.planning.siting.solving.Solving` within a time limit, `geo.siting.solve` without one."""

    def __call__(self, task: Task) -> Plan: ...


class Watch(Protocol):
    """Is told of every better plan and bound as they are found, and says when to stop."""

    def found(self, sites: Ints, objective: float, by: str) -> None: ...

    def bounded(self, bound: float, by: str) -> None: ...

    def goes_on(self) -> bool: ...
