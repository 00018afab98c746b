import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.siting.problem import SitingGoal, SitingLimits
from geo.siting.proposing import compute_plan_changes, compute_service_distances, find_landmarks, rank_gains
from geo.siting.situation import SitingSituation, build_situation_task
from tests.geo.siting.exhaustive import every_set
from tests.geo.siting.towns import at, geodesics, scattered, served_by


@pytest.mark.parametrize("goal", [SitingGoal.MCLP, SitingGoal.P_MEDIAN, SitingGoal.P_CENTRE])
@pytest.mark.parametrize("seed", range(4))
def test_gains_in_turn_add_up_to_what_is_newly_served(seed: int, goal: SitingGoal) -> None:
    situation = scattered(seed, 25, 7, 3)
    asked = build_situation_task(situation, goal, SitingLimits(p=3))
    found = compute_plan_changes(situation, asked, every_set(asked.task))
    opened = situation.standing
    for site, gained in zip(found.sites.tolist(), found.gained.tolist(), strict=True):
        before, opened = opened, np.concatenate((opened, situation.candidates.points[[site]]))
        assert gained == pytest.approx(served_by(situation, opened) - served_by(situation, before))
    assert not len(found.closed)


@pytest.mark.parametrize("seed", range(6))
def test_no_more_places_are_closed_than_new_ones_need(seed: int) -> None:
    near = scattered(seed, 25, 5, 4)
    situation = SitingSituation(near.demand, near.candidates, near.standing, 900.0, may_close=True)
    asked = build_situation_task(situation, SitingGoal.MCLP, SitingLimits(p=4 + 1))
    plan = every_set(asked.task)
    found = compute_plan_changes(situation, asked, plan, more=1)
    assert len(found.closed) == max(0, len(found.sites) - 1)
    kept = np.delete(situation.standing, found.closed, axis=0)
    opened = np.concatenate((kept, situation.candidates.points[found.sites]))
    assert served_by(situation, opened) == pytest.approx(plan.objective)


def test_ways_are_weighted_by_demand() -> None:
    situation = scattered(5, 40, 3, 2)
    nearest = geodesics(situation.demand.points, situation.standing).min(axis=1)
    weight = situation.demand.weight
    found = compute_service_distances(situation, situation.standing)
    assert found.mean_m == pytest.approx(np.average(nearest, weights=weight), abs=1e-3)
    assert found.farthest_m == pytest.approx(nearest[weight > 0].max(), abs=1e-3)
    assert found.served == pytest.approx(served_by(situation, situation.standing))


def test_a_landmark_says_from_where_and_which_way() -> None:
    (found,) = find_landmarks(at((0, 900)), at((0, 0), (5_000, 0)), ["泉城广场驿站", "东站"])
    assert found is not None
    assert (found.name, found.bearing) == ("泉城广场驿站", "north")
    assert found.distance_m == pytest.approx(900, abs=0.01)
    assert find_landmarks(at((0, 0)), at(), []) == [None]


@given(st.lists(st.floats(1.0, 1e6), min_size=1, max_size=12))
def test_sites_that_gain_alike_share_the_rank_of_the_first_of_them(gains: list[float]) -> None:
    gained = sorted(gains, reverse=True)
    ranks = rank_gains(gained)
    for rank in set(ranks):
        group = [gain for gain, one in zip(gained, ranks, strict=True) if one == rank]
        assert rank == 1 + sum(one < rank for one in ranks)
        assert group[0] - group[-1] <= 0.02 * group[0]
        assert all(gain < 0.98 * group[0] for gain, one in zip(gained, ranks, strict=True) if one > rank)
