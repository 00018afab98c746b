"""Places along a way: equal to asking every station by hand, one after the other."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.nearest.along import OFFSET_ERROR_M, Corridor, Route, RouteResult
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
    small_world,
    will_do,
)
from tests.tiers import ENDURES

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
        if off_m <= within_m and _will_do(one, case, way, along_m, off_m):
            found.append((along_m, one.id))
    return sorted(found), doubtful


def _will_do(one: Station, case: Case, way: Route, along_m: float, off_m: float) -> bool:
    seconds = 0.0
    if case.travel is not None:
        slow = case.travel.detour_factor / case.travel.speed_m_per_s
        seconds = along_m * (1 / case.travel.speed_m_per_s if way.by_street else slow) + off_m * slow
    return bool(will_do([one], np.array([[seconds]]), case.filters)[0, 0])


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
