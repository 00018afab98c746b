"""Plans that are improved part by part: always within the limits, never worse, and out of where swaps are stuck."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.siting.checking import broken_limits
from geo.siting.goal_methods import build_mclp_method
from geo.siting.limits import Ints, SitingLimits
from geo.siting.parts import PartSearch
from geo.siting.problem import Cover, SitingGoal, SitingTask
from geo.siting.record import SearchRecord, compute_objective
from geo.siting.searching import LocalSearch
from geo.siting.solve import search_better_parts
from geo.siting.swapping import open_exactly
from tests.geo.siting.small_tasks import best_by_looking_at_all, tasks


class Bounded(SearchRecord):
    """Stops after a number of questions, and remembers every plan."""

    def __init__(self, task: SitingTask, left: int) -> None:
        super().__init__(task)
        self.left = left
        self.plans: list[tuple[Ints, float]] = []

    def goes_on(self) -> bool:
        self.left -= 1
        return self.left > 0

    def report_plan(self, sites: Ints, objective: float, by: str) -> None:
        self.plans.append((sites, objective))
        super().report_plan(sites, objective, by)


@settings(deadline=None, derandomize=True, max_examples=150)
@given(tasks([SitingGoal.MCLP, SitingGoal.LSCP, SitingGoal.P_CENTRE]), st.integers(0, 9))
def test_every_plan_keeps_the_limits_and_the_last_is_the_best(task: SitingTask, seed: int) -> None:
    if best_by_looking_at_all(task) is None:
        return  # `search_and_prove`, which runs beside it, says so
    watch = Bounded(task, 300)
    search_better_parts(task, watch, seed)
    for sites, objective in watch.plans:
        assert not broken_limits(task, sites)
        assert compute_objective(task, sites) == objective or np.isclose(
            compute_objective(task, sites), objective
        )
    if watch.plans and task.goal is SitingGoal.MCLP:
        assert watch.objective == max(objective for _, objective in watch.plans)


@settings(deadline=None, derandomize=True, max_examples=100)
@given(tasks([SitingGoal.MCLP], plain=True), st.integers(0, 2**32 - 1))
def test_a_merged_plan_is_as_good_as_both(task: SitingTask, seed: int) -> None:
    method, chance = build_mclp_method(task), np.random.default_rng(seed)
    search = LocalSearch(method, SearchRecord(task))
    free, p = len(method.free), task.limits.p or 0
    one, other = (np.sort(chance.permutation(free)[:p]) for _ in range(2))
    worth = []
    for plan in (other, one):
        open_exactly(method.worth, search.standing, plan)
        worth.append(method.worth.total)
    assert method.part_model is not None
    parts = PartSearch(method.part_model, method.worth, search.standing, chance, lambda: True)
    parts.merge(other)
    assert method.worth.total >= max(worth) - 1e-9
    assert search.standing.is_sound


def test_two_sites_that_only_help_together_are_found() -> None:
    """Sites 0 and 1 cover 9 each; any one of 2 to 5 alone covers less than what its swap would lose.

    The best pair is 2 and 3: 20 of the demand in all, in place of 18.
    """
    rows = [[0, 2], [0, 3], [1, 2], [1, 3], [2], [3]]
    cover = Cover.from_lists([4.5, 4.5, 4.5, 4.5, 1.0, 1.0], rows, 4)
    task = SitingTask(SitingGoal.MCLP, cover, SitingLimits(p=2))
    method = build_mclp_method(task)
    search = LocalSearch(method, SearchRecord(task))
    open_exactly(method.worth, search.standing, np.array([0, 1]))
    assert method.part_model is not None
    parts = PartSearch(
        method.part_model, method.worth, search.standing, np.random.default_rng(1), lambda: True
    )
    parts.improve()
    assert search.standing.open_sites.tolist() == [2, 3]
    assert method.worth.total == 20
