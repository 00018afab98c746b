import numpy as np
import pytest

from geo.siting.limits import Limits
from geo.siting.problem import Goal
from geo.siting.proposing import built, landmarks, ways
from geo.siting.situation import Situation, posed
from tests.geo.siting.exhaustive import every_set
from tests.geo.siting.towns import at, geodesics, scattered


def served(situation: Situation, opened: np.ndarray) -> float:
    near = geodesics(situation.demand.points, opened) <= situation.radius_m
    return float(situation.demand.weight[near.any(axis=1)].sum())


@pytest.mark.parametrize("goal", [Goal.MCLP, Goal.P_MEDIAN, Goal.P_CENTRE])
@pytest.mark.parametrize("seed", range(4))
def test_gains_in_turn_add_up_to_what_is_newly_served(seed: int, goal: Goal) -> None:
    situation = scattered(seed, 25, 7, 3)
    asked = posed(situation, goal, Limits(p=3))
    found = built(situation, asked, every_set(asked.task))
    opened = situation.standing
    for site, gained in zip(found.sites.tolist(), found.gained.tolist(), strict=True):
        before, opened = opened, np.concatenate((opened, situation.candidates.points[[site]]))
        assert gained == pytest.approx(served(situation, opened) - served(situation, before))
    assert not len(found.closed)


@pytest.mark.parametrize("seed", range(6))
def test_no_more_places_are_closed_than_new_ones_need(seed: int) -> None:
    near = scattered(seed, 25, 5, 4)
    situation = Situation(near.demand, near.candidates, near.standing, 900.0, may_close=True)
    asked = posed(situation, Goal.MCLP, Limits(p=4 + 1))
    plan = every_set(asked.task)
    found = built(situation, asked, plan, more=1)
    assert len(found.closed) == max(0, len(found.sites) - 1)
    kept = np.delete(situation.standing, found.closed, axis=0)
    opened = np.concatenate((kept, situation.candidates.points[found.sites]))
    assert served(situation, opened) == pytest.approx(plan.objective)


def test_ways_are_weighted_by_demand() -> None:
    situation = scattered(5, 40, 3, 2)
    nearest = geodesics(situation.demand.points, situation.standing).min(axis=1)
    weight = situation.demand.weight
    found = ways(situation, situation.standing)
    assert found.mean_m == pytest.approx(np.average(nearest, weights=weight), abs=1e-3)
    assert found.farthest_m == pytest.approx(nearest[weight > 0].max(), abs=1e-3)
    assert found.served == pytest.approx(served(situation, situation.standing))


def test_a_landmark_says_from_where_and_which_way() -> None:
    (found,) = landmarks(at((0, 900)), at((0, 0), (5_000, 0)), ["泉城广场驿站", "东站"])
    assert found is not None
    assert (found.name, found.bearing) == ("泉城广场驿站", "north")
    assert found.distance_m == pytest.approx(900, abs=0.01)
    assert landmarks(at((0, 0)), at(), []) == [None]
