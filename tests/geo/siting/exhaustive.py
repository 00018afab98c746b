"""The slow, obvious solver: every set of sites, looked at one after the other."""

from itertools import combinations

import numpy as np

from geo.siting.problem import Cover, SitingGoal, SitingTask
from geo.siting.record import SitingPlan
from geo.siting.solve import broken_limits, recompute_objective


def best_set(task: SitingTask) -> tuple[float, tuple[int, ...]] | None:
    """The best objective and its sites, None where no set keeps the limits; of several as good the first with the
    fewest sites.
    """
    best: tuple[float, tuple[int, ...]] | None = None
    limits = task.limits
    free = [site for site in range(task.data.sites) if site not in limits.fixed]
    most = len(free) if limits.p is None else min(limits.p, len(free))
    for some in (some for count in range(most + 1) for some in combinations(free, count)):
        opened = tuple(sorted({*some, *limits.fixed}))
        if [*broken_limits(task, opened)]:
            continue
        value = recompute_objective(task, opened)
        gained = 0.0 if best is None else (value - best[0]) * (1 if task.is_maximised else -1)
        if best is None or gained > 1e-9:
            best = value, opened
    return best


def every_set(task: SitingTask) -> SitingPlan:
    """The best plan by looking at all."""
    best = best_set(task)
    assert best is not None, "no plan keeps the limits"
    server = np.full(len(task.data.weights), -1, dtype=np.int64)
    found = np.array(best[1], dtype=np.int64)
    return SitingPlan(found, best[0], best[0], server, "every set", "every set", "proven")


def served(cover: Cover, sites: tuple[int, ...]) -> float:
    """The demand that some sites cover."""
    return recompute_objective(SitingTask(SitingGoal.MCLP, cover), sites)
