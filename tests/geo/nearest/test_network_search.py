"""By network time: equal to asking for the way to every station, with detours, dead ends and islands."""

from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.nearest.filters import Filters
from geo.nearest.index import StationIndex
from geo.nearest.query import NearestQuery, NearestResult
from geo.nearest.travel import NO_ROUTE, RouteCosts, Travel
from geo.station import Access
from tests.geo.nearest.brute_force import (
    NOW,
    SMALL,
    Case,
    all_distances,
    here,
    queries,
    sort_by_distance_and_id,
    will_do,
)
from tests.profile import searched

TOWN = (117.0, 36.65)
REACH_M = 100_000.0


@dataclass
class Maze:
    """Every way is a straight line times a factor that the end's place decides; to some there is none."""

    top_speed_m_per_s: float = 1.3
    asked: int = 0
    islands: bool = True
    nowhere: frozenset[tuple[float, float]] = field(default_factory=frozenset)

    def ways(self, start: tuple[float, float], ends: np.ndarray) -> RouteCosts | None:
        if start in self.nowhere:
            return None
        self.asked += len(ends)
        straight_m = all_distances(np.array([start]), ends)[0]
        chance = np.abs(np.sin(ends[:, 0] * 1e5 + ends[:, 1] * 7e4))
        metres = straight_m * (1 + 3 * chance**2)
        seconds = np.round(metres / self.top_speed_m_per_s)
        none = (chance < 0.1) if self.islands else np.zeros(len(ends), dtype=bool)
        return RouteCosts(np.where(none, np.inf, seconds), np.where(none, np.inf, metres))


def brute(point: np.ndarray, case: Case, maze: Maze, k: int) -> list[tuple[str, float]]:
    stations = sorted(SMALL, key=lambda one: one.id)
    ends = np.array([(s.lon, s.lat) for s in stations])
    straight_m = all_distances(point[None], ends)[0]
    ways = replace(maze).ways((float(point[0]), float(point[1])), ends)
    assert ways is not None
    reach_m = min(case.within_m or REACH_M, REACH_M)
    there = np.isfinite(ways.seconds) & (straight_m <= reach_m)
    there &= will_do(stations, np.where(there, ways.seconds, 0)[None], case.filters)[0]
    return sort_by_distance_and_id(ways.seconds, stations, there)[:k]


CASES = (
    Case(Filters(), Travel.walk()),
    Case(Filters(open_only=True), Travel.walk()),
    Case(Filters.usable_only(member=True), Travel.walk(), within_m=6_000),
    Case(Filters(accesses=frozenset({Access.PUBLIC}), stay_min=30, not_closed=True), Travel.walk()),
    Case(Filters(open_only=True, facilities=frozenset({"water"}), verified_within_days=30), Travel.walk()),
)


def ask(index: StationIndex, point: np.ndarray, case: Case, maze: Maze, k: int) -> NearestResult:
    (found,) = index.nearest(
        point, NearestQuery(NOW, k, filters=case.filters, travel=case.travel, within_m=case.within_m), maze
    )
    return found


@searched(25)
@pytest.mark.parametrize("case", CASES)
@given(number=st.integers(0, 400), k=st.sampled_from([1, 3, 7, 600]), islands=st.booleans())
def test_the_order_is_that_of_all_ways_to_all_stations(
    case: Case, number: int, k: int, islands: bool
) -> None:
    point, maze = queries(11, 401)[number], Maze(islands=islands)
    found = ask(StationIndex.build(SMALL), point, case, maze, k)
    true = brute(point, case, maze, k)
    if true or case.within_m is None:
        assert [(hit.station.id, (hit.minutes or 0) * 60) for hit in found.results] == [
            (id, pytest.approx(s)) for id, s in true
        ]
        assert found.grown_to_m is None
    else:  # the search grew
        grown = replace(case, within_m=found.grown_to_m or REACH_M)
        assert [hit.station.id for hit in found.results] == [id for id, _ in brute(point, grown, maze, k)]
    assert all(hit.way_m is not None and hit.way_m >= hit.distance_m for hit in found.results)


def test_few_are_asked_for_where_few_can_be_sooner() -> None:
    maze = Maze(islands=False)
    ask(StationIndex.build(SMALL), np.array(TOWN), CASES[0], maze, 3)
    assert maze.asked < len(SMALL) / 4


def test_who_is_cut_off_is_told() -> None:
    @dataclass(frozen=True)
    class River:
        top_speed_m_per_s: float = 1.3

        def ways(self, start: tuple[float, float], ends: np.ndarray) -> RouteCosts:
            east = ends[:, 0] > start[0]
            return RouteCosts(np.where(east, 600.0, np.inf), np.where(east, 780.0, np.inf))

    index = StationIndex.build([here("east", 700), here("west", -100), here("far west", -3_000)])
    (found,) = index.nearest(TOWN, NearestQuery(NOW, 1, travel=Travel.walk()), River())
    assert [(hit.station.id, hit.minutes, hit.way_m) for hit in found.results] == [("east", 10.0, 780.0)]
    assert [(skip.station.id, skip.reason) for skip in found.skipped] == [("west", NO_ROUTE)]


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


def test_on_no_street_the_straight_line_estimates_and_says_so() -> None:
    index, maze = StationIndex.build(SMALL), Maze(nowhere=frozenset({TOWN}))
    (found,) = index.nearest(TOWN, NearestQuery(NOW, 3, travel=Travel.walk()), maze)
    (estimated,) = index.nearest(TOWN, NearestQuery(NOW, 3, travel=Travel.walk()))
    assert found == estimated._replace(off_network=True)
    assert all(hit.way_m is None for hit in found.results)


def test_a_network_wants_a_way_of_travelling() -> None:
    with pytest.raises(ValueError, match="give `travel`"):
        StationIndex.build(SMALL).nearest(TOWN, NearestQuery(NOW), Maze())
