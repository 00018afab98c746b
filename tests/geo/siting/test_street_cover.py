"""The cover of pairs: equal to a table of all demands and sites, which is slow and obvious."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.coverage.demand import Demand
from geo.coverage.neighbours import Pairs
from geo.siting.problem import Cover, SitingGoal, SitingLimits
from geo.siting.situation import CandidateSites, SitingSituation, build_situation_task
from tools.siting_library import cover_from_metres

LIMIT_M = 500.0


def pairs_of(table: np.ndarray) -> Pairs:
    """The entries of a table, points × places, within the limit and in any order."""
    point, place = np.nonzero(table <= LIMIT_M)
    order = np.random.default_rng(len(point)).permutation(len(point))
    point, place = point[order], place[order]
    return Pairs(point, place, table[point, place])


def random_table(rng: np.random.Generator, demands: int, sites: int) -> np.ndarray:
    metres = rng.choice([100.0, 499.9, 500.0, 500.1, 900.0, np.inf], (demands, sites))
    return np.where(rng.random((demands, sites)) < 0.5, np.inf, metres)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(seed=st.integers(0, 2**32 - 1), points=st.integers(0, 12), places=st.integers(1, 8))
def test_the_least_costs_of_some_points_are_those_of_the_table(seed: int, points: int, places: int) -> None:
    rng = np.random.default_rng(seed)
    table = random_table(rng, points, places)
    rows = rng.permutation(np.flatnonzero(rng.random(points) < 0.7))
    is_open = rng.random(places) < 0.4
    least = np.where(is_open & (table <= LIMIT_M), table, np.inf).min(axis=1, initial=np.inf)
    pairs = pairs_of(table)
    assert pairs.least_cost(is_open, points).tolist() == least.tolist()
    assert pairs.select_points(rows, points).least_cost(is_open, len(rows)).tolist() == least[rows].tolist()


@settings(deadline=None, derandomize=True, max_examples=60)
@given(seed=st.integers(0, 2**32 - 1), may_close=st.booleans())
def test_a_situation_with_routes_forgets_the_straight_line(seed: int, may_close: bool) -> None:
    """All points lie in one place, so that the radius would serve everybody; the table decides instead."""
    rng = np.random.default_rng(seed)
    demands, candidates, standing, beyond = 9, 4, 2, 1
    table = random_table(rng, demands, candidates + standing + beyond)
    weights = rng.integers(0, 5, demands).astype(float)
    here = [(117.0, 36.65)]
    names = np.full(candidates, "", dtype=object)
    situation = SitingSituation(
        Demand.from_points(here * demands, weights),
        CandidateSites(np.array(here * candidates), names, names),
        np.array(here * standing),
        LIMIT_M,
        may_close,
        np.array(here * beyond),
        pairs_of(table),
    )
    first = candidates + (standing if may_close else 0)
    served = (table[:, first:] <= LIMIT_M).any(axis=1)
    assert situation.served_mask().tolist() == served.tolist()
    asked = build_situation_task(situation, SitingGoal.MCLP, SitingLimits(p=1))
    reached = (table[:, :first] <= LIMIT_M).any(axis=1)
    open_question = (weights > 0) & ~served
    assert asked.rows.tolist() == np.flatnonzero(open_question & reached).tolist()
    assert asked.unreachable == weights[open_question & ~reached].sum()
    oracle = cover_from_metres(weights[asked.rows], table[asked.rows, :first], LIMIT_M)
    assert isinstance(asked.task.data, Cover)
    assert asked.task.data.site_of.tolist() == oracle.site_of.tolist()
    assert asked.task.data.starts.tolist() == oracle.starts.tolist()
