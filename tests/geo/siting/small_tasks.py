"""Small random tasks with all kinds of limits, and the slow, obvious answer to each."""

from itertools import combinations

import numpy as np
from hypothesis import strategies as st

from geo.siting.problem import (
    Cover,
    Distances,
    InfeasibleLimits,
    SiteGroup,
    SitingGoal,
    SitingLimits,
    SitingTask,
)
from tests.geo.siting.exhaustive import best_set
from tools.siting_library import cover_from_metres, distances_from_metres

GOALS = list(SitingGoal)


@st.composite
def tasks(draw: st.DrawFn, goals: list[SitingGoal] = GOALS, *, plain: bool = False) -> SitingTask:
    """Up to 7 sites and 9 demands; many limits contradict each other, as users' do."""
    goal = draw(st.sampled_from(goals))
    chance = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, m = int(chance.integers(1, 10)), int(chance.integers(1, 8))
    whole = bool(chance.integers(2))
    weights = chance.integers(0, 9, n).astype(float) if whole else chance.uniform(0, 9, n)
    metres = chance.integers(0, 12, (n, m)).astype(float) if whole else chance.uniform(0, 12, (n, m))
    if goal in (SitingGoal.MCLP, SitingGoal.LSCP):
        data: Cover | Distances = cover_from_metres(weights, metres, float(chance.uniform(1, 9)))
    else:
        data = distances_from_metres(weights, np.where(chance.random((n, m)) < 0.15, np.inf, metres))
    return SitingTask(
        goal, data, SitingLimits(p=int(chance.integers(1, m + 1))) if plain else limits(chance, m)
    )


def limits(chance: np.random.Generator, m: int) -> SitingLimits:
    def some(share: float) -> frozenset[int]:
        return frozenset(np.flatnonzero(chance.random(m) < share).tolist())

    fixed = some(0.15) if chance.random() < 0.5 else frozenset()
    free = m - len(fixed)
    pairs = np.array(list(combinations(range(m), 2)), dtype=np.int64).reshape(-1, 2)
    near = pairs[chance.random(len(pairs)) < 0.15] if chance.random() < 0.6 else pairs[:0]
    groups = []
    for number in range(int(chance.integers(0, 3))):
        least = int(chance.integers(0, 3))
        most = least + int(chance.integers(0, 3)) if chance.random() < 0.7 else None
        groups.append(
            SiteGroup(f"district {number}", np.array(sorted(some(0.5)), dtype=np.int64), least, most)
        )
    return SitingLimits(
        p=int(chance.integers(0, free + 1)) if chance.random() < 0.6 else None,
        cost=chance.integers(0, 6, m).astype(float) if chance.random() < 0.5 else None,
        budget=float(chance.integers(0, 12)) if chance.random() < 0.4 else None,
        fixed=fixed,
        groups=tuple(groups),
        conflicts=near,
    )


def best_by_looking_at_all(task: SitingTask) -> float | None:
    """The objective of the best of all subsets, None where none keeps the limits."""
    best = best_set(task)
    return None if best is None else best[0]


def conflicting_limits(error: InfeasibleLimits) -> tuple[str, ...]:
    """The limits that can't be kept together, in words."""
    return tuple(fault.text for fault in error.faults if fault.field != "limits")
