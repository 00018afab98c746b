"""By network time: equal to asking for the way to every station, with detours, dead ends and islands."""

from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.civil_time import CIVIL_TIME
from geo.nearest.candidates import MAX_SKIPPED
from geo.nearest.filters import Filters
from geo.nearest.index import StationIndex
from geo.nearest.query import NearestQuery
from geo.nearest.travel import RouteCosts, Travel, max_straight_distance_m
from geo.station import Access
from tests.geo.nearest.brute_force import (
    NOW,
    OPEN_FIRST,
    SMALL,
    all_distances,
    here,
    queries,
    sort_by_way,
    weights,
    will_do,
)
from tests.profile import searched

TOWN = (117.0, 36.65)
REACH_M = 100_000.0


@dataclass
class Maze:
    """Every way is a straight line times a factor that the end's place decides; to some there is none."""

    top_speed_m_per_s: float = 1.3
    questions: int = 0
    asked: int = 0  # ways
    islands: bool = True
    nowhere: frozenset[tuple[float, float]] = field(default_factory=frozenset)

    def ways(self, start: tuple[float, float], ends: np.ndarray) -> RouteCosts | None:
        if start in self.nowhere:
            return None
        self.questions += 1
        self.asked += len(ends)
        straight_m = all_distances(np.array([start]), ends)[0]
        chance = np.abs(np.sin(ends[:, 0] * 1e5 + ends[:, 1] * 7e4))
        metres = straight_m * (1 + 3 * chance**2)
        seconds = np.round(metres / self.top_speed_m_per_s)
        none = (chance < 0.1) if self.islands else np.zeros(len(ends), dtype=bool)
        return RouteCosts(np.where(none, np.inf, seconds), np.where(none, np.inf, metres))


def brute(point: np.ndarray, query: NearestQuery, maze: Maze) -> tuple[list[tuple[str, float]], list[str]]:
    """Ids and seconds, by the streets or else by the straight line, of the hits; and the ids of what is skipped."""
    stations = sorted(SMALL, key=lambda one: one.id)
    ends = np.array([(s.lon, s.lat) for s in stations])
    straight_m = all_distances(point[None], ends)[0]
    ways = replace(maze).ways((float(point[0]), float(point[1])), ends)
    assert ways is not None
    seconds = np.where(np.isfinite(ways.seconds), ways.seconds, straight_m * query.seconds_per_m)
    limit_m = min(query.within_m or REACH_M, REACH_M)
    if query.within_min is not None:  # nothing farther can be reached, by the streets or by the estimate
        fastest_m = max_straight_distance_m(query.within_min * 60, maze.top_speed_m_per_s)
        limit_m = min(limit_m, max(fastest_m, query.reach_m(query.within_min)))
    passes = will_do(stations, seconds[None] * (not query.hours_now), query.filters)[0]
    there = passes & (straight_m <= limit_m) & (seconds <= (query.within_min or np.inf) * 60)
    weight = weights(stations, seconds * (not query.hours_now), query.order)
    found = sort_by_way(seconds * weight, straight_m, stations, there)[: query.k]
    by_id = {one.id: row for row, one in enumerate(stations)}
    hits = [by_id[id] for id, _ in found]
    last_m = straight_m[hits].max() if len(hits) == query.k else limit_m
    nearer = sort_by_way(straight_m, straight_m, stations, ~passes & (straight_m <= last_m))
    return [(stations[row].id, seconds[row]) for row in hits], [id for id, _ in nearer[:MAX_SKIPPED]]


WALK = NearestQuery(NOW, travel=Travel.walk())
CASES = (
    WALK,
    replace(WALK, filters=Filters(open_only=True), within_min=45.0),
    replace(WALK, filters=Filters.usable_only(member=True), within_m=6_000, order=OPEN_FIRST),
    replace(WALK, filters=Filters.usable_only(), within_min=80.0, order=OPEN_FIRST),
    replace(WALK, filters=Filters(not_closed=True), within_min=60.0, order=OPEN_FIRST, hours_now=True),
    replace(WALK, filters=Filters(accesses=frozenset({Access.PUBLIC}), stay_min=30, not_closed=True)),
    replace(
        WALK,
        filters=Filters(open_only=True, facilities=frozenset({"water"}), verified_within_days=30),
        within_m=9_000,
    ),
)


@searched(25)
@pytest.mark.parametrize("case", CASES)
@given(number=st.integers(0, 400), k=st.sampled_from([1, 3, 7, 600]), islands=st.booleans())
def test_the_order_is_that_of_all_ways_to_all_stations(
    case: NearestQuery, number: int, k: int, islands: bool
) -> None:
    point, maze, query = queries(11, 401)[number], Maze(islands=islands), replace(case, k=k)
    (found,) = StationIndex.build(SMALL).nearest(point, query, maze)
    true, skipped = brute(point, query, maze)
    if true or query.within_m is None:
        assert [(hit.station.id, (hit.minutes or 0) * 60) for hit in found.results] == [
            (id, pytest.approx(s)) for id, s in true
        ]
        assert found.grown_to_m is None
        assert not true or [skip.station.id for skip in found.skipped] == skipped
    else:  # the search grew
        grown = replace(query, within_m=found.grown_to_m or REACH_M)
        assert [hit.station.id for hit in found.results] == [id for id, _ in brute(point, grown, maze)[0]]
    assert all(hit.cut_off == (hit.way_m is None) for hit in found.results)
    assert islands or not any(hit.cut_off for hit in found.results)
    is_near = bool(found.results) and found.grown_to_m is None
    assert maze.questions <= (
        2 if is_near else 5
    )  # each time that the search grows, and for what lies beyond


def test_a_station_that_no_street_reaches_stays_in_the_list_with_an_estimate() -> None:
    @dataclass(frozen=True)
    class River:
        top_speed_m_per_s: float = 1.3

        def ways(self, start: tuple[float, float], ends: np.ndarray) -> RouteCosts:
            east = ends[:, 0] > start[0]
            return RouteCosts(np.where(east, 600.0, np.inf), np.where(east, 780.0, np.inf))

    index = StationIndex.build([here("east", 700), here("west", -300), here("far west", -3_000)])
    (found,) = index.nearest(TOWN, replace(WALK, within_min=30.0), River())
    assert [(hit.station.id, hit.way_m, hit.cut_off) for hit in found.results] == [
        ("west", None, True),
        ("east", 780.0, False),
    ]
    assert found.results[0].minutes == pytest.approx(5.0, abs=0.01)


def test_a_door_is_asked_at_the_arrival_by_the_streets() -> None:
    """200 m as the crow flies, but an hour round the lake: shut by then. 10:00 now."""

    @dataclass(frozen=True)
    class Lake:
        top_speed_m_per_s: float = 1.3

        def ways(self, start: tuple[float, float], ends: np.ndarray) -> RouteCosts:
            east = ends[:, 0] > start[0]
            return RouteCosts(np.where(east, 3_600.0, 1_000.0), np.where(east, 4_680.0, 1_300.0))

    until_half_past = here("beyond the lake", 200, hours_text="8:00-10:30")
    other = here("this side", -900, hours_text="8:00-18:00")
    index = StationIndex.build([until_half_past, other])
    ten = {"at": NOW.replace(hour=2, minute=0), "filters": Filters(open_only=True), "travel": Travel.walk()}
    assert [h.station.id for h in index.nearest(TOWN, NearestQuery(k=1, **ten))[0].results] == [
        "beyond the lake"
    ]
    (found,) = index.nearest(TOWN, NearestQuery(k=1, **ten), Lake())
    assert [h.station.id for h in found.results] == ["this side"]
    assert [s.station.id for s in found.skipped] == ["beyond the lake"]


def test_what_is_open_beyond_an_hour_by_street_does_not_hide_what_opens_first() -> None:
    """Eight o'clock, on foot: the open one lies 2.5 km off, 42 minutes by estimate, and two hours by street."""

    @dataclass(frozen=True)
    class Bridge:
        top_speed_m_per_s: float = 1.3

        def ways(self, start: tuple[float, float], ends: np.ndarray) -> RouteCosts:
            far = ends[:, 0] > start[0] + 0.01
            return RouteCosts(np.where(far, 7_200.0, 600.0), np.where(far, 9_360.0, 780.0))

    river = here("over the river", 2_500)
    eight = replace(WALK, at=NOW.replace(hour=0, minute=0), filters=Filters(open_only=True), within_min=60.0)
    soon = here("soon", 400, hours_text="8:30-18:00")
    (found,) = StationIndex.build([soon, river]).nearest(TOWN, eight, Bridge())
    assert found.first_to_open and found.first_to_open.station.id == "soon"
    assert (found.results, found.beyond) == ((), ())
    assert [skip.station.id for skip in found.skipped] == ["soon"]
    (alone,) = StationIndex.build([river]).nearest(TOWN, eight, Bridge())
    assert [(skip.station.id, dict(skip.params)) for skip in alone.beyond] == [
        ("over the river", {"minutes": "120"})
    ]


@pytest.mark.parametrize("hour", [2, 7, 10])
def test_where_no_opening_lasts_for_the_stay_few_ways_are_asked_for(hour: int) -> None:
    by_day = [here(f"day {n:03}", 300 + n, hours_text="7:30-22:00") for n in range(400)]
    at = datetime(2026, 9, 21, hour, tzinfo=CIVIL_TIME)  # a Monday
    query = NearestQuery(at, 2, Filters(stay_min=1440), Travel.walk(), within_min=30.0)
    maze = Maze(islands=False)
    found = StationIndex.build(by_day).nearest_at(*TOWN, query, maze)
    assert (found.results, found.first_to_open) == ((), None)
    assert (maze.questions, maze.asked < 100) == (1, True)


def test_on_no_street_the_straight_line_estimates_and_says_so() -> None:
    index, maze = StationIndex.build(SMALL), Maze(nowhere=frozenset({TOWN}))
    (found,) = index.nearest(TOWN, NearestQuery(NOW, 3, travel=Travel.walk()), maze)
    (estimated,) = index.nearest(TOWN, NearestQuery(NOW, 3, travel=Travel.walk()))
    assert found == estimated._replace(off_network=True)
    assert all(hit.way_m is None for hit in found.results)


def test_a_network_wants_a_way_of_travelling() -> None:
    with pytest.raises(ValueError, match="give `travel`"):
        StationIndex.build(SMALL).nearest(TOWN, NearestQuery(NOW), Maze())
