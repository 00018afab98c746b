"""An independent look at a plan: does it keep every limit, and is it worth what it says.

Shares no code with the solvers, and is obvious on purpose: which pairs are open, and what follows. Every
plan passes here before it is handed out.
"""

import math
from collections.abc import Iterable, Iterator

import numpy as np

from geo.siting.plan import PROVEN, Plan
from geo.siting.problem import Distances, Floats, Goal, Mask, Task

_REL = 1e-9  # of rounding in sums


def broken_limits(task: Task, sites: Iterable[int]) -> tuple[str, ...]:
    """What a set of open sites breaks, in words for whoever mends the solver; empty for a feasible one."""
    return tuple(_broken(task, set(sites)))


def objective_of(task: Task, sites: Iterable[int]) -> float:
    """What a set of open sites is worth; infinite where a demand that must be served can't be."""
    opened, data = set(sites), task.data
    if task.goal is Goal.LSCP:
        return _cost(task, opened - task.limits.fixed)
    if task.goal is Goal.MCLP:
        return math.fsum(data.weights[_served(task, opened)])
    asks = data.weights > 0
    nearest = _nearest_m(task, opened)[asks]
    return (
        float(max(nearest, default=0.0))
        if task.goal is Goal.P_CENTRE
        else math.fsum(data.weights[asks] * nearest)
    )


def faults_of(task: Task, plan: Plan) -> tuple[str, ...]:
    """Everything that is wrong with a plan: limits, objective, bound, servers; empty for a sound one."""
    return tuple(_faults(task, plan))


def _faults(task: Task, plan: Plan) -> Iterator[str]:
    sites = plan.sites.tolist()
    if sites != sorted(set(sites)):
        yield "sites are not sorted, or twice there"
    if broken := broken_limits(task, sites):
        yield from broken
        return
    worth = objective_of(task, sites)
    if not math.isclose(worth, plan.objective, rel_tol=_REL, abs_tol=_REL):
        yield f"the objective is {worth}, not {plan.objective}"
    beyond = plan.objective - plan.bound if task.is_maximised else plan.bound - plan.objective
    if beyond > PROVEN * abs(plan.objective):
        yield f"the objective {plan.objective} is better than the bound {plan.bound}"
    yield from _wrong_servers(task, plan)


def _wrong_servers(task: Task, plan: Plan) -> Iterator[str]:
    if len(plan.server) != len(task.data.weights):
        yield f"{len(plan.server)} demands have a server, not {len(task.data.weights)}"
        return
    opened = set(plan.sites.tolist())
    for demand in np.flatnonzero((plan.server < 0) & _served(task, opened)):
        yield f"demand {demand} is served by nobody, although it could be"
    demand_of = _demand_of_pairs(task)
    match = (plan.server[demand_of] == task.data.site_of) & _is_open(task, opened)
    found = np.bincount(demand_of[match], minlength=len(plan.server)) > 0
    for demand in np.flatnonzero((plan.server >= 0) & ~found):
        yield f"demand {demand} is served by {plan.server[demand]}, which can't or isn't open"
    if isinstance(task.data, Distances):
        nearest = _nearest_m(task, opened)
        for pair in np.flatnonzero(match & (task.data.metres > nearest[demand_of])):
            yield f"demand {demand_of[pair]} has an open site that is nearer than {task.data.site_of[pair]}"


def _broken(task: Task, opened: set[int]) -> Iterator[str]:
    limits, sites = task.limits, task.data.sites
    new = opened - limits.fixed
    if strange := {site for site in opened if not 0 <= site < sites}:
        yield f"there are no sites {sorted(strange)}"
        return
    if missing := limits.fixed - opened:
        yield f"fixed sites {sorted(missing)} are not open"
    if wrong := limits.closed & new:
        yield f"sites {sorted(wrong)} may not be open"
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
    if task.goal is not Goal.MCLP:
        asks = (
            np.ones(len(task.data.weights), dtype=bool) if task.goal is Goal.LSCP else task.data.weights > 0
        )
        for demand in np.flatnonzero(asks & ~_served(task, opened)).tolist():
            yield f"demand {demand} is not served"


def _cost(task: Task, new: set[int]) -> float:
    cost = task.limits.cost
    return math.fsum(1.0 if cost is None else float(cost[site]) for site in new)


def _demand_of_pairs(task: Task) -> "np.typing.NDArray[np.int64]":
    return np.repeat(np.arange(len(task.data.weights)), np.diff(task.data.starts))


def _is_open(task: Task, opened: set[int]) -> Mask:
    """For each pair whether its site is open."""
    return np.isin(task.data.site_of, sorted(opened))


def _served(task: Task, opened: set[int]) -> Mask:
    """For each demand whether any of its pairs is open."""
    times = np.bincount(_demand_of_pairs(task)[_is_open(task, opened)], minlength=len(task.data.weights))
    return np.asarray(times > 0)


def _nearest_m(task: Task, opened: set[int]) -> Floats:
    """For each demand the least distance of its open pairs, infinite where there is none."""
    assert isinstance(task.data, Distances)
    there = _is_open(task, opened)
    nearest = np.full(len(task.data.weights), np.inf)
    np.minimum.at(nearest, _demand_of_pairs(task)[there], task.data.metres[there])
    return nearest
