"""The result of a siting task: the sites to open, the objective, and the proven bound."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from geo.siting.limits import Ints
from geo.siting.problem import SitingTask

PROVEN_GAP = 1e-7  # a gap below this is rounding

# proven: no better plan exists; limit, interrupted: the best plan when time ended or the user stopped;
# exhausted: the solver used up its effort.
EndReason = Literal["proven", "limit", "interrupted", "exhausted"]


@dataclass(frozen=True, slots=True, eq=False)
class SitingPlan:
    """The sites of a plan, checked by `geo.siting.checking`.

    ``sites`` are sorted positions of all open sites, including the fixed ones. ``objective`` is covered
    demand (mclp), cost (lscp), demand × metres (p_median) or metres (p_centre). No plan is better than
    ``bound``, which ``bound_by`` proved. ``server`` (n,) is for each demand an open site that serves it, the
    nearest where distances are known, -1 where none does.
    """

    sites: Ints
    objective: float
    bound: float
    server: Ints
    found_by: str
    bound_by: str
    ended: EndReason
    seconds: float = 0.0

    @property
    def gap(self) -> float:
        """How much better than this plan any other could be, as a share of this plan's objective."""
        return relative_gap(self.objective, self.bound)

    @property
    def is_proven(self) -> bool:
        return self.gap <= PROVEN_GAP


def relative_gap(objective: float, bound: float) -> float:
    """Return the distance between objective and bound as a share of the objective.

    It is infinite where no bound is known, or where the objective is 0 and the bound is not.
    """
    if objective == bound:
        return 0.0
    return abs(bound - objective) / abs(objective) if objective else float("inf")


# `yihui.planning.siting.solving.TimedSolver` solves a task within a time limit, `geo.siting.solve` without one.
Solver = Callable[[SitingTask], SitingPlan]


class SearchWatch(Protocol):
    """Receives every better plan and bound of a search, and decides when the search stops."""

    def report_plan(self, sites: Ints, objective: float, by: str) -> None: ...

    def report_bound(self, bound: float, by: str) -> None: ...

    def goes_on(self) -> bool: ...
