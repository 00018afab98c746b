from collections.abc import Iterable

import numpy as np
import pytest
from numpy.typing import NDArray

from geo.coverage.demand import Demand
from geo.siting.alternatives import Disturbance, disturb_situation, iter_disturbed_choices
from geo.siting.problem import NoPlanFound, SitingGoal, SitingLimits, SitingTask
from geo.siting.record import SitingPlan
from geo.siting.situation import SitingSituation
from tests.geo.siting.exhaustive import every_set
from tests.geo.siting.towns import GEOD, at, scattered, sites


def choice_shares(chosen: Iterable[NDArray[np.int64]], sites: int) -> NDArray[np.float64]:
    """The share of the runs that chose each site."""
    count, runs = np.zeros(sites), 0
    for positions in chosen:
        count[positions] += 1
        runs += 1
    return count / runs


def moved_m(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.array([GEOD.inv(*a, *b)[2] for a, b in zip(one, other, strict=True)])


def test_points_move_at_most_so_far_evenly_over_the_disc_and_demand_by_its_share() -> None:
    situation = scattered(1, 2_000, 50, 20)
    other = disturb_situation(situation, Disturbance(50.0, 0.1, 7), run=0)
    metres = moved_m(situation.demand.points, other.demand.points)
    assert metres.max() <= 50 + 1e-6
    assert np.mean(metres <= 25) == pytest.approx(0.25, abs=0.03)  # a quarter of the disc's ground
    assert moved_m(situation.candidates.points, other.candidates.points).max() > 30
    assert moved_m(situation.standing, other.standing).max() > 30
    some = situation.demand.weight > 0
    share = other.demand.weight[some] / situation.demand.weight[some]
    assert 0.9 <= share.min() < 0.91 < 1.09 < share.max() <= 1.1
    assert other.radius_m == situation.radius_m


def test_the_same_seed_and_run_give_the_same_errors_and_others_give_others() -> None:
    situation = scattered(2, 30, 5, 2)

    def points(seed: int, run: int) -> list[list[float]]:
        return disturb_situation(situation, Disturbance(seed=seed), run).demand.points.tolist()

    assert points(1, 0) == points(1, 0)
    assert points(1, 0) != points(1, 1)
    assert points(1, 0) != points(2, 0)


def test_runs_are_the_same_for_the_same_seed() -> None:
    situation = scattered(3, 25, 7, 1)

    def found() -> list[float]:
        runs = iter_disturbed_choices(
            situation, SitingGoal.MCLP, SitingLimits(p=2), every_set, Disturbance(300.0, 0.3), 20
        )
        return choice_shares(runs, 7).tolist()

    first = found()
    assert first == found()
    assert sum(first) == pytest.approx(2.0)
    assert any(0 < share < 1 for share in first)


def test_an_obvious_site_is_chosen_in_every_run_and_a_tie_is_not() -> None:
    town = [(0.0, 0.0)] * 5
    villages = [(5_000.0, 0.0), (10_000.0, 0.0)]
    demand = Demand.from_points(at(*town, *villages), [100.0] * 5 + [10.0, 10.0])
    situation = SitingSituation(demand, sites(at((100, 0), (5_100, 0), (10_100, 0))), at(), 500.0)
    found = choice_shares(
        iter_disturbed_choices(situation, SitingGoal.MCLP, SitingLimits(p=2), every_set, Disturbance(), 40), 3
    )
    assert found[0] == 1.0
    assert 0.2 < found[1] < 0.8
    assert found[1] + found[2] == pytest.approx(1.0)


def test_a_run_without_a_plan_in_time_does_not_count() -> None:
    situation = scattered(3, 25, 7, 1)
    calls: list[SitingTask] = []

    def sometimes(task: SitingTask) -> SitingPlan:
        calls.append(task)
        if len(calls) % 2:
            raise NoPlanFound
        return every_set(task)

    runs = iter_disturbed_choices(situation, SitingGoal.MCLP, SitingLimits(p=1), sometimes, Disturbance(), 20)
    assert len(list(runs)) == 10
