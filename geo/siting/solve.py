"""Solve a siting task without a time limit.

`yihui.planning.siting.solving` solves it within a time limit.
"""

import math
from collections.abc import Iterable, Iterator

import numpy as np

from geo.siting.conflicting import find_conflict
from geo.siting.goal_methods import (
    build_lscp_method,
    build_mclp_method,
    build_p_median_method,
    solve_p_centre,
)
from geo.siting.problem import Distances, Floats, Mask, SitingGoal, SitingTask
from geo.siting.record import PROVEN_GAP, SearchRecord, SitingPlan
from geo.siting.restrictions import row_of_pairs
from geo.siting.searching import LocalSearch, SearchEffort, prove_optimality

_REL = 1e-9  # relative tolerance for rounding in sums


def recompute_objective(task: SitingTask, sites: Iterable[int]) -> float:
    """Return the objective of a set of open sites. It is infinite where a demand that must be served can't be."""
    opened, data = set(sites), task.data
    if task.goal is SitingGoal.LSCP:
        return _cost(task, opened - task.limits.fixed)
    if task.goal is SitingGoal.MCLP:
        return math.fsum(data.weights[_served(task, opened)])
    asks = data.weights > 0
    nearest = _nearest_m(task, opened)[asks]
    return (
        float(max(nearest, default=0.0))
        if task.goal is SitingGoal.P_CENTRE
        else math.fsum(data.weights[asks] * nearest)
    )


def find_plan_faults(task: SitingTask, plan: SitingPlan) -> Iterator[str]:
    """Yield all faults of a plan: limits, objective, bound, servers; none for a sound plan."""
    sites = plan.sites.tolist()
    if sites != sorted(set(sites)):
        yield "sites are not sorted, or twice there"
    if broken := [*broken_limits(task, sites)]:
        yield from broken
        return
    worth = recompute_objective(task, sites)
    if not math.isclose(worth, plan.objective, rel_tol=_REL, abs_tol=_REL):
        yield f"the objective is {worth}, not {plan.objective}"
    beyond = plan.objective - plan.bound if task.is_maximised else plan.bound - plan.objective
    if beyond > PROVEN_GAP * abs(plan.objective):
        yield f"the objective {plan.objective} is better than the bound {plan.bound}"
    yield from _wrong_servers(task, plan)


def _wrong_servers(task: SitingTask, plan: SitingPlan) -> Iterator[str]:
    if len(plan.server) != len(task.data.weights):
        yield f"{len(plan.server)} demands have a server, not {len(task.data.weights)}"
        return
    opened = set(plan.sites.tolist())
    for demand in np.flatnonzero((plan.server < 0) & _served(task, opened)):
        yield f"demand {demand} is served by nobody, although it could be"
    demand_of = row_of_pairs(task.data.starts)
    match = (plan.server[demand_of] == task.data.site_of) & _is_open(task, opened)
    found = np.bincount(demand_of[match], minlength=len(plan.server)) > 0
    for demand in np.flatnonzero((plan.server >= 0) & ~found):
        yield f"demand {demand} is served by {plan.server[demand]}, which can't or isn't open"
    if isinstance(task.data, Distances):
        nearest = _nearest_m(task, opened)
        for pair in np.flatnonzero(match & (task.data.metres > nearest[demand_of])):
            yield f"demand {demand_of[pair]} has an open site that is nearer than {task.data.site_of[pair]}"


def broken_limits(task: SitingTask, chosen: Iterable[int]) -> Iterator[str]:
    """Yield the limits that a set of open sites breaks, for the developer who repairs the solver."""
    opened, limits, sites = set(chosen), task.limits, task.data.sites
    new = opened - limits.fixed
    if strange := {site for site in opened if not 0 <= site < sites}:
        yield f"there are no sites {sorted(strange)}"
        return
    if missing := limits.fixed - opened:
        yield f"fixed sites {sorted(missing)} are not open"
    if limits.p is not None and len(new) > limits.p:
        yield f"{len(new)} sites are more than p = {limits.p}"
    cost = _cost(task, new)
    if limits.budget is not None and cost > limits.budget * (1 + _REL) + _REL:
        yield f"the cost {cost} exceeds {limits.budget}"
    for group in limits.groups:
        count = len(opened & set(group.sites.tolist()))
        if count < group.least or (group.most is not None and count > group.most):
            yield f"{group.name} has {count}, not {group.least} to {group.most}"
    for one, other in limits.conflicts.tolist():
        if one in opened and other in opened and one != other:
            yield f"sites {one} and {other} are too near one another"
    for demand in np.flatnonzero(task.must_serve & ~_served(task, opened)).tolist():
        yield f"demand {demand} is not served"


def _cost(task: SitingTask, new: set[int]) -> float:
    cost = task.limits.cost
    return math.fsum(1.0 if cost is None else float(cost[site]) for site in new)


def _is_open(task: SitingTask, opened: set[int]) -> Mask:
    """Return for each pair whether its site is open."""
    return np.isin(task.data.site_of, sorted(opened))


def _served(task: SitingTask, opened: set[int]) -> Mask:
    """Return for each demand whether any of its pairs is open."""
    times = np.bincount(
        row_of_pairs(task.data.starts)[_is_open(task, opened)], minlength=len(task.data.weights)
    )
    return np.asarray(times > 0)


def _nearest_m(task: SitingTask, opened: set[int]) -> Floats:
    """Return for each demand the least distance of its open pairs; infinite where there is none."""
    assert isinstance(task.data, Distances)
    there = _is_open(task, opened)
    nearest = np.full(len(task.data.weights), np.inf)
    np.minimum.at(nearest, row_of_pairs(task.data.starts)[there], task.data.metres[there])
    return nearest


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


def search_and_prove(task: SitingTask, watch: SearchRecord, effort: SearchEffort = _EFFORT) -> None:
    """Report ever better plans and bounds to ``watch``, until one is proven or the watch says stop."""
    _refuse_fixed_conflicts(task)
    if task.goal is SitingGoal.P_CENTRE:
        solve_p_centre(task, watch, effort.nodes)
        return
    prove_optimality(_begin_search(task, watch), effort)


def search_better_plans(task: SitingTask, watch: SearchRecord, seed: int) -> None:
    """Report ever better plans to ``watch`` until it says stop, by shaking and swapping; without bounds.

    It runs beside `search_and_prove`, on another processor.
    """
    if task.goal is not SitingGoal.P_CENTRE:  # which has no local search
        _begin_search(task, watch).polish(2**62, seed)


def _begin_search(task: SitingTask, watch: SearchRecord) -> LocalSearch:
    """Return a local search with its first plan."""
    search = LocalSearch(_METHODS[task.goal](task), watch)
    search.begin()
    return search


def checked_plan(task: SitingTask, plan: SitingPlan) -> SitingPlan:
    """Return the plan after an independent check. *Raises*: AssertionError where the solver is wrong."""
    if faults := [*find_plan_faults(task, plan)]:
        raise AssertionError(f"the solver is wrong: {'; '.join(faults)}")
    return plan


def _refuse_fixed_conflicts(task: SitingTask) -> None:
    fixed, pairs = task.limits.fixed_mask(task.data.sites), task.limits.conflicts
    if (fixed[pairs].all(axis=1) & (pairs[:, 0] != pairs[:, 1])).any() and (trouble := find_conflict(task)):
        raise trouble
