"""The cover of pairs: equal to a table of all demands and sites, which is slow and obvious."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.coverage.demand import Demand
from geo.siting.problem import Cover, SitingGoal, SitingLimits
from geo.siting.situation import CandidateSites, SitingSituation, build_situation_task
from geo.siting.street_ways import SitePairs
from tools.siting_library import cover_from_metres

LIMIT_M = 500.0


def pairs_of(table: np.ndarray) -> SitePairs:
    """The finite entries of a table, demands × sites, in any order."""
    demand, site = np.nonzero(np.isfinite(table))
    order = np.random.default_rng(len(demand)).permutation(len(demand))
    demand, site = demand[order], site[order]
    return SitePairs(demand, site, table[demand, site], LIMIT_M, *table.shape)


def random_table(rng: np.random.Generator, demands: int, sites: int) -> np.ndarray:
    metres = rng.choice([100.0, 499.9, 500.0, 500.1, 900.0, np.inf], (demands, sites))
    return np.where(rng.random((demands, sites)) < 0.5, np.inf, metres)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(seed=st.integers(0, 2**32 - 1), demands=st.integers(0, 12), sites=st.integers(1, 8))
def test_the_cover_of_pairs_is_that_of_the_table(seed: int, demands: int, sites: int) -> None:
    rng = np.random.default_rng(seed)
    table, weights = random_table(rng, demands, sites), rng.integers(0, 9, demands).astype(float)
    rows = np.flatnonzero(rng.random(demands) < 0.7)
    first = int(rng.integers(1, sites + 1))
    cover, reached = pairs_of(table).build_cover(weights, rows, first)
    expected = {
        int(row): [site for site in range(first) if table[row, site] <= LIMIT_M] for row in rows.tolist()
    }
    kept = [row for row in rows.tolist() if expected[row]]
    assert rows[reached].tolist() == kept
    assert cover.weights.tolist() == weights[kept].tolist()
    found = np.split(cover.site_of, cover.starts[1:-1]) if kept else []
    assert [some.tolist() for some in found] == [expected[row] for row in kept]
    is_open = rng.random(sites) < 0.4
    served = [any(is_open[s] and table[d, s] <= LIMIT_M for s in range(sites)) for d in range(demands)]
    assert pairs_of(table).served_mask(is_open).tolist() == served


@settings(deadline=None, derandomize=True, max_examples=40)
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
