"""Solve a siting task without a time limit.

`yihui.planning.siting.solving` solves it within a time limit.
"""

from geo.siting.checking import find_plan_faults
from geo.siting.conflicting import find_conflict
from geo.siting.goal_methods import (
    build_lscp_method,
    build_mclp_method,
    build_p_median_method,
    solve_p_centre,
)
from geo.siting.plan import SearchWatch, SitingPlan
from geo.siting.problem import SitingGoal, SitingTask
from geo.siting.record import SearchRecord
from geo.siting.searching import LocalSearch, SearchEffort, prove_optimality

_METHODS = {
    SitingGoal.MCLP: build_mclp_method,
    SitingGoal.LSCP: build_lscp_method,
    SitingGoal.P_MEDIAN: build_p_median_method,
}
_EFFORT = SearchEffort()


def solve_siting_task(task: SitingTask, effort: SearchEffort = _EFFORT) -> SitingPlan:
    """Return the best plan, proven unless ``effort`` bounds the search.

    *Raises*: InfeasibleLimits, which names the limits that can't be kept together; NoPlanFound where the
    effort ended before any plan was found.
    """
    record = SearchRecord(task)
    search_and_prove(task, record, effort)
    return checked_plan(task, record.plan("exhausted"))


def search_and_prove(task: SitingTask, watch: SearchWatch, effort: SearchEffort = _EFFORT) -> None:
    """Report ever better plans and bounds to ``watch``, until one is proven or the watch says stop."""
    _refuse_fixed_conflicts(task)
    if task.goal is SitingGoal.P_CENTRE:
        solve_p_centre(task, watch, effort.nodes)
        return
    prove_optimality(_begin_search(task, watch), effort)


def search_better_plans(task: SitingTask, watch: SearchWatch, seed: int) -> None:
    """Report ever better plans to ``watch`` until it says stop, by shaking and swapping; without bounds.

    It runs beside `search_and_prove`, on another processor.
    """
    if task.goal is not SitingGoal.P_CENTRE:  # which has no local search
        _begin_search(task, watch).polish(2**62, seed)


def _begin_search(task: SitingTask, watch: SearchWatch) -> LocalSearch:
    """Return a local search with its first plan."""
    search = LocalSearch(_METHODS[task.goal](task), watch)
    search.begin()
    return search


def checked_plan(task: SitingTask, plan: SitingPlan) -> SitingPlan:
    """Return the plan after an independent check. *Raises*: AssertionError where the solver is wrong."""
    if faults := find_plan_faults(task, plan):
        raise AssertionError(f"the solver is wrong: {'; '.join(faults)}")
    return plan


def _refuse_fixed_conflicts(task: SitingTask) -> None:
    fixed, pairs = task.limits.fixed_mask(task.data.sites), task.limits.conflicts
    if (fixed[pairs].all(axis=1) & (pairs[:, 0] != pairs[:, 1])).any() and (trouble := find_conflict(task)):
        raise trouble
