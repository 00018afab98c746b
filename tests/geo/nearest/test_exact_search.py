"""The nearest of others is that of measuring every pair, anywhere on Earth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.geodesy import ARC_ERROR_M
from geo.nearest.exact_search import nearest_of_others
from geo.nearest.point_tree import MISSING
from tests.geo.nearest.brute_force import all_distances
from tests.profile import searched

# A middle, and how far the points lie from it in degrees: a town, the antimeridian, a pole, the Earth.
REGIONS = [(117.0, 36.65, 0.02), (180.0, -17.0, 0.5), (0.0, 89.9, 0.2), (0.0, 0.0, 90.0)]


def _points(region: tuple[float, float, float], count: int, seed: int) -> np.ndarray:
    """Points on a coarse grid, so that some share a place and some are equally far."""
    lon, lat, reach = region
    steps = np.random.default_rng(seed).integers(-6, 7, (count, 2))
    points = np.array([lon, lat]) + steps * (reach / 6)
    return np.column_stack(((points[:, 0] + 180) % 360 - 180, np.clip(points[:, 1], -90, 90)))


@searched(60)
@given(st.sampled_from(REGIONS), st.integers(1, 40), st.integers(1, 30), st.integers(0, 10**6))
def test_the_nearest_of_others_is_that_of_all_geodesics(
    region: tuple[float, float, float], count: int, others: int, seed: int
) -> None:
    points, there = _points(region, count, seed), _points(region, others, seed + 1)
    every_m = all_distances(points, there)
    found, metres = nearest_of_others(points, there)
    rows = np.arange(count)
    assert every_m[rows, found] == pytest.approx(every_m.min(axis=1), abs=1e-6)
    assert np.abs(metres - every_m.min(axis=1)).max() <= ARC_ERROR_M
    first_there = [(there == place).all(axis=1).argmax() for place in there[found]]
    assert found.tolist() == first_there


@searched(40)
@given(st.sampled_from(REGIONS), st.integers(1, 40), st.integers(0, 10**6))
def test_a_point_is_not_its_own_neighbour_but_its_twin_is(
    region: tuple[float, float, float], count: int, seed: int
) -> None:
    points = _points(region, count, seed)
    every_m = all_distances(points, points)
    np.fill_diagonal(every_m, np.inf)
    found, metres = nearest_of_others(points, points, np.arange(count))
    assert (found != np.arange(count)).all()
    assert (
        (metres == np.inf).all() if count == 1 else np.abs(metres - every_m.min(axis=1)).max() <= ARC_ERROR_M
    )


def test_where_there_are_no_others_none_is_nearest() -> None:
    found, metres = nearest_of_others(np.array([[117.0, 36.65]]), np.empty((0, 2)))
    assert (found.tolist(), metres.tolist()) == ([MISSING], [np.inf])
    assert len(nearest_of_others(np.empty((0, 2)), np.empty((0, 2)))[0]) == 0
