from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.siting.alternatives import find_fewest_sites, find_hours_alternative
from geo.siting.problem import Cover, SitingTask
from tests.geo.siting.exhaustive import every_set, served
from tests.profile import searched
from tools.siting_library import cover_from_lists

rows = st.lists(
    st.tuples(
        st.integers(1, 20),
        st.lists(st.integers(0, 5), max_size=3, unique=True),
        st.lists(st.integers(0, 4), max_size=3, unique=True),
    ),
    min_size=1,
    max_size=12,
)  # fmt: skip


def fewest_by_trying(cover: Cover, target: float) -> int | None:
    for count in range(cover.sites + 1):
        if any(served(cover, some) >= target - 1e-6 for some in combinations(range(cover.sites), count)):
            return count
    return None


@searched(120)
@given(rows, st.integers(1, 120))
def test_the_fewest_are_those_that_trying_all_sets_finds(
    table: list[tuple[int, list[int], list[int]]], target: int
) -> None:
    cover = cover_from_lists([float(w) for w, _, _ in table], [doors for _, doors, _ in table], 6)
    found = find_fewest_sites(cover, target, every_set)
    expected = fewest_by_trying(cover, target)
    assert found.reaches == (expected is not None)
    assert found.gained == pytest.approx(served(cover, found.sites))
    if expected is None:
        assert found.gained == pytest.approx(served(cover, tuple(range(6))))
    else:
        assert len(found.sites) == expected
        assert found.is_proven


def test_a_target_out_of_reach_takes_each_site_once_whatever_rounding_leaves_of_its_gain() -> None:
    draw = np.random.default_rng(7)
    near = [sorted(draw.choice(200, 9, replace=False).tolist()) for _ in range(4_000)]
    cover = cover_from_lists((draw.random(4_000) * 62_500).tolist(), near, 200)
    found = find_fewest_sites(cover, 2 * cover.weights.sum(), every_set)
    assert not found.reaches and len(found.sites) == len(set(found.sites)) <= 200
    assert found.gained == pytest.approx(cover.weights.sum())


@searched(120)
@given(rows, st.lists(st.integers(0, 4), min_size=1, max_size=3, unique=True))
def test_so_many_doors_are_worth_so_many_new_sites(
    table: list[tuple[int, list[int], list[int]]], plan: list[int]
) -> None:
    weights = [float(weight) for weight, _, _ in table]
    doors = cover_from_lists(weights, [some for _, some, _ in table], 6)
    new = cover_from_lists(weights, [some for _, _, some in table], 5)
    target = served(new, tuple(plan))
    found = find_hours_alternative(doors, new, tuple(plan), every_set)
    by_doors, by_new = served(doors, found.extended), served(new, found.new)
    if served(doors, tuple(range(6))) >= target:
        assert not found.is_all
        assert (len(found.new), by_new) == (len(plan), pytest.approx(target))
        assert by_doors >= target - 1e-6
        assert len(found.extended) == fewest_by_trying(doors, target)
    else:
        assert found.is_all
        assert by_doors == pytest.approx(served(doors, tuple(range(6))))
        assert len(found.new) == fewest_by_trying(new, by_doors)
        assert by_new >= by_doors - 1e-6


def test_without_a_proof_that_fewer_would_not_do_none_is_claimed() -> None:
    cover = cover_from_lists([6.0, 5.0, 5.0], [[0, 1], [0], [1]], 2)

    def unsure(task: SitingTask) -> object:
        plan = every_set(task)
        return type(plan)(**{f: getattr(plan, f) for f in plan.__slots__} | {"bound": 99.0})

    found = find_fewest_sites(cover, 16.0, unsure)
    assert len(found.sites) == 2
    assert not found.is_proven
