from collections.abc import Callable
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.siting.alternatives import (
    CurvePoint,
    curve_site_counts,
    gains_in_order,
    iter_curve_points,
    order_by_gain,
    order_by_saving,
)
from geo.siting.problem import Cover, SitingGoal, SitingLimits, SitingTask
from geo.siting.record import SitingPlan
from tests.geo.siting.exhaustive import every_set, served
from tests.profile import searched
from tools.siting_library import cover_from_lists, distances_from_metres

covers = st.lists(
    st.tuples(st.integers(0, 20), st.lists(st.integers(0, 5), max_size=4, unique=True)),
    min_size=1,
    max_size=12,
)


def cover_of(rows: list[tuple[int, list[int]]]) -> Cover:
    return cover_from_lists([float(weight) for weight, _ in rows], [sites for _, sites in rows], 6)


def curve(
    cover: Cover, counts: list[int], solve: Callable[[SitingTask], SitingPlan] = every_set, **more: bool
) -> list[CurvePoint]:
    def task_of(p: int) -> SitingTask:
        return SitingTask(SitingGoal.MCLP, cover, SitingLimits(p=p))

    return list(iter_curve_points(task_of, counts, solve, **more))


@searched(150)
@given(covers, st.lists(st.integers(0, 5), min_size=1, max_size=6, unique=True), st.integers(0, 5))
def test_each_turn_takes_the_site_that_adds_most_to_what_is_served(
    rows: list[tuple[int, list[int]]], sites: list[int], standing: int
) -> None:
    cover = cover_of(rows)
    already = [] if standing in sites else [standing]
    turns = order_by_gain(cover, sites, already)
    opened = tuple(already)
    for site, gained in zip(turns.sites.tolist(), turns.gained.tolist(), strict=True):
        adds = {s: served(cover, (*opened, s)) - served(cover, opened) for s in sites if s not in opened}
        assert gained == pytest.approx(max(adds.values()))
        assert adds[site] == pytest.approx(gained)
        opened = (*opened, site)
    assert sorted(opened) == sorted([*sites, *already])


@searched(100)
@given(covers, st.permutations([0, 2, 3, 5]))
def test_gains_in_a_given_order_are_differences_of_what_is_served(
    rows: list[tuple[int, list[int]]], order: list[int]
) -> None:
    cover = cover_of(rows)
    expected = [served(cover, tuple(order[: k + 1])) - served(cover, tuple(order[:k])) for k in range(4)]
    assert gains_in_order(cover, order) == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(5))
def test_savings_in_turn_are_the_greatest_at_each_step(seed: int) -> None:
    chance = np.random.default_rng(seed)
    metres, weights = chance.uniform(0, 5_000, (12, 5)), chance.integers(0, 9, 12).astype(float)
    turns = order_by_saving(distances_from_metres(weights, metres), [0, 1, 2, 3], already=[4])
    nearest = metres[:, 4]
    for turn, site in enumerate(turns.sites.tolist()):
        left = [s for s in range(4) if s not in turns.sites[:turn]]
        savings = {s: (weights * np.maximum(nearest - metres[:, s], 0)).sum() for s in left}
        assert turns.gained[turn] == pytest.approx(max(savings.values()))
        assert savings[site] == pytest.approx(max(savings.values()))
        nearest = np.minimum(nearest, metres[:, site])


@searched(40)
@given(covers)
def test_the_curve_is_the_optimum_for_each_number_and_never_falls(rows: list[tuple[int, list[int]]]) -> None:
    cover = cover_of(rows)
    points = curve(cover, [1, 2, 4])
    for point in points:
        best = max(served(cover, some) for some in permutations(range(6), point.sites))
        assert point.cumulative == pytest.approx(best)
        assert point.is_proven
    assert [p.gained for p in points] == pytest.approx(
        [
            points[0].cumulative,
            points[1].cumulative - points[0].cumulative,
            (points[2].cumulative - points[1].cumulative) / 2,
        ]
    )


def test_a_solver_that_finds_less_for_more_sites_does_not_bend_the_curve() -> None:
    cover = cover_from_lists([5.0, 3.0], [[0], [1]], 2)

    def forgetful(task: SitingTask) -> SitingPlan:
        return every_set(
            SitingTask(task.goal, cover, SitingLimits(p=1 if task.limits.p == 2 else task.limits.p))
        )

    assert [p.cumulative for p in curve(cover, [1, 2], forgetful)] == [5.0, 5.0]


@pytest.mark.parametrize("most", [0, 1, 16, 17, 40, 1_000])
def test_numbers_begin_at_one_end_at_the_last_and_are_few(most: int) -> None:
    numbers = curve_site_counts(most)
    assert sorted(set(numbers)) == list(numbers)
    assert len(numbers) <= 16
    if most:
        assert (numbers[0], numbers[-1]) == (1, most)
    assert set(range(1, min(most, 10) + 1)) <= set(numbers)


@searched(60)
@given(covers)
def test_the_best_of_more_serve_no_more_than_in_proportion_to_fewer(
    rows: list[tuple[int, list[int]]],
) -> None:
    cover = cover_of(rows)

    def unproven(task: SitingTask) -> SitingPlan:
        plan = every_set(task)
        return plan if task.limits.p == 1 else replace(plan, bound=1e6)

    points = curve(cover, [1, 2, 4], unproven, may_drop=True)
    for point in points:
        assert point.cumulative <= point.bound <= point.sites * points[0].bound + 1e-9
    assert curve(cover, [1, 2], unproven)[1].bound == 1e6


def test_no_sites_add_nothing_in_no_turns() -> None:
    cover = cover_of([(3, [0, 1])])
    assert list(gains_in_order(cover, ())) == []
    assert list(order_by_gain(cover, ()).sites) == []
