"""Stations along a way and in its corridor."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.geodesy import geocentric_vectors
from geo.nearest.along import Route, RouteResult
from geo.nearest.corridor import OFFSET_ERROR_M, Corridor
from geo.nearest.filters import Filters
from geo.nearest.index import StationIndex
from geo.nearest.query import NearestQuery
from geo.nearest.travel import Travel
from geo.station import Access, Kind, Station
from tests.geo.nearest.brute_force import (
    GEOD,
    NOW,
    SINGLE,
    SMALL,
    Case,
    here,
    hours_will_do,
    moments,
    passes_apart_from_hours,
    schedules_of,
    small_world,
    state_at,
)
from tests.tiers import ENDURES, budget

TOWN = (117.0, 36.65)
CASES = [name for name, case in SINGLE.items() if case.within_m is None]


def _by_hand(way: Route, case: Case, within_m: float) -> tuple[list[tuple[float, str]], bool]:
    """Ids with their metres along; and whether a millimetre more or less could change the answer."""
    corridor = Corridor.from_line(way.line)
    found, doubtful = [], False
    for one in SMALL:
        beside = corridor.points_within(np.array([(one.lon, one.lat)]), 2 * within_m + 10)
        if not len(beside):
            continue
        along_m, off_m = float(beside.along_m[0]), float(beside.off_m[0])
        doubtful |= abs(off_m - within_m) <= OFFSET_ERROR_M
        is_near = off_m <= within_m and passes_apart_from_hours(one, case.filters)
        if is_near and _open(one, case, way, along_m, off_m):
            found.append((along_m, one.id))
    return sorted(found), doubtful


def _open(one: Station, case: Case, way: Route, along_m: float, off_m: float) -> bool:
    seconds = 0.0
    if case.travel is not None:
        slow = case.travel.detour_factor / case.travel.speed_m_per_s
        seconds = along_m * (1 / case.travel.speed_m_per_s if way.by_street else slow) + off_m * slow
    schedules = schedules_of(((one.hours_text, one.calendar),))
    at = NOW + timedelta(seconds=int(seconds))
    codes = [
        int(schedules.states(schedules.ids, at + timedelta(seconds=s))[0])
        for s in moments(case.filters.stay_min)
    ]
    return all(hours_will_do(state_at(one, code), case.filters) for code in codes)


def _asked(index: StationIndex, way: Route, case: Case, within_m: float, k: int = 1_000) -> RouteResult:
    return index.along_route(
        way, NearestQuery(NOW, k, within_m=within_m, filters=case.filters, travel=case.travel)
    )


@pytest.mark.deeper
@settings(deadline=None, derandomize=True, max_examples=60 if ENDURES else 6)
@given(st.integers(0, 2**32), st.sampled_from(CASES), st.sampled_from([200.0, 900.0, 4_000.0]), st.booleans())
def test_along_a_way_is_what_a_clerk_would_find(
    seed: int, name: str, within_m: float, by_street: bool
) -> None:
    rng = np.random.default_rng(seed)
    way = Route(rng.normal(TOWN, (0.05, 0.04), (int(rng.integers(1, 5)), 2)), by_street)
    index, _, _ = small_world()
    true, doubtful = _by_hand(way, SINGLE[name], within_m)
    answer = _asked(index, way, SINGLE[name], within_m)
    mine = [(stop.along_m, stop.match.station.id) for stop in answer.stops]
    if not doubtful:
        assert sorted(one for _, one in mine) == sorted(one for _, one in true)
        assert answer.count == len(mine)
    assert [metres for metres, _ in mine] == sorted(metres for metres, _ in mine)


def _town() -> StationIndex:
    return StationIndex.build(
        [
            here("first", 500),
            here("night", 900, hours_text="20:00-23:00"),
            here("late", 3_000, hours_text="9:00-17:00"),
            here("staff", 3_500, access=Access.EMPLOYER, employer="某公司"),
            here("room", 4_000, kind=Kind.MOTHER_ROOM),
            here("beyond", 9_000),
        ]
    )


WAY = Route(np.array([TOWN, GEOD.fwd(*TOWN, 90, 5_000)[:2]]))


def test_places_come_in_the_order_of_the_way_and_what_won_t_do_with_the_reason() -> None:
    answer = _town().along_route(
        WAY, NearestQuery(NOW, k=50, within_m=300, filters=Filters.usable_only(), travel=Travel.e_bike())
    )
    assert [stop.match.station.id for stop in answer.stops] == ["first", "room"]
    assert [(skip.station.id, skip.reason) for skip in answer.skipped] == [
        ("night", "closed until {until}"),
        ("late", "closed until tomorrow {until}"),
        ("staff", "for staff of one employer only"),
    ]


def test_a_door_is_asked_about_when_one_passes_it() -> None:
    """At 16:50 it is open until 17:00; 3 km are 15.6 minutes away at 15 km/h with the detours of streets."""
    town = _town()
    usable = Filters.usable_only()
    at_once = town.along_route(WAY, NearestQuery(NOW, k=50, within_m=300, filters=usable))
    by_estimate = town.along_route(
        WAY, NearestQuery(NOW, k=50, within_m=300, filters=usable, travel=Travel.e_bike())
    )
    sooner = town.along_route(
        replace(WAY, by_street=True),
        NearestQuery(NOW - timedelta(minutes=3), k=50, within_m=300, filters=usable, travel=Travel.e_bike()),
    )
    assert "late" in {stop.match.station.id for stop in at_once.stops}
    assert "late" not in {stop.match.station.id for stop in by_estimate.stops}
    late = next(stop for stop in sooner.stops if stop.match.station.id == "late")
    assert late.match.minutes == pytest.approx(12, abs=0.1)


def test_the_rest_of_the_way_is_told_when_asked_for() -> None:
    town = _town()
    whole = town.along_route(WAY, NearestQuery(NOW, k=50, within_m=300))
    first, rest = (town.along_route(WAY, NearestQuery(NOW, 2, within_m=300), leave_out=n) for n in (0, 2))
    assert whole.count == first.count == rest.count == 5
    assert (first.stops + rest.stops)[:4] == whole.stops[:4]


def test_nobody_is_skipped_farther_along_than_the_last_place_told() -> None:
    answer = _town().along_route(WAY, NearestQuery(NOW, 1, within_m=300, filters=Filters.usable_only()))
    assert ([s.match.station.id for s in answer.stops], answer.skipped) == (["first"], ())


def test_no_place_of_another_kind_is_skipped() -> None:
    rooms = Filters.usable_only(kinds=frozenset({Kind.MOTHER_ROOM}))
    answer = _town().along_route(WAY, NearestQuery(NOW, k=50, within_m=300, filters=rooms))
    assert ([s.match.station.id for s in answer.stops], answer.skipped) == (["room"], ())


def test_how_far_off_and_on_which_side_is_told_from_the_way() -> None:
    lon, lat, _ = GEOD.fwd(*GEOD.fwd(*TOWN, 90, 2_000)[:2], 0, 150)
    index = StationIndex.build([here("north", 0).model_copy(update={"lon": lon, "lat": lat})])
    (stop,) = index.along_route(WAY, NearestQuery(NOW, k=50, within_m=300)).stops
    assert (stop.match.bearing, round(stop.match.distance_m), round(stop.along_m)) == ("north", 150, 2_000)


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


@pytest.mark.deeper
@settings(deadline=None, derandomize=True, max_examples=budget(60))
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


def test_metres_along_are_counted_from_the_start_over_every_corner() -> None:
    corner = GEOD.fwd(*JINAN, 90, 1_000)[:2]
    end = GEOD.fwd(*corner, 0, 1_000)[:2]
    house = GEOD.fwd(*GEOD.fwd(*corner, 0, 400)[:2], 90, 30)[:2]
    found = Corridor.from_line([JINAN, corner, end]).points_within(np.array([house]), 50)
    assert found.along_m[0] == pytest.approx(1_400, abs=0.01)
    assert found.off_m[0] == pytest.approx(30, abs=0.01)


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
