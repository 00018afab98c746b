import numpy as np
import pytest

from geo.coverage.demand import Demand
from geo.siting.problem import Cover, Distances, SitingGoal, SitingLimits, TooManyPairs
from geo.siting.situation import SitingSituation, build_situation_task, nearest_m
from tests.geo.siting.exhaustive import every_set
from tests.geo.siting.towns import at, geodesics, scattered, served_by, sites


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("may_close", [False, True])
def test_a_task_of_cover_counts_what_all_geodesics_count(seed: int, may_close: bool) -> None:
    situation = scattered(seed, 30, 6, 3)
    situation = SitingSituation(situation.demand, situation.candidates, situation.standing, 900.0, may_close)
    p = 2 + (3 if may_close else 0)
    asked = build_situation_task(situation, SitingGoal.MCLP, SitingLimits(p=p))
    plan = every_set(asked.task)
    new = plan.sites[plan.sites < 6]
    kept = plan.sites[plan.sites >= 6] - 6 if may_close else np.arange(3)
    opened = np.concatenate((situation.candidates.points[new], situation.standing[kept]))
    before = 0.0 if may_close else served_by(situation, situation.standing)
    assert served_by(situation, opened) == pytest.approx(before + plan.objective)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("goal", [SitingGoal.P_MEDIAN, SitingGoal.P_CENTRE])
def test_one_fixed_site_stands_for_all_that_stand(seed: int, goal: SitingGoal) -> None:
    situation = scattered(seed, 20, 6, 4)
    asked = build_situation_task(situation, goal, SitingLimits(p=2))
    plan = every_set(asked.task)
    assert set(asked.task.limits.fixed) <= set(plan.sites.tolist())
    new = plan.sites[plan.sites < 6]
    opened = np.concatenate((situation.standing, situation.candidates.points[new]))
    weight = situation.demand.weight
    nearest = geodesics(situation.demand.points, opened).min(axis=1)
    value = (weight * nearest).sum() if goal is SitingGoal.P_MEDIAN else nearest[weight > 0].max()
    assert value == pytest.approx(plan.objective, abs=0.01 * max(1.0, weight.sum()))


def test_a_distance_task_leaves_out_sites_that_are_farther_than_what_stands() -> None:
    demand = Demand.from_points(at((0, 0)), [1.0])
    situation = SitingSituation(demand, sites(at((900, 0), (100, 0))), at((500, 0)), 1_000.0)
    data = build_situation_task(situation, SitingGoal.P_MEDIAN, SitingLimits(p=1)).task.data
    assert isinstance(data, Distances)
    assert data.site_of.tolist() == [1, 2]


def test_what_no_site_can_serve_is_told_and_not_asked_for() -> None:
    demand = Demand.from_points(at((0, 0), (9_000, 0)), [5.0, 7.0])
    asked = build_situation_task(
        SitingSituation(demand, sites(at((100, 0))), at(), 500.0), SitingGoal.LSCP, SitingLimits()
    )
    assert asked.unreachable == 7.0
    assert isinstance(asked.task.data, Cover)
    assert asked.rows.tolist() == [0]


def test_nearest_is_that_of_all_geodesics_and_infinite_beyond_a_hundred_kilometres() -> None:
    points, others = at((0, 0), (5_000, 100)), at((700, 0), (5_000, 5_000), (-90_000, 0))
    assert nearest_m(points, others) == pytest.approx(geodesics(points, others).min(axis=1), abs=1e-6)
    assert np.isinf(nearest_m(points, at((150_000, 0)))).all()
    assert np.isinf(nearest_m(points, at())).all()


def test_more_pairs_than_can_be_reckoned_with_are_refused_before_they_are_made() -> None:
    points = at(*((100.0 * (i % 70), 100.0 * (i // 70)) for i in range(4_900)))
    demand = Demand.from_points(points, np.ones(len(points)))
    with pytest.raises(TooManyPairs, match=r"24,010,000 pairs .* 90,000 m"):
        build_situation_task(
            SitingSituation(demand, sites(points), at(), 90_000.0), SitingGoal.MCLP, SitingLimits(p=1)
        )
