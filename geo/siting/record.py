"""The best plan and the best bound of a search so far."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from geo.siting.problem import Cover, Ints, Mask, SitingTask
from geo.siting.restrictions import row_of_pairs

PROVEN_GAP = 1e-7  # a gap below this is rounding

# proven: no better plan exists; limit, interrupted: the best plan when time ended or the user stopped;
# exhausted: the solver used up its effort.
EndReason = Literal["proven", "limit", "interrupted", "exhausted"]


@dataclass(frozen=True, slots=True, eq=False)
class SitingPlan:
    """The sites of a plan, checked by `geo.siting.solve`.

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


@dataclass(slots=True, eq=False)
class SearchRecord:
    """Receives every better plan and bound of a search, stores the best, and decides when the search stops."""

    task: SitingTask
    sites: Ints | None = None
    objective: float = field(init=False)
    bound: float = field(init=False)
    found_by: str = ""
    bound_by: str = "nothing"

    def __post_init__(self) -> None:
        self.objective = -np.inf if self.task.is_maximised else np.inf
        self.bound = -self.objective

    def report_plan(self, sites: Ints, objective: float, by: str) -> None:
        if self._is_over(objective, self.objective):
            self.sites, self.objective, self.found_by = np.sort(sites), objective, by

    def report_bound(self, bound: float, by: str) -> None:
        if self._is_over(self.bound, bound):
            self.bound, self.bound_by = bound, by

    def goes_on(self) -> bool:
        return not self.is_finished

    @property
    def is_finished(self) -> bool:
        if self.sites is None:
            return False
        is_open = self._is_over(self.bound, self.objective)
        return not is_open or relative_gap(self.objective, self.bound) <= PROVEN_GAP

    def plan(self, ended: EndReason, seconds: float = 0.0) -> SitingPlan:
        """Return the best plan, with the site that serves each demand. A plan must have been found."""
        assert self.sites is not None
        # recomputed: incremental steps accumulate rounding errors
        self.objective = objective = compute_objective(self.task, self.sites)
        return SitingPlan(
            sites=self.sites,
            objective=objective,
            bound=objective if self.is_finished else self.bound,
            server=assign_servers(self.task, self.sites),
            found_by=self.found_by,
            bound_by=self.bound_by,
            ended="proven" if self.is_finished else ended,
            seconds=seconds,
        )

    def _is_over(self, one: float, other: float) -> bool:
        """Return whether one objective or bound is better than another."""
        return one > other if self.task.is_maximised else one < other


def assign_servers(task: SitingTask, sites: Ints) -> Ints:
    """Return for each demand an open site that serves it; -1 for none.

    Where distances are known, it is the nearest site.
    """
    data = task.data
    is_open: Mask = np.zeros(data.sites + 1, dtype=bool)
    is_open[sites] = True
    rows = row_of_pairs(data.starts)
    pairs = np.flatnonzero(is_open[data.site_of])
    if not isinstance(data, Cover):
        pairs = pairs[np.lexsort((data.site_of[pairs], data.metres[pairs], rows[pairs]))]
    server = np.full(len(data.weights), -1, dtype=np.int64)
    # the first pair of each row is assigned last and so remains
    server[rows[pairs][::-1]] = data.site_of[pairs][::-1]
    return server


def compute_objective(task: SitingTask, sites: Ints) -> float:
    """Compute the objective of a set of open sites, quickly. Infinite where a demand that must be served isn't."""
    data, limits = task.data, task.limits
    if task.goal.value == "lscp":
        return float(limits.costs(data.sites)[sites].sum())
    is_open: Mask = np.zeros(data.sites + 1, dtype=bool)
    is_open[sites] = True
    rows = row_of_pairs(data.starts)
    there = is_open[data.site_of]
    if isinstance(data, Cover):
        covered = np.zeros(len(data.weights), dtype=bool)
        covered[rows[there]] = True
        return float(data.weights[covered].sum())
    nearest = np.full(len(data.weights), np.inf)
    np.minimum.at(nearest, rows[there], data.metres[there])
    needed = data.weights > 0
    if task.goal.value == "p_centre":
        return float(nearest[needed].max(initial=0.0))
    return float(data.weights[needed] @ nearest[needed])
