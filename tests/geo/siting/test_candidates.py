"""Candidates, limits, alternatives and proposals of siting."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from core.faults import FaultError
from geo.coverage.demand import Demand
from geo.coverage.grid import EQUAL_AREA
from geo.siting.alternatives import find_fewest_sites, find_hours_alternative
from geo.siting.candidates import CandidateSites, grid_candidates
from geo.siting.faults import InfeasibleLimits
from geo.siting.limits import SiteGroup, SitingLimits
from geo.siting.problem import Cover, Distances, SitingGoal, SitingTask
from geo.siting.proposing import compute_plan_changes, compute_service_distances, find_landmarks
from geo.siting.situation import SitingSituation, build_situation_task
from geo.siting.solve import solve_siting_task
from tests.geo.siting.exhaustive import every_set, worth
from tests.geo.siting.small_tasks import conflicting_limits
from tests.geo.siting.towns import at, geodesics, scattered, sites
from tests.tiers import budget

places = st.lists(st.tuples(st.integers(-4_000, 4_000), st.integers(-4_000, 4_000)), min_size=1, max_size=60)


def squares(points: np.ndarray, spacing_m: float) -> list[tuple[int, int]]:
    flat = Transformer.from_crs("EPSG:4326", EQUAL_AREA, always_xy=True)
    return [tuple(int(c // spacing_m) for c in flat.transform(*point)) for point in points]


@pytest.mark.deeper
@given(places, st.sampled_from([300.0, 1_000.0, 2_500.0]))
@settings(deadline=None, derandomize=True, max_examples=budget(60))
def test_every_square_with_demand_has_one_site_at_a_point_of_demand_in_it(
    metres: list[tuple[int, int]], spacing_m: float
) -> None:
    points = at(*metres)
    found = grid_candidates(Demand.from_points(points, np.ones(len(points))), spacing_m)
    there = {tuple(p) for p in points.tolist()}
    assert all(tuple(p) in there for p in found.points.tolist())
    assert sorted(squares(found.points, spacing_m)) == sorted(set(squares(points, spacing_m)))


def test_where_nobody_is_no_site_stands() -> None:
    demand = Demand.from_points(at((0, 0), (5_000, 0)), [0.0, 3.0])
    assert len(grid_candidates(demand, 1_000)) == 1


def test_a_site_has_the_district_of_its_demand() -> None:
    demand = Demand.from_points(at((0, 0), (5_000, 0)), [1.0, 1.0], districts=["370102", None])
    found = grid_candidates(demand, 1_000)
    assert {*found.district} == {"370102", None}


def test_the_same_demand_in_another_order_gives_the_same_sites() -> None:
    chance = np.random.default_rng(3)
    points = at(*map(tuple, chance.uniform(-3_000, 3_000, (200, 2)).tolist()))
    turned = chance.permutation(200)
    one = grid_candidates(Demand.from_points(points, np.ones(200)), 700).points
    other = grid_candidates(Demand.from_points(points[turned], np.ones(200)), 700).points
    assert sorted(map(tuple, one.tolist())) == sorted(map(tuple, other.tolist()))


@pytest.mark.parametrize("spacing_m", [0, 49, 100_001, float("nan")])
def test_a_grid_too_fine_or_too_wide_is_refused(spacing_m: float) -> None:
    with pytest.raises(ValueError, match="give 50 to 100000 metres"):
        grid_candidates(Demand.from_points(at((0, 0)), [1.0]), spacing_m)


def test_a_cost_below_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="-1 fen"):
        sites(at((0, 0)), cost_fen=[-1])


def test_columns_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match="as many names"):
        CandidateSites(at((0, 0)), np.array([], dtype=object), np.array([None], dtype=object))


def test_some_of_the_sites_keep_their_costs() -> None:
    some = sites(at((0, 0), (10, 0), (20, 0)), ["a", "b", "c"], [1, 2, 3]).select(np.array([2, 0]))
    assert (some.name.tolist(), some.cost_fen.tolist()) == (["c", "a"], [3, 1])
    assert geodesics(some.points, at((20, 0)))[0, 0] < 1e-6


# Four demands in a row, four sites; each site covers two of them.
ROWS = [[0, 3], [0, 1], [1, 2], [2, 3]]
COVER = Cover.from_lists([5.0, 3.0, 2.0, 7.0], ROWS, 4)


def refused(limits: SitingLimits, goal: SitingGoal = SitingGoal.MCLP) -> InfeasibleLimits:
    with pytest.raises(InfeasibleLimits) as caught:
        solve_siting_task(SitingTask(goal, COVER, limits))
    return caught.value


def told(limits: SitingLimits) -> list[str]:
    with pytest.raises(FaultError) as caught:
        SitingTask(SitingGoal.MCLP, COVER, limits)
    return [fault.message.format_map(fault.values) for fault in caught.value.faults]


def test_more_sites_than_candidates() -> None:
    assert told(SitingLimits(p=5)) == ["p is 5, but only 4 candidates can be opened"]
    assert told(SitingLimits(p=3, fixed=frozenset({0}), closed=frozenset({1}))) == [
        "p is 3, but only 2 candidates can be opened"
    ]


def test_all_senseless_limits_are_told_at_once() -> None:
    limits = SitingLimits(
        p=-1,
        budget=float("nan"),
        cost=np.array([1.0, -2.0, np.inf, 0.0]),
        fixed=frozenset({9}),
        groups=(SiteGroup("历下区", np.array([0]), least=2, most=1),),
    )
    assert told(limits) == [
        "p is -1",
        "the budget is nan",
        "the cost of site 1 is -2.0",
        "the cost of site 2 is inf",
        "fixed names the site 9, but there are only 4",
        "历下区 wants at least 2 and at most 1",
    ]


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
    task = SitingTask(SitingGoal.LSCP, Cover.from_lists([1.0, 1.0], [[0], []], 1))
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
        Cover.from_lists([weight], [[0]], 1)
    with pytest.raises(ValueError, match="weight is negative or not finite"):
        Distances.from_metres([weight], [[1.0]])


def test_longer_hours_are_an_option_of_which_one_may_be_had() -> None:
    """Sites 2 and 3 are one station, until 22:00 or until midnight: not both, and the dearer covers more."""
    cover = Cover.from_lists([4.0, 4.0, 4.0], [[0], [2, 3], [3]], 4)
    both = SiteGroup("station 2", np.array([2, 3]), most=1)
    cost = np.array([10.0, 10.0, 2.0, 3.0])
    plan = solve_siting_task(
        SitingTask(SitingGoal.MCLP, cover, SitingLimits(budget=5.0, cost=cost, groups=(both,)))
    )
    assert (plan.sites.tolist(), plan.objective) == ([3], 8.0)


rows = st.lists(
    st.tuples(
        st.integers(1, 20),
        st.lists(st.integers(0, 5), max_size=3, unique=True),
        st.lists(st.integers(0, 4), max_size=3, unique=True),
    ),
    min_size=1,
    max_size=12,
)  # fmt: skip


def served(cover: Cover, sites: tuple[int, ...]) -> float:
    value = worth(SitingTask(SitingGoal.MCLP, cover), sites)
    assert value is not None
    return value


def fewest_by_trying(cover: Cover, target: float) -> int | None:
    for count in range(cover.sites + 1):
        if any(served(cover, some) >= target - 1e-6 for some in combinations(range(cover.sites), count)):
            return count
    return None


@pytest.mark.deeper
@given(rows, st.integers(1, 120))
@settings(deadline=None, derandomize=True, max_examples=budget(120))
def test_the_fewest_are_those_that_trying_all_sets_finds(
    table: list[tuple[int, list[int], list[int]]], target: int
) -> None:
    cover = Cover.from_lists([float(w) for w, _, _ in table], [doors for _, doors, _ in table], 6)
    found = find_fewest_sites(cover, target, every_set)
    expected = fewest_by_trying(cover, target)
    assert found.reaches == (expected is not None)
    assert found.gained == pytest.approx(served(cover, found.sites))
    if expected is None:
        assert found.gained == pytest.approx(served(cover, tuple(range(6))))
    else:
        assert len(found.sites) == expected
        assert found.is_proven


@pytest.mark.deeper
@given(rows, st.lists(st.integers(0, 4), min_size=1, max_size=3, unique=True))
@settings(deadline=None, derandomize=True, max_examples=budget(120))
def test_so_many_doors_are_worth_so_many_new_sites(
    table: list[tuple[int, list[int], list[int]]], plan: list[int]
) -> None:
    weights = [float(weight) for weight, _, _ in table]
    doors = Cover.from_lists(weights, [some for _, some, _ in table], 6)
    new = Cover.from_lists(weights, [some for _, _, some in table], 5)
    target = served(new, tuple(plan))
    found = find_hours_alternative(doors, new, tuple(plan), every_set)
    assert found.extended_gain == pytest.approx(served(doors, found.extended))
    if served(doors, tuple(range(6))) >= target:
        assert not found.is_all
        assert (found.new_sites, found.new_gain) == (len(plan), pytest.approx(target))
        assert found.extended_gain >= target - 1e-6
        assert len(found.extended) == fewest_by_trying(doors, target)
    else:
        assert found.is_all
        assert found.extended_gain == pytest.approx(served(doors, tuple(range(6))))
        assert found.new_sites == fewest_by_trying(new, found.extended_gain)
        assert found.new_gain >= found.extended_gain - 1e-6


def test_without_a_proof_that_fewer_would_not_do_none_is_claimed() -> None:
    cover = Cover.from_lists([6.0, 5.0, 5.0], [[0, 1], [0], [1]], 2)

    def unsure(task: SitingTask) -> object:
        plan = every_set(task)
        return type(plan)(**{f: getattr(plan, f) for f in plan.__slots__} | {"bound": 99.0})

    found = find_fewest_sites(cover, 16.0, unsure)
    assert len(found.sites) == 2
    assert not found.is_proven


def served_by(situation: SitingSituation, opened: np.ndarray) -> float:
    near = geodesics(situation.demand.points, opened) <= situation.radius_m
    return float(situation.demand.weight[near.any(axis=1)].sum())


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
