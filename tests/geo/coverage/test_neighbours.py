"""Pairs within a radius, against the geodesic of every pair."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.coverage.neighbours import Neighbours, find_neighbours, iter_neighbours
from geo.geodesy import ARC_ERROR_M
from tests.geo.nearest.brute_force import GEOD, all_distances

RADII = (0.5, 500.0, 5_000.0, 39_999.9, 40_000.1, 100_000.0)


def scene(seed: int, radius_m: float, middle: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Points about a middle, stations at the same places, and stations just at the radius and about it."""
    rng = np.random.default_rng(seed)
    spread = radius_m / 111_000 * 2
    points = np.array(middle) + rng.normal(0, spread, (12, 2))
    points = np.clip(points, (-180, -90), (180, 90))
    azimuth = rng.uniform(0, 360, 12)
    slack = rng.choice([0, 0, 1e-4, -1e-4, 1e-3, -1e-3], 12)
    lon, lat, _ = GEOD.fwd(points[:, 0], points[:, 1], azimuth, radius_m + slack)
    edge = np.column_stack((lon, lat))
    loose = np.clip(np.array(middle) + rng.normal(0, spread, (8, 2)), (-180, -90), (180, 90))
    return points, np.concatenate((edge, loose, points[:3], points[:1]))


@settings(deadline=None, derandomize=True, max_examples=60)
@given(
    seed=st.integers(0, 2**32 - 1),
    radius_m=st.sampled_from(RADII),
    middle=st.sampled_from(
        [(117.0, 36.6), (122.5, 37.2), (0.0, 0.0), (179.99, 10.0), (30.0, 89.9), (-70.0, -60.0)]
    ),
)
def test_the_pairs_are_those_of_all_geodesics(
    seed: int, radius_m: float, middle: tuple[float, float]
) -> None:
    points, stations = scene(seed, radius_m, middle)
    metres = all_distances(points, stations)
    found = find_neighbours(points, stations, radius_m)
    row, station = np.nonzero(metres <= radius_m)
    assert found.row.tolist() == row.tolist()
    assert found.station.tolist() == station.tolist()
    assert np.abs(found.distance_m - metres[row, station]).max(initial=0) <= ARC_ERROR_M


def test_many_points_come_in_parts_that_join() -> None:
    rng = np.random.default_rng(1)
    points, stations = (
        rng.uniform((116, 36), (118, 37), (300_000, 2)),
        rng.uniform((116, 36), (118, 37), (900, 2)),
    )
    parts = list(iter_neighbours(points, stations, 6_000))
    assert len(parts) > 1
    assert [rows.start for rows, _ in parts] == [0, *(rows.stop for rows, _ in parts)][:-1]
    some = rng.integers(0, len(points), 50)
    whole = find_neighbours(points, stations, 6_000)
    for row in some.tolist():
        near = whole.station[whole.start[row] : whole.start[row + 1]]
        metres = all_distances(points[row : row + 1], stations)[0]
        assert near.tolist() == np.flatnonzero(metres <= 6_000).tolist()


def test_a_lot_of_pairs_is_looked_at_in_halves() -> None:
    points = np.random.default_rng(2).uniform((116.9, 36.5), (117.1, 36.7), (400, 2))
    whole = find_neighbours(points, points, 3_000)
    halves = list(iter_neighbours(points, points, 3_000, at_once=500))
    assert len(halves) > 10
    assert np.concatenate([part.station for _, part in halves]).tolist() == whole.station.tolist()
    assert np.concatenate([part.count for _, part in halves]).tolist() == whole.count.tolist()


def test_nothing_has_no_neighbours() -> None:
    none = np.empty((0, 2))
    assert len(find_neighbours(none, [(117.0, 36.0)], 500)) == 0
    alone = find_neighbours([(117.0, 36.0)], none, 500)
    assert (len(alone), alone.count.tolist(), alone.row.tolist()) == (1, [0], [])


def test_kept_pairs_are_rows_still() -> None:
    near = Neighbours(np.array([0, 2, 2, 3]), np.array([4, 5, 6], dtype=np.int32), np.array([1.0, 2.0, 3.0]))
    kept = near.filter_pairs(near.distance_m > 1)
    assert (kept.start.tolist(), kept.station.tolist()) == ([0, 1, 1, 2], [5, 6])


@pytest.mark.parametrize("radius_m", [0, -1, float("nan"), float("inf"), 500_000])
def test_a_radius_that_cannot_be_is_named_with_what_can(radius_m: float) -> None:
    with pytest.raises(ValueError, match=f"radius_m is {radius_m}.*100 km"):
        find_neighbours([(117, 36)], [(117, 36)], radius_m)
