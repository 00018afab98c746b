"""Floating catchments: published answers, and PySAL's on random instances."""

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.coverage.floating import DistanceDecay, two_step_access
from geo.coverage.neighbours import Pairs
from geo.geodesy import Floats
from tests.profile import searched

ANSWERS = Path(__file__).parents[4] / "shared" / "data" / "siting" / "hospital_2sfca_3sfca.json"
STEPS = DistanceDecay([(10, 1.0), (30, 0.68), (60, 0.22)])
DEFAULT_STEPS = DistanceDecay([(10, 0.962), (20, 0.704), (30, 0.377), (60, 0.042)])


def hospitals() -> dict[str, Any]:
    published: dict[str, Any] = json.loads(ANSWERS.read_text(encoding="utf-8"))
    return published


def pairs_of(costs: list[list[float]]) -> Pairs:
    table = np.array(costs)
    return Pairs(table[:, 0].astype(int) - 1, table[:, 1].astype(int) - 1, table[:, 2].astype(float))


@pytest.mark.needs("shared")
@pytest.mark.parametrize("scenario", range(4))
@pytest.mark.parametrize(
    ("answer", "decay"),
    [
        ("e2sfca_step_10_30_60__1_0.68_0.22", STEPS),
        ("2sfca_binary_30", DistanceDecay.binary(30)),
    ],
)
def test_the_published_answers_are_reproduced(scenario: int, answer: str, decay: DistanceDecay) -> None:
    published = hospitals()
    people = [tract["pop"] for tract in published["tracts"]]
    doctors = [tract["doc"] for tract in published["tracts"]]
    given = published["scenarios"][scenario]
    found = two_step_access(pairs_of(given["costs"]), people, doctors, decay)
    np.testing.assert_allclose(found, list(given[answer].values()), rtol=4e-16 * 4, atol=0)


def test_the_end_of_a_zone_belongs_to_it() -> None:
    decay = DistanceDecay([(500, 1.0), (1_000, 0.5)])
    np.testing.assert_array_equal(
        decay.weigh(np.array([0, 500, 500.001, 1_000, 1_000.001])), [1, 1, 0.5, 0.5, 0]
    )


def test_a_place_that_only_empty_ground_can_reach_gives_nothing_and_nothing_infinite() -> None:
    pairs = Pairs(np.array([0]), np.array([0]), np.array([1.0]))
    assert two_step_access(pairs, [0.0], [5], DistanceDecay.binary(10)).tolist() == [0.0]


Instance = tuple[Pairs, Floats, Floats]


@st.composite
def instances(draw: st.DrawFn) -> Instance:
    """Some origins, some places, a pair or none between each two, and figures with ties in them."""
    seed = draw(st.integers(0, 2**32 - 1))
    n, m = draw(st.integers(1, 12)), draw(st.integers(1, 8))
    rng = np.random.default_rng(seed)
    kept = rng.random((n, m)) < draw(st.sampled_from([0.2, 0.7, 1.0]))
    demand, place = np.nonzero(kept)
    order = rng.permutation(len(demand))
    cost = rng.choice([1.0, 5.0, 10.0, 12.5, 30.0, 45.0, 60.0, 61.0, 90.0], len(demand))
    people, capacity = rng.integers(1, 1_000, n).astype(float), rng.integers(0, 50, m).astype(float)
    return Pairs(demand[order], place[order], cost), people, capacity


@searched(60)
@given(
    instances(),
    st.sampled_from([STEPS, DEFAULT_STEPS, DistanceDecay.binary(30)]),
)
def test_access_equals_that_of_pysal(instance: Instance, decay: DistanceDecay) -> None:
    pairs, people, capacity = instance
    if not len(pairs.point):
        return
    found = two_step_access(pairs, people, capacity, decay)
    np.testing.assert_allclose(found, by_pysal(instance, decay), rtol=1e-12, atol=0)


def by_pysal(instance: Instance, decay: DistanceDecay) -> Floats:
    from access import fca

    pairs, people, capacity = instance
    costs = pd.DataFrame({"origin": pairs.point, "dest": pairs.place, "cost": pairs.cost})
    demand = pd.DataFrame({"geoid": range(len(people)), "demand": people}).set_index("geoid")
    supply = pd.DataFrame({"geoid": range(len(capacity)), "supply": capacity}).set_index("geoid")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = fca.two_stage_fca(
            demand,
            supply,
            costs,
            decay.limit,
            demand_index=True,
            supply_index=True,
            weight_fn=lambda cost: float(decay.weigh(np.array([cost]))[0]),
        )
    answer: Floats = found.reindex(range(len(people))).to_numpy()
    return answer


@pytest.mark.parametrize(
    ("zones", "told"),
    [
        ([], "there is no zone"),  # nothing at all
        ([(500, 1), (500, 0.5)], "zone 500 comes after 500"),  # equal ends
        ([(1_000, 1), (500, 0.5)], "zone 500 comes after 1000"),  # falling ends
        ([(0, 1)], "zone 0 comes after 0"),  # a zone without ground
        ([(float("nan"), 1)], "zone nan"),  # no number
        ([(float("inf"), 1)], "zone inf"),  # no end
        ([(500, -0.1)], "weight of zone 500 is -0.1"),  # below 0
        ([(500, float("nan"))], "weight of zone 500 is nan"),  # no number
        ([(500, 0), (1_000, 0)], "weight of every zone is 0"),  # nobody would count
    ],
)
def test_zones_that_can_t_be_are_refused(zones: list[tuple[float, float]], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        DistanceDecay(zones)


@pytest.mark.parametrize("wrong", [-1.0, float("nan"), float("inf")])
def test_amounts_that_can_t_be_are_refused_with_their_row(wrong: float) -> None:
    pairs = Pairs(np.array([0]), np.array([0]), np.array([1.0]))
    with pytest.raises(ValueError, match=r"demand .* of row 1"):
        two_step_access(pairs, [1, wrong], [1], STEPS)
    with pytest.raises(ValueError, match=r"capacity .* of row 0"):
        two_step_access(pairs, [1], [wrong], STEPS)
    if not wrong > 0:
        with pytest.raises(ValueError, match=r"cost .* of pair 0"):
            Pairs(np.array([0]), np.array([0]), np.array([wrong]))
