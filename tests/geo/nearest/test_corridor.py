"""What lies beside a way: equal to walking along it with a ruler."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.geodesy import geocentric_vectors
from geo.nearest.along import OFFSET_ERROR_M, Corridor
from tests.geo.nearest.brute_force import GEOD
from tests.profile import searched

JINAN = (117.02, 36.66)
_STEP_M = 50.0


def _ruler(line: np.ndarray, point: tuple[float, float]) -> float:
    """The least distance from a point to a way: every 50 m looked at, then ever closer about the best."""
    best = np.inf
    for (lon, lat), (to_lon, to_lat) in pairwise(line.tolist()):
        azimuth, _, metres = GEOD.inv(lon, lat, to_lon, to_lat)
        low, high = 0.0, metres
        while high - low > 1e-3:
            into = np.linspace(low, high, max(11, int((high - low) / _STEP_M)))
            n = len(into)
            lons, lats, _ = GEOD.fwd(np.full(n, lon), np.full(n, lat), np.full(n, azimuth), into)
            off = np.array(GEOD.inv(lons, lats, np.full(n, point[0]), np.full(n, point[1]))[2])
            nearest = int(off.argmin())
            best = min(best, float(off[nearest]))
            low, high = into[max(nearest - 1, 0)], into[min(nearest + 1, n - 1)]
    return best


def _way(rng: np.random.Generator, corners: int, turn_m: float) -> np.ndarray:
    points = [JINAN]
    for _ in range(corners):
        lon, lat, _ = GEOD.fwd(*points[-1], rng.uniform(0, 360), rng.uniform(0, turn_m))
        points.append((lon, lat))
    return np.array(points)


def _around(rng: np.random.Generator, line: np.ndarray, n: int, reach_m: float) -> np.ndarray:
    start = line[rng.integers(0, len(line), n)]
    lon, lat, _ = GEOD.fwd(start[:, 0], start[:, 1], rng.uniform(0, 360, n), rng.uniform(0, reach_m, n))
    return np.column_stack((lon, lat))


@searched(60)
@given(
    st.integers(0, 2**32), st.integers(1, 6), st.sampled_from([30.0, 900.0, 12_000.0]), st.floats(0, 2_500)
)
def test_what_is_beside_a_way_is_what_a_ruler_finds(
    seed: int, corners: int, turn_m: float, within_m: float
) -> None:
    rng = np.random.default_rng(seed)
    line = _way(rng, corners, turn_m)
    points = _around(rng, line, 25, 3_000)
    corridor = Corridor.from_line(line)
    found = corridor.points_within(points, within_m)
    off = dict(zip(found.index.tolist(), found.off_m.tolist(), strict=True))
    for index, point in enumerate(points.tolist()):
        true = _ruler(line, tuple(point))
        if abs(true - within_m) > OFFSET_ERROR_M:
            assert (index in off) == (true <= within_m)
        if index in off:
            assert off[index] == pytest.approx(true, abs=OFFSET_ERROR_M)


@settings(deadline=None, derandomize=True, max_examples=40)
@given(st.integers(0, 2**32), st.integers(1, 8))
def test_where_the_way_passes_a_place_is_as_far_from_it_as_told(seed: int, corners: int) -> None:
    rng = np.random.default_rng(seed)
    line = _way(rng, corners, 5_000)
    points = _around(rng, line, 40, 2_000)
    corridor = Corridor.from_line(line)
    found = corridor.points_within(points, 1_500)
    for index, along, off in zip(found.index, found.along_m, found.off_m, strict=True):
        assert GEOD.inv(*corridor.point_at(along), *points[index])[2] == pytest.approx(
            off, abs=2 * OFFSET_ERROR_M
        )
    assert (np.diff(found.along_m) >= 0).all()


def test_its_length_is_that_of_its_geodesics() -> None:
    line = _way(np.random.default_rng(3), 5, 90_000)
    assert Corridor.from_line(line).length_m == pytest.approx(GEOD.line_length(*line.T), abs=1e-3)


def test_a_way_there_and_back_passes_a_place_first_on_the_way_there() -> None:
    end = GEOD.fwd(*JINAN, 90, 2_000)[:2]
    house = GEOD.fwd(*GEOD.fwd(*JINAN, 90, 1_500)[:2], 0, 20)[:2]
    found = Corridor.from_line([JINAN, end, JINAN]).points_within(np.array([house]), 100)
    assert found.along_m[0] == pytest.approx(1_500, abs=0.1)


@pytest.mark.parametrize("there_and_back", [False, True])
def test_a_way_of_many_short_pieces_is_measured_to_every_piece(there_and_back: bool) -> None:
    rng = np.random.default_rng(5)
    steps = rng.normal((4e-5, 0), 8e-5, (2_000, 2))  # of some metres, after a first one of 200 m
    steps[0, 0] += 0.002
    line = JINAN + steps.cumsum(axis=0)
    line = np.vstack((JINAN, line))
    line = np.vstack((line, line[-2::-1])) if there_and_back else line
    points = _around(rng, line, 300, 3_000)
    corridor = Corridor.from_line(line)
    found = corridor.points_within(points, 2_000)
    starts, ends = corridor.ends[:-1], corridor.ends[1:]
    step = ends - starts
    for row, vector in enumerate(geocentric_vectors(points)):
        share = np.clip(((vector - starts) * step).sum(axis=1) / (step**2).sum(axis=1), 0, 1)
        off_m = np.linalg.norm(vector - starts - share[:, None] * step, axis=1)
        place = np.flatnonzero(found.index == row)
        assert len(place) == (off_m.min() <= 2_000)
        if len(place):
            piece = int(off_m.round(3).argmin())
            along_m = np.interp(share[piece], (0, 1), corridor.along_m[piece : piece + 2])
            assert found.off_m[place[0]] == pytest.approx(off_m.min(), abs=OFFSET_ERROR_M)
            assert found.along_m[place[0]] == pytest.approx(along_m, abs=1e-6)
    assert len(found) > 200


def test_a_way_of_one_point_is_a_circle() -> None:
    near = GEOD.fwd(*JINAN, 45, 99)[:2]
    for line in ([JINAN], [JINAN, JINAN]):
        corridor = Corridor.from_line(line)
        found = corridor.points_within(np.array([near, GEOD.fwd(*JINAN, 45, 101)[:2]]), 100)
        assert (corridor.length_m, found.index.tolist(), found.along_m.tolist()) == (0, [0], [0])


def test_a_way_across_the_180th_meridian_is_no_longer_than_it_is() -> None:
    corridor = Corridor.from_line([(179.99, 10), (-179.99, 10)])
    assert corridor.length_m < 2_300
    assert len(corridor.points_within(np.array([(180.0, 10.0), (-180.0, 10.001), (0.0, 10.0)]), 200)) == 2


def test_nothing_beside_a_way_is_no_trouble() -> None:
    corridor = Corridor.from_line([JINAN, (117.5, 36.9)])
    assert len(corridor.points_within(np.empty((0, 2)), 500)) == 0
    assert len(corridor.points_within(np.array([(100.0, 20.0)]), 500)) == 0


@pytest.mark.parametrize("line", [[], [(36.66, 117.02), (36.7, 117.1)]])
def test_what_is_no_way_is_told(line: list[tuple[float, float]]) -> None:
    with pytest.raises(ValueError, match=r"way without a point|swapped"):
        Corridor.from_line(line)
