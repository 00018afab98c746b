"""The slow, obvious solver: every set of sites, looked at one after the other."""

from itertools import combinations

import numpy as np

from geo.siting.plan import SitingPlan
from geo.siting.problem import Cover, Distances, SitingGoal, SitingTask

FAR_M = 1e9


def every_set(task: SitingTask) -> SitingPlan:
    """The best plan by looking at all; of several as good the first with the fewest sites."""
    best: tuple[float, tuple[int, ...]] | None = None
    sites = task.data.sites
    free = [s for s in range(sites) if s not in task.limits.fixed | task.limits.closed]
    most = len(free) if task.limits.p is None else min(task.limits.p, len(free))
    for count in range(most + 1):
        for some in combinations(free, count):
            opened = tuple(sorted({*some, *task.limits.fixed}))
            if not keeps(task, opened):
                continue
            value = worth(task, opened)
            if value is not None and (best is None or better(task, value, best[0])):
                best = value, opened
    assert best is not None, "no plan keeps the limits"
    found = np.array(best[1], dtype=np.int64)
    server = np.full(len(task.data.weights), -1, dtype=np.int64)
    return SitingPlan(task.goal, found, best[0], best[0], server, "every set", "every set", "proven")


def better(task: SitingTask, one: float, other: float) -> bool:
    return one > other + 1e-9 if task.is_maximised else one < other - 1e-9


def keeps(task: SitingTask, opened: tuple[int, ...]) -> bool:
    limits, chosen = task.limits, set(opened)
    if limits.budget is not None and limits.costs(task.data.sites)[list(opened)].sum() > limits.budget:
        return False
    for group in limits.groups:
        count = len(chosen & set(group.sites.tolist()))
        if count < group.least or (group.most is not None and count > group.most):
            return False
    return not any(one in chosen and other in chosen for one, other in limits.conflicts.tolist())


def worth(task: SitingTask, opened: tuple[int, ...]) -> float | None:
    """The objective; None where not everybody is served, and everybody must be."""
    data, chosen = task.data, set(opened)
    if isinstance(data, Cover):
        covered = [
            not chosen.isdisjoint(data.site_of[data.starts[i] : data.starts[i + 1]].tolist())
            for i in range(len(data.weights))
        ]
        if task.goal is SitingGoal.LSCP:
            return float(task.limits.costs(data.sites)[list(opened)].sum()) if all(covered) else None
        return float(data.weights[covered].sum())
    nearest = nearest_m(data, chosen)
    if (nearest == FAR_M).any():
        return None
    return float(
        (data.weights * nearest).sum() if task.goal is SitingGoal.P_MEDIAN else nearest.max(initial=0.0)
    )


def served(cover: Cover, sites: tuple[int, ...]) -> float:
    """The demand that some sites cover."""
    value = worth(SitingTask(SitingGoal.MCLP, cover), sites)
    assert value is not None
    return value


def nearest_m(data: Distances, chosen: set[int]) -> np.ndarray:
    nearest = np.full(len(data.weights), FAR_M)
    for row in range(len(data.weights)):
        for pair in range(data.starts[row], data.starts[row + 1]):
            if data.site_of[pair] in chosen:
                nearest[row] = min(nearest[row], data.metres[pair])
    return nearest
