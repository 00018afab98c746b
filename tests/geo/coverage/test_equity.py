"""Gini, worst tenth and Lorenz curve against their plain definitions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.coverage.floating import compute_equity
from tests.profile import searched

people_and_access = st.lists(
    st.tuples(st.integers(0, 9), st.sampled_from([0.0, 0.1, 0.5, 0.5, 2.0, 7.25])), min_size=1, max_size=14
).filter(lambda rows: sum(people for people, _ in rows) > 0)


def one_by_one(rows: list[tuple[int, float]]) -> list[float]:
    """The access of each single person, least first."""
    return sorted(access for people, access in rows for _ in range(people))


@searched(150)
@given(people_and_access)
def test_gini_is_the_mean_difference_of_all_pairs_over_twice_the_mean(rows: list[tuple[int, float]]) -> None:
    each = one_by_one(rows)
    found = compute_equity([a for _, a in rows], [p for p, _ in rows])
    mean = sum(each) / len(each)
    assert found.mean == pytest.approx(mean)
    if mean == 0:
        assert np.isnan(found.gini)
        return
    differences = sum(abs(one - other) for one in each for other in each)
    assert found.gini == pytest.approx(differences / len(each) ** 2 / (2 * mean), abs=1e-12)


@searched(150)
@given(people_and_access)
def test_the_worst_tenth_is_that_of_the_people_one_by_one(rows: list[tuple[int, float]]) -> None:
    tenths = [access for access in one_by_one(rows) for _ in range(10)]  # so that a tenth is whole
    worst = tenths[: len(tenths) // 10]
    found = compute_equity([a for _, a in rows], [p for p, _ in rows])
    assert found.worst_tenth == pytest.approx(sum(worst) / len(worst), abs=1e-12)
    if sum(tenths):
        assert found.worst_tenth_share == pytest.approx(sum(worst) / sum(tenths), abs=1e-12)
    assert found.without_share == pytest.approx(tenths.count(0.0) / len(tenths))


@searched(100)
@given(people_and_access)
def test_the_curve_runs_from_corner_to_corner_below_the_diagonal_and_bends_upwards(
    rows: list[tuple[int, float]],
) -> None:
    curve = compute_equity([a for _, a in rows], [p for p, _ in rows]).lorenz
    if np.isnan(curve).any():
        assert not any(access for people, access in rows if people)
        return
    assert curve[0].tolist() == [0, 0]
    assert curve[-1] == pytest.approx([1, 1])
    assert (curve[:, 1] <= curve[:, 0] + 1e-12).all()
    slopes = np.diff(curve[:, 1]) / np.diff(curve[:, 0])
    assert (np.diff(slopes) >= -1e-9).all()


def test_what_has_no_place_within_reach_counts_as_no_access() -> None:
    found = compute_equity([np.nan, 1.0], [3, 1])
    assert (found.mean, found.without_share, found.worst_tenth) == (0.25, 0.75, 0)


@pytest.mark.parametrize(
    ("access", "weight", "told"),
    [
        ([1, -2], [1, 1], "access -2.0 of row 1"),  # below 0
        ([1, np.inf], [1, 1], "access inf of row 1"),  # infinite
        ([1, 2], [1, -1], "weight -1.0 of row 1"),  # below 0
        ([1, 2], [np.nan, 1], "weight nan of row 0"),  # no number
        ([1, 2], [0, 0], "there is no demand"),  # nobody
        ([], [], "there is no demand"),  # no rows
        ([1, 2], [1], "weights have the shape"),  # of something else
    ],
)
def test_what_can_t_be_shared_is_refused(access: list[float], weight: list[float], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        compute_equity(access, weight)
