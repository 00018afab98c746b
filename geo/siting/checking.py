"""An independent look at a plan: does it keep every limit, and is it worth what it says.

Shares no code with the solvers; slow and obvious on purpose. Every plan passes here before it is returned.
"""

import math
from collections.abc import Iterable, Iterator
from itertools import pairwise

from geo.siting.plan import Plan
from geo.siting.problem import Cover, Distances, Goal, Task

_REL = 1e-9  # of rounding in sums


def broken_limits(task: Task, sites: Iterable[int]) -> tuple[str, ...]:
    """What a set of open sites breaks, in words for whoever mends the solver; empty for a feasible one."""
    return tuple(_broken(task, set(sites)))


def objective_of(task: Task, sites: Iterable[int]) -> float:
    """What a set of open sites is worth; infinite where a demand that must be served can't be."""
    opened = set(sites)
    data = task.data
    if task.goal is Goal.LSCP:
        cost = task.limits.cost
        return math.fsum(1.0 if cost is None else float(cost[site]) for site in opened - task.limits.fixed)
    if isinstance(data, Cover):
        rows = _rows(data)
        return math.fsum(w for w, row in zip(data.weights.tolist(), rows, strict=True) if opened & set(row))
    nearest = list(_nearest_m(data, opened))
    weights = data.weights.tolist()
    if task.goal is Goal.P_CENTRE:
        return max((m for w, m in zip(weights, nearest, strict=True) if w > 0), default=0.0)
    return math.fsum(w * m for w, m in zip(weights, nearest, strict=True) if w > 0)


def faults_of(task: Task, plan: Plan) -> tuple[str, ...]:
    """Everything that is wrong with a plan: limits, objective, bound, servers; empty for a sound one."""
    return tuple(_faults(task, plan))


def _faults(task: Task, plan: Plan) -> Iterator[str]:
    sites = plan.sites.tolist()
    if sites != sorted(set(sites)):
        yield "sites are not sorted, or twice there"
    yield from _broken(task, set(sites))
    worth = objective_of(task, sites)
    if not math.isclose(worth, plan.objective, rel_tol=_REL, abs_tol=_REL):
        yield f"the objective is {worth}, not {plan.objective}"
    slack = _REL * max(1.0, abs(plan.objective))
    if plan.objective - plan.bound > slack if task.is_maximised else plan.bound - plan.objective > slack:
        yield f"the objective {plan.objective} is better than the bound {plan.bound}"
    opened = set(sites)
    for demand, (row, server) in enumerate(zip(_rows(task.data), plan.server.tolist(), strict=True)):
        if server == -1 and opened & set(row):
            yield f"demand {demand} is served by nobody, although it could be"
        elif server != -1 and (server not in row or server not in opened):
            yield f"demand {demand} is served by {server}, which can't or isn't open"


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
    cost = math.fsum(1.0 if limits.cost is None else float(limits.cost[site]) for site in new)
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
        alone = [
            demand
            for demand, row in enumerate(_rows(task.data))
            if not opened & set(row) and (task.goal is Goal.LSCP or task.data.weights[demand] > 0)
        ]
        if alone:
            yield f"{len(alone)} demands are not served, the first {alone[0]}"


def _rows(data: Cover | Distances) -> list[list[int]]:
    starts, sites = data.starts.tolist(), data.site_of.tolist()
    return [sites[begin:end] for begin, end in pairwise(starts)]


def _nearest_m(data: Distances, opened: set[int]) -> Iterator[float]:
    starts, sites, metres = data.starts.tolist(), data.site_of.tolist(), data.metres.tolist()
    for begin, end in pairwise(starts):
        yield min((metres[pair] for pair in range(begin, end) if sites[pair] in opened), default=math.inf)
