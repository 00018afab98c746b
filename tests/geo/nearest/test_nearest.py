"""The index against the slow, obvious answer: every geodesic, every filter, sorted."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from math import floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calendars import Calendar
from geo.nearest.filters import Filters
from geo.nearest.index import StationIndex
from geo.nearest.query import NearestQuery, NearestResult
from geo.nearest.travel import Travel
from geo.station import Access, Entry, Kind, OpeningState, Station, Status
from tests.geo.nearest.brute_force import (
    NOW,
    QUERIES,
    SINGLE,
    Case,
    all_geodesics,
    ask,
    assert_same,
    brute,
    brute_all,
    here,
    small_world,
    station,
)
from tests.profile import searched
from tests.tiers import ENDURES, budget


@pytest.mark.deeper
@pytest.mark.parametrize("name", SINGLE)
def test_random_queries_equal_a_brute_force_scan(name: str) -> None:
    index, points, geodesics = small_world()
    case = SINGLE[name]
    truth = brute_all(geodesics, index.stations, case, 5)
    for k in (1, 5):
        for mine, true in zip(ask(index, points, case, k), truth, strict=True):
            assert_same(mine, true[:k])


@pytest.mark.deeper
@pytest.mark.parametrize("name", SINGLE)
def test_points_asked_singly_get_the_answers_of_the_batch(name: str) -> None:
    index, points, _ = small_world()
    few = points[:: QUERIES // budget(40)]
    together = index.nearest(few, NearestQuery(NOW, 4, **vars(SINGLE[name])))
    query = NearestQuery(NOW, 4, **vars(SINGLE[name]))
    assert together == [index.nearest(p, query)[0] for p in few]
    assert together == [index.nearest_at(*p, query) for p in few.tolist()]


# Nasty geometry --------------------------------------------------------------------------------

LONGITUDES = st.one_of(
    st.sampled_from((-180.0, 180.0, 179.9999999, -179.9999999, 0.0, -0.0, 90.0, 117.0, 117.0000001)),
    st.floats(-180, 180),
    st.integers(0, 8).map(lambda i: 117 + i / 64),
)
LATITUDES = st.one_of(
    st.sampled_from((-90.0, 90.0, 89.9999999, -89.9999999, 0.0, 36.5, -36.5)),
    st.floats(-90, 90),
    st.integers(0, 8).map(lambda i: 36.5 + i / 64),
)
PLACES = st.tuples(LONGITUDES, LATITUDES)


@searched(150)
@given(
    st.lists(PLACES, max_size=40),
    st.lists(PLACES, min_size=1, max_size=4),
    st.integers(1, 12),
    st.sampled_from(sorted(SINGLE)),
    st.integers(0, 2**16),
)
def test_no_geometry_on_earth_breaks_the_order(
    where: list[tuple[float, float]], asked: list[tuple[float, float]], k: int, name: str, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    stations = [station(rng, i, *p) for i, p in enumerate([*where, *where[:5], *asked[:1]])]
    index, points = StationIndex.build(stations), np.array(asked)
    geodesics = all_geodesics(points, index.stations)
    for row, answer in enumerate(ask(index, points, SINGLE[name], k)):
        assert_same(answer, brute(geodesics[row], index.stations, SINGLE[name], k))


@pytest.mark.deeper
@pytest.mark.parametrize("case", [Case(), SINGLE["open on arrival on foot"], SINGLE["usable"]])
def test_thousands_at_one_place_come_in_the_order_of_their_ids(case: Case) -> None:
    rng = np.random.default_rng(5)
    stations = [station(rng, i, 117.0, 36.65) for i in rng.permutation(10_000 if ENDURES else 1_000)]
    stations += [station(rng, 20_000 + i, 117.0 + i / 1e9, 36.65) for i in range(50)]
    index = StationIndex.build(stations)
    points = np.array([(117.0, 36.65), (117.001, 36.65), (117.00000002, 36.65), (-63.0, -36.65)])
    geodesics = all_geodesics(points, index.stations)
    for k in (1, 7, 60):
        for row, answer in enumerate(ask(index, points, case, k)):
            assert_same(answer, brute(geodesics[row], index.stations, case, k))


def test_the_very_second_at_which_a_door_closes_is_decided_by_the_geodesic() -> None:
    point, seen = np.array([(117.0, 36.65)]), set()
    for metres in np.linspace(500, 15_000, 120):
        closes_at_17 = [here("x", metres, hours_text="9:00-17:00")]
        geodesic = all_geodesics(point, closes_at_17)
        case = Case(Filters(open_only=True), Travel(geodesic[0, 0] / 600, 1.0))  # 600 s, give or take an ulp
        true = brute(geodesic[0], closes_at_17, case, 1)
        assert_same(ask(StationIndex.build(closes_at_17), point, case, 1)[0], true)
        seen.add(len(true))
    assert seen == {0, 1}


# The answer as a rider reads it ------------------------------------------------------------------


def answer(stations: Sequence[Station], filters: Filters, **more: object) -> NearestResult:
    return StationIndex.build(stations).nearest(
        (117.0, 36.65), NearestQuery(NOW, 2, filters=filters, **more)
    )[0]


def test_without_filters_every_state_is_returned_and_named() -> None:
    found = answer(
        [here("shut", 10, hours_text="9:00-12:00"), here("gone", 20, status=Status.CLOSED_FOR_GOOD)],
        Filters(),
    )
    assert [(h.station.id, h.opening.state) for h in found.results] == [
        ("shut", OpeningState.CLOSED),
        ("gone", OpeningState.CLOSED),
    ]
    assert found.results[1].opening.reason == "closed for good"
    assert found.skipped == ()


def test_each_nearer_place_is_named_with_the_reason_why_it_was_skipped() -> None:
    stations = [
        here("a", 10, hours_text="18:00-22:00", entry=Entry.WALK_IN, facilities={"water", "toilet"}),
        here("b", 20, access=Access.EMPLOYER),
        here("c", 30, entry=Entry.APP),
        here("d", 40, hours_text="18:00-22:00", entry=Entry.WALK_IN, facilities={"water"}),
        here("e", 50, status=Status.CLOSED_TEMPORARILY),
        here("f", 60, entry=Entry.WALK_IN, facilities={"water", "toilet"}),
        here("g", 70, entry=Entry.WALK_IN, facilities={"water", "toilet"}),
        here("beyond", 80, access=Access.EMPLOYER),
        here("other kind", 5, kind=Kind.LIBRARY),
    ]
    asked = Filters(
        kinds=frozenset({Kind.OUTDOOR_STATION}),
        facilities=frozenset({"water", "toilet"}),
        entries=frozenset({Entry.WALK_IN}),
        accesses=frozenset({Access.PUBLIC}),
        open_only=True,
    )
    # Nobody waits until d opens: it lacks a toilet then too.
    found = answer(stations, asked)
    assert [h.station.id for h in found.results] == ["f", "g"]
    assert [(s.station.id, s.reason.format_map(s.params)) for s in found.skipped] == [
        ("a", "closed until 18:00"),
        ("b", "for staff of one employer only"),
        ("c", "entry only by an app"),
        ("d", "lacks toilet"),
        ("e", "closed for the time being"),
    ]


def test_a_door_that_closes_on_the_way_is_skipped_and_says_when_it_opens_again() -> None:
    stations = [here("closes first", 1_000, hours_text="9:00-17:00"), here("stays", 2_000)]
    now = answer(stations, Filters(open_only=True))
    on_foot = answer(stations, Filters(open_only=True), travel=Travel.walk())
    assert [h.station.id for h in now.results] == ["closes first", "stays"]
    assert [h.station.id for h in on_foot.results] == ["stays"]
    skipped = on_foot.skipped[0]
    assert skipped.reason.format_map(skipped.params) == "closed until tomorrow 09:00"
    assert on_foot.results[0].minutes == pytest.approx(2_000 * 1.3 / 1.3 / 60)
    assert on_foot.results[0].at == NOW + timedelta(seconds=floor(on_foot.results[0].distance_m))


@pytest.mark.parametrize(
    ("hours_text", "stay_min", "said"),
    [
        ("18:00-22:00", 0, "closed until 18:00"),
        ("8:00-16:00", 0, "closed until tomorrow 08:00"),
        ("周一至周日 8:00-16:00，周六休息", 0, "closed until 2026-09-20 08:00"),  # it is a Friday
        # the 20th is a make-up Sunday, on which it may be open: not promised
        ("周一至周五 8:00-16:00", 0, "closed; whether it opens at 2026-09-20 08:00 is not known: ask first"),
        ("8:00-17:30", 60, "closes already at 17:30"),
        ("8:00-次日2:00", 1440, "closes already tomorrow at 02:00"),
    ],
)
def test_an_instant_is_said_as_one_says_it(hours_text: str, stay_min: int, said: str) -> None:
    found = answer([here("it", 10, hours_text=hours_text)], Filters(open_only=True, stay_min=stay_min))
    (skipped,) = found.skipped
    assert skipped.reason.format_map(skipped.params) == said


def test_usable_keeps_what_is_not_known_and_says_so() -> None:
    stations = [
        here("silent", 10, hours_text="", access=Access.UNKNOWN),
        here("members", 20, access=Access.MEMBERS),
    ]
    assert [h.station.id for h in answer(stations, Filters.usable_only()).results] == ["silent"]
    assert answer(stations, Filters.usable_only()).results[0].opening.state is OpeningState.UNKNOWN
    assert len(answer(stations, Filters.usable_only(member=True)).results) == 2
    open_only = answer(stations, Filters(open_only=True))
    assert [s.reason for s in open_only.skipped] == ["no hours given"]


def test_closed_for_good_comes_back_only_when_nothing_or_just_that_is_asked() -> None:
    stations = [here("gone", 10, status=Status.CLOSED_FOR_GOOD)]
    assert answer(stations, Filters()).results
    assert not answer(stations, Filters(accesses=frozenset({Access.PUBLIC}))).results
    assert answer(stations, Filters(statuses=frozenset({Status.CLOSED_FOR_GOOD}))).results


@pytest.mark.parametrize(
    ("lon", "lat", "word"),
    [
        (117.0, 36.75, "north"), (117.1, 36.73, "northeast"), (117.1, 36.65, "east"), (117.1, 36.57, "southeast"),
        (117.0, 36.55, "south"), (116.9, 36.57, "southwest"), (116.9, 36.65, "west"), (116.9, 36.73, "northwest"),
        (117.0, 36.65, "right here"),
    ],
)  # fmt: skip
def test_the_bearing_is_a_word(lon: float, lat: float, word: str) -> None:
    assert (
        answer([here("x", 0).model_copy(update={"lon": lon, "lat": lat})], Filters()).results[0].bearing
        == word
    )


def test_from_the_north_pole_everything_lies_south() -> None:
    found = StationIndex.build([here("x", 0)]).nearest((30.0, 90.0), NearestQuery(NOW, 1))[0]
    assert found.results[0].bearing == "south"


@pytest.mark.deeper
def test_distances_told_to_riders_are_the_geodesics_themselves() -> None:
    index, points, geodesics = small_world()
    for row, found in enumerate(index.nearest(points[: 200 if ENDURES else 50], NearestQuery(NOW, 5))):
        assert [(h.station.id, h.distance_m) for h in found.results] == brute(
            geodesics[row], index.stations, Case(), 5
        )


@pytest.mark.deeper
def test_every_skip_is_nearer_removed_and_among_the_five_nearest_such() -> None:
    index, points, geodesics = small_world()
    for name, case in SINGLE.items():
        if case.filters == Filters() or case.filters.kinds:
            continue
        for row in range(0, QUERIES, 97):
            found = index.nearest(points[row], NearestQuery(NOW, 5, **vars(case)))[0]
            searched = replace(case, within_m=found.grown_to_m or case.within_m)
            kept = {n for n, _ in brute(geodesics[row], index.stations, searched, len(index))}
            limit = searched.within_m or np.inf
            last = max(h.distance_m for h in found.results) if len(found.results) == 5 else limit
            near = sorted((m, s.id) for m, s in zip(geodesics[row], index.stations, strict=True) if m <= last)
            assert [s.station.id for s in found.skipped] == [n for _, n in near if n not in kept][:5], name


# What can't be answered ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ask_wrongly", "says"),
    [
        (lambda i: i.nearest((36.65, 117.0), NearestQuery(NOW)), "latitude 117.0 is outside -90..90; are longitude and latitude swapped"),
        (lambda i: i.nearest((217.0, 36.0), NearestQuery(NOW)), "longitude 217.0 is outside"),
        (lambda i: i.nearest((float("nan"), 36.0), NearestQuery(NOW)), "longitude nan"),
        (lambda i: i.nearest([[1.0, 2.0, 3.0]], NearestQuery(NOW)), r"shape \(1, 3\)"),
        (lambda i: i.nearest((117.0, 36.0), NearestQuery(NOW, 0)), "k is 0"),
        (lambda i: i.nearest((117.0, 36.0), NearestQuery(NOW.replace(tzinfo=None))), "has no offset"),
        (lambda i: i.nearest((117.0, 36.0), NearestQuery(NOW, within_m=-1)), "within_m is -1"),
        (lambda i: i.nearest_arrays((117.0, 36.0), NearestQuery(filters=Filters.usable_only())), "give `at`"),
        (lambda i: Travel(0), "speed 0 m/s"),
        (lambda i: Travel.walk(0.5), "detour factor 0.5"),
    ],
)  # fmt: skip
def test_a_question_that_makes_no_sense_is_refused_with_its_value(
    ask_wrongly: Callable[[StationIndex], object], says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        ask_wrongly(small_world()[0])


def test_two_stations_with_one_id_are_refused() -> None:
    with pytest.raises(ValueError, match="share the id 'x'"):
        StationIndex.build([here("x", 1), here("x", 2)])


def test_places_not_placed_are_left_out_and_an_empty_index_answers() -> None:
    index = StationIndex.build([Station(id="x", name="x", kind=Kind.LIBRARY, calendar=Calendar.CN)])
    assert len(index) == 0
    assert index.nearest([(117.0, 36.0), (0.0, 0.0)], NearestQuery(NOW)) == [NearestResult((), ())] * 2
    assert index.nearest(np.empty((0, 2)), NearestQuery(NOW)) == []
    assert index.states(NOW).shape == (0,)


@searched(60)
@given(
    st.integers(1, 40), st.integers(1, 12), st.integers(0, 2**16), st.sampled_from([0.001, 0.05, 1.0, 20.0])
)
def test_one_point_alone_is_answered_as_among_many(n: int, k: int, seed: int, spread_deg: float) -> None:
    """Where each place has one station and nothing is asked, there is a way of its own for one point."""
    rng = np.random.default_rng(seed)
    places = rng.normal((117.0, 36.65), spread_deg, (n + 3, 2))
    where, elsewhere = np.split(np.clip(places, (-179.0, -80.0), (179.0, 80.0)), [n])
    index = StationIndex.build([station(rng, i, *p) for i, p in enumerate(where.tolist())])
    points = np.concatenate((where[:2], elsewhere))
    geodesics = all_geodesics(points, index.stations)
    for row, point in enumerate(points):
        (alone,) = ask(index, point[None], Case(), k)
        assert_same(alone, brute(geodesics[row], index.stations, Case(), k))
        found, metres = index.nearest_arrays(point, NearestQuery(k=k))
        assert found.shape == metres.shape == (1, k)
