"""The solver of many runs: exact where that is cheap, the same on any machine."""

import numpy as np
import pytest

from geo.siting.problem import SiteGroup, SitingGoal, SitingLimits, SitingTask
from geo.siting.situation import build_situation_task
from geo.siting.solve import broken_limits
from tests.geo.siting.exhaustive import every_set
from tests.geo.siting.towns import scattered
from yihui.planning.siting.solving import MAX_EXACT_PAIRS, quick_solver

LIMITS = {
    "p": SitingLimits(p=2),
    "conflicts": SitingLimits(p=3, conflicts=np.array([[0, 1], [2, 3], [1, 4]])),
    "minimum": SitingLimits(p=3, groups=(SiteGroup("甲", np.array([5, 6]), 1, 1),)),
    "budget": SitingLimits(cost=np.array([5.0, 4, 3, 2, 1, 1, 9]), budget=7.0),
}


@pytest.mark.parametrize("goal", [SitingGoal.MCLP, SitingGoal.P_MEDIAN, SitingGoal.P_CENTRE])
@pytest.mark.parametrize("limits", LIMITS.values(), ids=LIMITS)
@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.endure)])
def test_small_tasks_are_solved_to_the_proof(seed: int, limits: SitingLimits, goal: SitingGoal) -> None:
    task = build_situation_task(scattered(seed, 25, 7, 2), goal, limits).task
    found, best = quick_solver(30.0)(task), every_set(task)
    assert found.objective == pytest.approx(best.objective, rel=1e-6)
    assert found.is_proven
    assert not [*broken_limits(task, found.sites.tolist())]


def large() -> SitingTask:
    situation = scattered(9, 1_500, 300, 5, radius_m=700.0)
    task = build_situation_task(situation, SitingGoal.MCLP, SitingLimits(p=12)).task
    assert len(task.data.site_of) > MAX_EXACT_PAIRS
    return task


def test_large_tasks_give_the_same_plan_every_time() -> None:
    one, other = (quick_solver(60.0)(large()) for _ in range(2))
    assert one.sites.tolist() == other.sites.tolist()
    assert one.ended == "exhausted"
