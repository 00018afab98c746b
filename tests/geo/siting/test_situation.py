"""The situation of a plan: spacing, stability."""

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from geo.coverage.demand import Demand
from geo.siting.faults import NoPlanFound, TooManyPairs
from geo.siting.limits import SitingLimits
from geo.siting.plan import SitingPlan
from geo.siting.problem import Cover, Distances, SitingGoal, SitingTask
from geo.siting.proposal import SiteProposal
from geo.siting.situation import SitingSituation, build_situation_task, nearest_m
from geo.siting.spacing import SpacingRule, nearest_other_m, pairs_too_near, weight_within
from geo.siting.stability import Disturbance, disturb_situation, iter_disturbed_choices
from tests.geo.siting.exhaustive import every_set
from tests.geo.siting.towns import GEOD, at, geodesics, scattered, sites
from tests.tiers import budget


def covered_by_all(situation: SitingSituation, opened: np.ndarray) -> float:
    """Demand within the radius of any of these points, geodesic by geodesic."""
    served = (geodesics(situation.demand.points, opened) <= situation.radius_m).any(axis=1)
    return float(situation.demand.weight[served].sum())


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
    before = 0.0 if may_close else covered_by_all(situation, situation.standing)
    assert covered_by_all(situation, opened) == pytest.approx(before + plan.objective)


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


metres = st.integers(-2_000, 2_000)
places = st.lists(st.tuples(metres, metres), min_size=1, max_size=25)


@pytest.mark.deeper
@given(places, st.lists(st.sampled_from([0.0, 300.0, 500.0, 1_000.0]), min_size=25, max_size=25))
@settings(deadline=None, derandomize=True, max_examples=budget(80))
def test_pairs_too_near_are_those_of_all_geodesics(where: list[tuple[int, int]], least: list[float]) -> None:
    points, least_m = at(*where), np.array(least[: len(where)])
    all_m = geodesics(points, points)
    expected = [
        [i, j]
        for i in range(len(points))
        for j in range(i + 1, len(points))
        if all_m[i, j] < min(least_m[i], least_m[j])
    ]
    assert pairs_too_near(points, least_m).tolist() == expected


def test_two_just_as_far_apart_as_they_must_be_are_no_pair() -> None:
    points = at((0, 0), (500, 0))
    apart_m = geodesics(points[:1], points[1:])[0, 0]
    assert not len(pairs_too_near(points, np.full(2, apart_m)))
    assert len(pairs_too_near(points, np.full(2, apart_m + 1e-6))) == 1


@pytest.mark.deeper
@given(places, places)
@settings(deadline=None, derandomize=True, max_examples=budget(60))
def test_the_nearest_other_is_that_of_all_geodesics(
    where: list[tuple[int, int]], others: list[tuple[int, int]]
) -> None:
    points, there = at(*where), at(*others)
    assert nearest_other_m(points, there) == pytest.approx(geodesics(points, there).min(axis=1), abs=1e-6)


def test_a_point_is_not_its_own_neighbour_but_its_twin_is() -> None:
    points = at((0, 0), (0, 0), (700, 0))
    found = nearest_other_m(points, points, np.arange(3))
    assert found == pytest.approx([0, 0, 700], abs=1e-3)
    assert np.isinf(nearest_other_m(points[:1], points[:1], np.array([0])))[0]


@given(places, st.sampled_from([150.0, 1_000.0]))
@settings(deadline=None, derandomize=True, max_examples=40)
def test_weight_within_a_radius_is_that_of_all_geodesics(
    where: list[tuple[int, int]], radius_m: float
) -> None:
    points = at(*where)
    weight = np.arange(1.0, len(points) + 1)
    expected = (geodesics(points, points) <= radius_m) @ weight
    assert weight_within(points, points, weight, radius_m) == pytest.approx(expected)


def test_towns_have_a_kilometre_dense_places_half_of_it_and_the_country_no_rule() -> None:
    rule = SpacingRule()
    assert rule.limit_m(np.array([0, 1_499, 1_500, 3_999, 4_000, 20_000])).tolist() == [
        np.inf, np.inf, 1_000, 1_000, 500, 500,
    ]  # fmt: skip


def test_density_is_demand_around_over_the_area_of_the_circle() -> None:
    points = at((0, 0), (999, 0), (1_001, 0))
    found = SpacingRule().density_per_km2(points[:1], points, np.array([100.0, 200.0, 400.0]))
    assert found == pytest.approx(300 / np.pi)


@pytest.mark.parametrize(
    "figures",
    [
        {"most_m": 0},
        {"most_m": 200_000},
        {"most_dense_m": 1_001},
        {"dense_per_km2": 1_000},
        {"town_per_km2": -1},
    ],
)
def test_a_rule_that_contradicts_itself_is_refused(figures: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"give|swap"):
        SpacingRule(**figures)


@pytest.mark.parametrize(
    ("neighbour_m", "spacing_m", "keeps"),
    [(999.9, 1_000.0, True), (1_000.0, 1_000.0, False), (1_500.0, 1_000.0, False), (9e9, np.inf, True), (1.0, None, None)],
)  # fmt: skip
def test_a_proposal_keeps_the_rule_if_its_neighbour_is_less_than_so_far_away(
    neighbour_m: float, spacing_m: float | None, keeps: bool | None
) -> None:
    one = SiteProposal(1, "", 117.0, 36.6, None, "", 1.0, 1.0, neighbour_m=neighbour_m, spacing_m=spacing_m)
    assert one.obeys_spacing is keeps


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
    calls = []

    def sometimes(task: SitingTask) -> SitingPlan:
        calls.append(task)
        if len(calls) % 2:
            raise NoPlanFound
        return every_set(task)

    assert (
        len(
            list(
                iter_disturbed_choices(
                    situation, SitingGoal.MCLP, SitingLimits(p=1), sometimes, Disturbance(), 20
                )
            )
        )
        == 10
    )


@pytest.mark.parametrize(
    "figures", [{"error_m": -1}, {"error_m": 20_000}, {"demand_share": 1}, {"demand_share": -0.1}]
)
def test_errors_that_can_not_be_are_refused(figures: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="give"):
        Disturbance(**figures)
