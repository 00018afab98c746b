"""Plans that are improved part by part: always within the limits, never worse, and out of where swaps are stuck."""

import itertools

import numpy as np
import pytest
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
from tests.tiers import budget


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


@pytest.mark.endure
@settings(deadline=None, derandomize=True, max_examples=budget(150))
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


@pytest.mark.endure
@settings(deadline=None, derandomize=True, max_examples=budget(100))
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


def build_dense_task(seed: int, *, is_whole: bool) -> SitingTask:
    """600 demands and 80 sites in a square; each site covers some 30 demands."""
    chance = np.random.default_rng(seed)
    demands, sites = chance.random((600, 2)), chance.random((80, 2))
    apart = np.hypot(*(demands[:, None] - sites[None]).transpose(2, 0, 1))
    weights = chance.random(600) * 100
    weights = np.floor(weights) + 1 if is_whole else weights
    rows = [np.flatnonzero(row < 0.13).tolist() for row in apart]
    return SitingTask(
        SitingGoal.MCLP, Cover.from_lists(weights.tolist(), rows, len(sites)), SitingLimits(p=15)
    )


@pytest.mark.endure
@pytest.mark.parametrize("is_whole", [True, False])
def test_plan_after_plan_is_built_also_where_weights_are_fractions(is_whole: bool) -> None:
    """Rounding of fractions is no gain: else the parts of the first plan would be improved for ever."""
    task = build_dense_task(3, is_whole=is_whole)
    watch = Bounded(task, 50_000)
    method = build_mclp_method(task)
    search = LocalSearch(method, watch)
    search.begin()
    search.search_by_parts(rounds=3, seed=8)
    assert watch.left > 0
    told = [objective for _, objective in watch.plans]
    assert all(later > one * (1 + 1e-12) for one, later in itertools.pairwise(told))


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
