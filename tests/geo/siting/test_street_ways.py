"""Ways by street of the distance models: equal to a table of all lengths, which is slow and obvious."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.coverage.demand import Demand
from geo.coverage.neighbours import Pairs
from geo.geodesy import Floats
from geo.siting.problem import Mask, SitingGoal, SitingLimits
from geo.siting.proposing import PlanChanges, compute_nearest_ways
from geo.siting.situation import NO_WAY_M, CandidateSites, SitingSituation, build_situation_task
from geo.siting.solve import solve_siting_task
from geo.siting.street_ways import MOST_WAY_QUESTIONS, collect_site_ways
from tests.profile import searched

LENGTHS_M = (0.0, 120.0, 500.0, 500.5, 3_000.0, 64_000.5, 99_999.0, np.inf)


def numbered(first: int, count: int) -> Floats:
    """Points that say by their latitude which they are."""
    return np.column_stack((np.full(count, 117.0), 30.0 + np.arange(first, first + count) / 1_000))


class Streets:
    """Answers from a table of lengths, points × places, as a router does; counts what it is asked."""

    def __init__(self, table: Floats, off_street: Floats) -> None:
        self.table, self.off_street, self.questions = table, off_street, 0

    def ask(self, points: Floats, places: Floats, limit_m: float) -> tuple[Pairs, Mask]:
        self.questions += 1
        rows, columns = (np.rint((some[:, 1] - 30.0) * 1_000).astype(int) for some in (points, places))
        metres = np.where(self.off_street[rows][:, None], np.inf, self.table[np.ix_(rows, columns)])
        point, place = np.nonzero(metres <= limit_m)
        return Pairs(point, place, metres[point, place]), self.off_street[rows].astype(bool)


def draw(seed: int, demands: int, sites: int, places: int) -> tuple[Floats, Floats, Streets]:
    """Draw the table of lengths to sites, that to places, and streets that know both."""
    rng = np.random.default_rng(seed)
    table = rng.choice(LENGTHS_M, (demands, sites + places))
    streets = Streets(table, rng.random(demands) < 0.1)
    known = np.where(streets.off_street[:, None], np.inf, table)
    return known[:, :sites], known[:, sites:], streets


@searched(150)
@given(st.integers(0, 2**32 - 1), st.integers(0, 12), st.integers(0, 6), st.integers(0, 3))
def test_the_nearest_way_is_that_of_the_table(seed: int, demands: int, sites: int, places: int) -> None:
    to_sites, to_places, streets = draw(seed, demands, sites, places)
    ways = collect_site_ways(numbered(0, demands), numbered(0, sites), numbered(sites, places), streets.ask)
    assert streets.questions <= MOST_WAY_QUESTIONS
    none = np.full((demands, 1), np.inf)
    assert ways.remaining_m.tolist() == np.hstack((to_places, none)).min(axis=1).tolist()
    is_open = np.random.default_rng(seed).random(sites) < 0.5
    nearest = np.hstack((to_places, to_sites[:, is_open], none)).min(axis=1)
    assert ways.nearest_m(is_open).tolist() == nearest.tolist()


def situation_of(
    seed: int, demands: int, candidates: int, standing: int, *, may_close: bool
) -> tuple[SitingSituation, Floats, Floats]:
    """Draw a situation by street, the lengths to its sites, and those to the places that stay."""
    sites = candidates + (standing if may_close else 0)
    to_sites, to_places, streets = draw(seed, demands, sites, 0 if may_close else standing)
    weights = np.random.default_rng(seed + 1).integers(1, 9, demands).astype(float)
    ways = collect_site_ways(
        numbered(0, demands), numbered(0, sites), numbered(sites, to_places.shape[1]), streets.ask
    )
    names = np.full(candidates, "", dtype=object)
    situation = SitingSituation(
        Demand(numbered(0, demands), weights, "people", np.full(demands, "", dtype=object)),
        CandidateSites(numbered(0, candidates), names, names),
        numbered(candidates, standing),
        1_000.0,
        may_close=may_close,
        ways=ways,
    )
    return situation, to_sites, to_places


@searched(25)
@given(seed=st.integers(0, 2**32 - 3), may_close=st.booleans())
def test_the_p_median_by_street_is_the_best_of_all_choices(seed: int, may_close: bool) -> None:
    """Who has a way to a candidate, but to no place that stays, counts as 100 km away; who has no way at all doesn't."""
    situation, to_sites, to_places = situation_of(seed, 8, 4, 2, may_close=may_close)
    asked = build_situation_task(situation, SitingGoal.P_MEDIAN, SitingLimits(p=2))
    weights = situation.demand.weight
    some = np.isfinite(np.hstack((to_sites, to_places))).any(axis=1)
    assert asked.rows.tolist() == np.flatnonzero(some).tolist()
    assert asked.unreachable == weights[~some].sum()

    def total(chosen: tuple[int, ...]) -> float:
        nearest = np.hstack((to_sites[:, chosen], to_places, np.full((8, 1), NO_WAY_M))).min(axis=1)
        return float(nearest[some] @ weights[some])

    if some.any():
        best = min(total(chosen) for chosen in combinations(range(to_sites.shape[1]), 2))
        assert solve_siting_task(asked.task).objective == pytest.approx(best)


@settings(deadline=None, derandomize=True, max_examples=25)
@given(seed=st.integers(0, 2**32 - 3))
def test_the_p_centre_by_street_is_the_best_of_all_choices(seed: int) -> None:
    situation, to_sites, to_places = situation_of(seed, 5, 4, 1, may_close=False)
    asked = build_situation_task(situation, SitingGoal.P_CENTRE, SitingLimits(p=3))
    some = asked.rows
    reached = [
        np.hstack((to_sites[:, chosen], to_places))[some].min(axis=1).max(initial=0.0)
        for chosen in combinations(range(4), 3)
    ]
    if len(some) and np.isfinite(min(reached)):
        assert solve_siting_task(asked.task).objective == pytest.approx(min(reached))


def test_a_situation_without_ways_has_no_nearest_ways() -> None:
    situation, _, _ = situation_of(1, 4, 2, 1, may_close=False)
    nothing = np.empty(0, dtype=np.int64)
    changes = PlanChanges(nothing, np.empty(0), nothing)
    assert compute_nearest_ways(replace(situation, ways=None), changes) is None


@settings(deadline=None, derandomize=True, max_examples=60)
@given(seed=st.integers(0, 2**32 - 3), may_close=st.booleans())
def test_the_ways_of_a_plan_are_those_to_what_is_open(seed: int, may_close: bool) -> None:
    situation, to_sites, to_places = situation_of(seed, 6, 3, 2, may_close=may_close)
    closed = [1] if may_close else []
    changes = PlanChanges(np.array([0, 2]), np.zeros(2), np.array(closed, dtype=np.int64))
    found = compute_nearest_ways(situation, changes)
    assert found is not None
    none, weights = np.full((6, 1), np.inf), situation.demand.weight
    before = np.hstack((to_sites[:, 3:], to_places, none)).min(axis=1)
    open_then = [0, 2, *([3] if may_close else [])]
    after = np.hstack((to_sites[:, open_then], to_places, none)).min(axis=1)
    some = np.isfinite(after)
    assert found.without == (weights[np.isinf(before)].sum(), weights[np.isinf(after)].sum())
    if not some.any():
        assert found.mean_m == found.farthest_m == (np.inf, np.inf)
        return
    mean = [float((metres[some] * weights[some]).sum() / weights[some].sum()) for metres in (before, after)]
    assert found.mean_m == (pytest.approx(mean[0]), pytest.approx(mean[1]))
    assert found.farthest_m == (before[some].max(), after[some].max())
