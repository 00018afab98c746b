"""Listings of stations: within a distance, by preference, in order."""

import threading
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from functools import partial
from math import floor

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from geo.geodesy import Floats, geocentric_vectors
from geo.hours import Opening, Schedules, SpecialHours
from geo.nearest.filters import Filters, find_stay_end, opening_for_status, refusal_reason
from geo.nearest.index import StationIndex
from geo.nearest.listing import ListingQuery, StationListing
from geo.nearest.opening_states import StationSchedules
from geo.nearest.query import NearestQuery
from geo.nearest.vector_tree import VectorTree
from geo.nearest.within import Box, count_by_grid_cell, grid_cell_deg
from geo.station import Access, Kind, OpeningState, Station, Status
from geo.status.live import LiveSummary
from geo.status.live_status import LiveState, LiveStatus
from tests.tiers import budget

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)  # Friday, 10:00 in Beijing
LATER = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
SHUT = LiveSummary(spells=(SpecialHours(NOW, LATER, None, "shut", promised=False),))
BROKEN = LiveSummary((LiveStatus(LiveState.BROKEN, NOW, LATER, "", (), 1, facility="water"),))

STATIONS = st.lists(
    st.builds(
        Station,
        id=st.text("ab/驿", min_size=1, max_size=3),
        name=st.sampled_from(["驿站", "书房", "b", "ab"]),
        kind=st.sampled_from([Kind.OUTDOOR_STATION, Kind.LIBRARY]),
        lon=st.just(117.0),
        lat=st.just(36.6),
        district=st.sampled_from([None, "370102", "370103", "371722", "37010", "abcdef"]),
        hours_text=st.sampled_from(["24小时", "08:00-18:00", "20:00-23:00", "看门口"]),
        access=st.sampled_from([Access.PUBLIC, Access.EMPLOYER]),
        facilities=st.sampled_from([frozenset(), frozenset({"water"})]),
        status=st.sampled_from(list(Status)),
    ),
    max_size=12,
    unique_by=lambda station: station.id,
)
FILTERS = st.builds(
    Filters,
    kinds=st.sampled_from([frozenset(), frozenset({Kind.LIBRARY})]),
    facilities=st.sampled_from([frozenset(), frozenset({"water"})]),
    open_only=st.booleans(),
    not_closed=st.booleans(),
    stay_min=st.sampled_from([0, 600]),
)


def _opening(station: Station, live: LiveSummary | None, at: datetime) -> tuple[Opening, Schedules]:
    usual = Schedules.compile([(station.hours_text, station.calendar)])
    schedules = usual.with_special_hours({0: live.spells} if live else {})
    return opening_for_status(station.status) or schedules.opening(int(schedules.ids[0]), at), schedules


def _slow(
    stations: list[Station], live: dict[str, LiveSummary], asked: ListingQuery
) -> list[tuple[str, OpeningState]]:
    found = []
    for station in sorted(stations, key=lambda one: one.id):
        usable = live[station.id].without_broken_facilities(station) if station.id in live else station
        opening, schedules = _opening(usable, live.get(station.id), asked.at)
        leaves = find_stay_end(partial(schedules.opening, int(schedules.ids[0])), asked.at, asked.filters)
        district = asked.district or ""
        prefix = district[:2] if district.endswith("0000") else district.removesuffix("00")
        code = station.district if station.district and station.district.isdecimal() else ""
        inside = asked.district is None or (len(code) == 6 and code.startswith(prefix))
        passes = refusal_reason(usable, opening, asked.filters, asked.at, leaves) is None
        if passes and inside and station.id > asked.after:
            found.append((station.id, opening.state))
    return found[: asked.limit]


def _some_unplaced(stations: list[Station], numbers: set[int]) -> list[Station]:
    return [
        station.model_copy(update={"lon": None, "lat": None}) if number in numbers else station
        for number, station in enumerate(stations)
    ]


@pytest.mark.deeper
@settings(max_examples=budget(100))
@given(
    STATIONS,
    st.sets(st.integers(0, 11)),
    FILTERS,
    st.sampled_from([None, "370000", "370100", "370102"]),
    st.text("ab/驿", max_size=2),
    st.integers(1, 5),
    st.sampled_from([None, SHUT, BROKEN]),
)
def test_a_page_is_what_going_through_all_stations_gives_placed_or_not(
    stations: list[Station],
    unplaced: set[int],
    filters: Filters,
    district: str | None,
    after: str,
    limit: int,
    said: LiveSummary | None,
) -> None:
    stations = _some_unplaced(stations, unplaced)
    live = {station.id: said for station in stations[:2] if said}
    asked = ListingQuery(filters, NOW, limit, district, after)
    listing = StationListing(StationIndex.build(stations, live), stations, live, {})
    page = listing.page(asked)
    assert [(one.station.id, one.opening.state) for one in page] == _slow(stations, live, asked)
    for station in stations:
        one = listing.find(station.id, NOW)
        assert one is not None
        assert one.opening == _opening(station, live.get(station.id), NOW)[0]
    assert listing.find("nobody", NOW) is None


@pytest.mark.deeper
@settings(max_examples=budget(100))
@given(
    STATIONS,
    st.sets(st.integers(0, 11)),
    FILTERS,
    st.sampled_from([None, "370000", "370100", "370102"]),
    st.integers(1, 5),
    st.dictionaries(st.integers(0, 11), st.sampled_from([SHUT, BROKEN]), max_size=3),
    st.integers(0, 86_399),
)
def test_open_ones_first_is_sorting_all_that_pass_by_state_name_and_id(
    stations: list[Station],
    unplaced: set[int],
    filters: Filters,
    district: str | None,
    limit: int,
    said: dict[int, LiveSummary],
    second: int,
) -> None:
    stations = _some_unplaced(stations, unplaced)
    live = {station.id: said[number] for number, station in enumerate(stations) if number in said}
    at = NOW + timedelta(seconds=second)
    by_id = {station.id: station for station in stations}
    passing = _slow(stations, live, ListingQuery(filters, at, len(stations), district))
    order = [OpeningState.OPEN, OpeningState.UNKNOWN, OpeningState.CLOSED]
    ids = [id for id, _ in sorted(passing, key=lambda one: (order.index(one[1]), by_id[one[0]].name, one[0]))]
    found = StationListing(StationIndex.build(stations, live), stations, live, {}).open_first(
        ListingQuery(filters, at, limit, district)
    )
    assert [one.station.id for one in found.first] == ids[:limit]
    assert found.count == len(ids)
    for one in found.first:
        told = live.get(one.station.id)
        assert one.station == (
            told.without_broken_facilities(by_id[one.station.id]) if told else by_id[one.station.id]
        )
        assert one.opening == _opening(one.station, told, at)[0]
    placed = next((id for id in ids if by_id[id].is_placed), None)
    assert (found.placed.id if found.placed else None) == placed


def test_hours_are_only_worked_out_of_those_that_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    stations = [
        Station(id=f"{n:03}", name="驿站", kind=Kind.LIBRARY, lon=117, lat=36.6, hours_text="24小时")
        for n in range(50)
    ]
    listing = StationListing(StationIndex.build(stations), stations, {}, {})
    asked, opening = list[int](), StationSchedules.opening

    def counting(schedules: StationSchedules, position: int, when: datetime) -> Opening:
        asked.append(position)
        return opening(schedules, position, when)

    def compiling(_: object) -> Schedules:
        raise AssertionError("hours are compiled once for a snapshot")

    monkeypatch.setattr(StationSchedules, "opening", counting)
    monkeypatch.setattr(Schedules, "compile", compiling)
    found = listing.open_first(ListingQuery(Filters(open_only=True), NOW, 20))
    assert (len(found.first), found.count, asked) == (20, 50, list(range(20)))


LON = st.floats(-180, 180)
LAT = st.floats(-90, 90)
POINTS = st.lists(st.tuples(LON, LAT, st.integers(0, 2)), min_size=1, max_size=40)
BOXES = st.builds(
    lambda w, s, e, n: Box(w, min(s, n), e, max(s, n)), LON, LAT, LON, LAT
)  # half of them across the 180th meridian


def _holds(box: Box, lon: float, lat: float) -> bool:
    around = box.west <= lon <= box.east if box.west <= box.east else lon >= box.west or lon <= box.east
    return around and box.south <= lat <= box.north


@pytest.mark.deeper
@settings(max_examples=budget(100))
@given(BOXES, POINTS)
def test_a_box_holds_what_lies_between_its_edges(box: Box, points: list[tuple[float, float, int]]) -> None:
    array = np.array([point[:2] for point in points])
    assert box.contains(array).tolist() == [_holds(box, lon, lat) for lon, lat, _ in points]


@pytest.mark.deeper
@settings(max_examples=budget(100))
@given(BOXES, POINTS)
def test_cells_count_every_station_once_where_it_stands(
    box: Box, points: list[tuple[float, float, int]]
) -> None:
    inside = [point for point in points if _holds(box, *point[:2])]
    side = grid_cell_deg(box)
    by_cell: dict[tuple[int, int], list[tuple[float, float, int]]] = defaultdict(list)
    for lon, lat, state in inside:
        east = lon + 360 if lon < box.west else lon
        by_cell[floor(east / side), floor(lat / side)].append((east, lat, state))
    slow = [
        (len(some), sum(state == 1 for _, _, state in some), np.mean([lon for lon, _, _ in some]))
        for _, some in sorted(by_cell.items())
    ]
    array = np.array([point[:2] for point in inside], dtype=float).reshape(-1, 2)
    found = count_by_grid_cell(array, np.array([state for *_, state in inside], dtype=np.int8), box)
    assert [(one.count, one.open) for one in found] == [(count, is_open) for count, is_open, _ in slow]
    for one, (_, _, lon) in zip(found, slow, strict=True):
        assert (one.lon - lon) % 360 == pytest.approx(0, abs=1e-5) or (one.lon - lon) % 360 > 359.9999
    assert len(found) <= 17 * 17


@pytest.mark.deeper
@settings(max_examples=budget(100))
@given(BOXES, st.floats(0.001, 0.2), POINTS)
def test_a_widened_box_holds_all_that_the_box_holds(
    box: Box, margin: float, points: list[tuple[float, float, int]]
) -> None:
    array = np.array([point[:2] for point in points])
    assert not (box.contains(array) & ~box.with_margin(margin).contains(array)).any()


def test_a_map_that_is_moved_keeps_its_cells() -> None:
    here, moved = Box(117.0, 36.0, 117.5, 36.4), Box(117.11, 36.05, 117.61, 36.45)
    assert grid_cell_deg(here) == grid_cell_deg(moved)
    point, state = np.array([(117.30001, 36.2)]), np.array([1], dtype=np.int8)
    assert count_by_grid_cell(point, state, here) == count_by_grid_cell(point, state, moved)


TEXTS = {"default": "00:00-00:00", "stated": "24小时", "evening": "8:00-23:00", "other": "0:00-23:59"}


def near(at: str, filters: Filters, k: int = 4) -> list[str]:
    stations = [
        Station(id=id, name=id, kind=Kind.LIBRARY, lon=117.0 + n / 1000, lat=36.6, hours_text=text)
        for n, (id, text) in enumerate(TEXTS.items())
    ]
    query = NearestQuery(datetime.fromisoformat(f"2026-10-14T{at}+08:00"), k, filters=filters)
    return [hit.station.id for hit in StationIndex.build(stations).nearest_at(117.0, 36.6, query).results]


@pytest.mark.parametrize(
    ("at", "ids"),
    [
        ("12:00", ["default", "stated", "evening", "other"]),
        ("21:59", ["default", "stated", "evening", "other"]),
        ("22:00", ["stated", "evening", "default", "other"]),
        ("05:59", ["stated", "default", "other"]),
        ("06:00", ["default", "stated", "other"]),
    ],
)
def test_open_stations_at_night_are_ordered_by_whether_their_hours_are_stated(
    at: str, ids: list[str]
) -> None:
    assert near(at, Filters(open_only=True)) == ids


def test_without_the_filter_the_distance_alone_decides() -> None:
    assert near("23:30", Filters(not_closed=True)) == ["default", "stated", "other"]


def _around(lon: float, lat: float, degrees: float, rng: np.random.Generator, n: int) -> Floats:
    points = rng.normal((lon, lat), degrees, (n, 2))
    points[:, 1] = np.where(points[:, 1] > 90, 180 - points[:, 1], points[:, 1])
    return geocentric_vectors(points)


def _everywhere(rng: np.random.Generator, n: int) -> Floats:
    return geocentric_vectors(rng.uniform((-180, -90), (180, 90), (n, 2)))


def _on_a_lattice(rng: np.random.Generator, n: int) -> Floats:
    """Return vectors with many equal chords, some of them at one place."""
    return np.asarray(rng.integers(0, 6, (n, 3)) * 1_024.0)


REGIONS = {
    "a town": lambda rng, n: _around(117.0, 36.65, 0.05, rng, n),
    "the antimeridian": lambda rng, n: _around(180.0, -17.0, 0.5, rng, n),
    "the pole": lambda rng, n: _around(0.0, 90.0, 0.2, rng, n),
    "the Earth": _everywhere,
    "two towns": lambda rng, n: np.concatenate(
        (_around(117.0, 36.65, 0.02, rng, n // 2), _around(103.8, 36.06, 0.02, rng, n - n // 2))
    ),
    "a lattice": _on_a_lattice,
    "one place": lambda rng, n: np.tile(geocentric_vectors(np.array([[117.0, 36.65]])), (n, 1)),
}


@pytest.mark.deeper
@settings(deadline=None, derandomize=True, max_examples=budget(150))
@given(
    region=st.sampled_from(sorted(REGIONS)),
    seed=st.integers(0, 2**32),
    count=st.sampled_from([0, 1, 2, 17, 127, 400, 3_000]),
    width=st.sampled_from([1, 2, 6, 40, 299, 300, 301, 700, 3_100]),
    reach_m=st.sampled_from([np.inf, 0.0, 800.0, 60_000.0, 3_000_000.0]),
)
@example(region="one place", seed=0, count=3_000, width=301, reach_m=np.inf)
@example(region="a lattice", seed=0, count=3_000, width=700, reach_m=1_024.0)
@example(region="the pole", seed=0, count=3_000, width=3_100, reach_m=np.inf)
def test_the_nearest_are_those_of_measuring_and_sorting(
    region: str, seed: int, count: int, width: int, reach_m: float
) -> None:
    rng = np.random.default_rng(seed)
    vectors = REGIONS[region](rng, count)
    queries = np.concatenate((REGIONS[region](rng, 4), _everywhere(rng, 2)))
    chords_m, indices = VectorTree.from_vectors(vectors).query(queries, width, reach_m)
    assert chords_m.shape == indices.shape == (6, width)
    for query, chord_m, index in zip(queries, chords_m, indices, strict=True):
        to_each_m = np.linalg.norm(vectors - query, axis=1)
        expected_m = np.sort(to_each_m[to_each_m < reach_m])[:width]
        found = index[: len(expected_m)]
        np.testing.assert_allclose(chord_m[: len(expected_m)], expected_m, rtol=0, atol=1e-8)
        np.testing.assert_allclose(to_each_m[found], expected_m, rtol=0, atol=1e-8)
        assert len(set(found.tolist())) == len(expected_m)
        assert (index[len(expected_m) :] == count).all() and (chord_m[len(expected_m) :] == np.inf).all()


@pytest.mark.parametrize("width", [1, 5, 500])
def test_no_query_gives_no_row(width: int) -> None:
    tree = VectorTree.from_vectors(_everywhere(np.random.default_rng(1), 600))
    chord_m, index = tree.query(np.empty((0, 3)), width)
    assert chord_m.shape == index.shape == (0, width)


@pytest.mark.endure
def test_threads_that_query_one_tree_get_the_same() -> None:
    rng = np.random.default_rng(2)
    tree, queries = VectorTree.from_vectors(_everywhere(rng, 5_000)), _everywhere(rng, 200)
    expected = [tree.query(queries, width) for width in (6, 400)]
    equal: list[bool] = []

    def query() -> None:
        for _ in range(10):
            again = [tree.query(queries, width) for width in (6, 400)]
            equal.append(
                all(map(np.array_equal, (a for p in expected for a in p), (a for p in again for a in p)))
            )

    threads = [threading.Thread(target=query) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert equal == [True] * 40
