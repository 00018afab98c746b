"""Limits that make no sense, or can't be kept, are told by name and with what to do."""

import numpy as np
import pytest

from geo.siting.problem import (
    InfeasibleLimits,
    SiteGroup,
    SitingGoal,
    SitingLimits,
    SitingTask,
)
from geo.siting.solve import solve_siting_task
from tests.geo.siting.small_tasks import conflicting_limits
from tools.siting_library import cover_from_lists, distances_from_metres

# Four demands in a row, four sites; each site covers two of them.
ROWS = [[0, 3], [0, 1], [1, 2], [2, 3]]
COVER = cover_from_lists([5.0, 3.0, 2.0, 7.0], ROWS, 4)


def refused(limits: SitingLimits, goal: SitingGoal = SitingGoal.MCLP) -> InfeasibleLimits:
    with pytest.raises(InfeasibleLimits) as caught:
        solve_siting_task(SitingTask(goal, COVER, limits))
    return caught.value


def test_a_budget_below_the_cheapest_site_opens_none() -> None:
    plan = solve_siting_task(
        SitingTask(SitingGoal.MCLP, COVER, SitingLimits(cost=np.full(4, 10.0), budget=9.0))
    )
    assert (plan.sites.tolist(), plan.objective, plan.bound) == ([], 0.0, 0.0)


def test_fixed_sites_too_near_one_another() -> None:
    names = ("泉城路", "西门", "大明湖", "东门")
    limits = SitingLimits(p=1, fixed=frozenset({0, 1}), conflicts=np.array([[1, 0], [2, 3]]), names=names)
    found = refused(limits)
    assert set(conflicting_limits(found)) == {
        "泉城路 stays open",
        "西门 stays open",
        "泉城路 and 西门 are too near one another",
    }
    assert all(fault.remedy for fault in found.faults)


def test_a_demand_that_nobody_can_reach() -> None:
    task = SitingTask(SitingGoal.LSCP, cover_from_lists([1.0, 1.0], [[0], []], 1))
    with pytest.raises(
        InfeasibleLimits, match="1 demands have no candidate within reach, the first is number 1"
    ):
        solve_siting_task(task)


def test_a_goal_and_data_that_do_not_belong_together() -> None:
    with pytest.raises(ValueError, match="p_median needs Distances, not Cover"):
        SitingTask(SitingGoal.P_MEDIAN, COVER)


@pytest.mark.parametrize("weight", [-1.0, float("nan"), float("inf")])
def test_a_weight_that_is_none(weight: float) -> None:
    with pytest.raises(ValueError, match="weight is negative or not finite"):
        cover_from_lists([weight], [[0]], 1)
    with pytest.raises(ValueError, match="weight is negative or not finite"):
        distances_from_metres([weight], [[1.0]])


def test_longer_hours_are_an_option_of_which_one_may_be_had() -> None:
    """Sites 2 and 3 are one station, until 22:00 or until midnight: not both, and the dearer covers more."""
    cover = cover_from_lists([4.0, 4.0, 4.0], [[0], [2, 3], [3]], 4)
    both = SiteGroup("station 2", np.array([2, 3]), most=1)
    cost = np.array([10.0, 10.0, 2.0, 3.0])
    plan = solve_siting_task(
        SitingTask(SitingGoal.MCLP, cover, SitingLimits(budget=5.0, cost=cost, groups=(both,)))
    )
    assert (plan.sites.tolist(), plan.objective) == ([3], 8.0)
