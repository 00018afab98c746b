"""Coverage by streets: pairs by network, by street map, and pairs remembered."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.coverage import Demand, Reach, coverage_at, coverage_by_hour
from geo.coverage.neighbours import Neighbours, find_neighbours
from geo.coverage.pairs import PairRoutes, pairs_in_reach
from geo.coverage.remembered_pairs import RememberedPairs
from geo.coverage.street_pairs import collect_street_pairs
from geo.nearest.index import StationIndex
from geo.nearest.travel import RouteCosts
from tests.geo.coverage.obvious import will_do
from tests.geo.nearest.brute_force import SMALL
from tests.geo.nearest.test_network_search import Maze
from tests.tiers import budget

NOON = datetime(2026, 9, 18, 4, tzinfo=UTC)
MONDAY = date(2026, 9, 14)
STATIONS = sorted(SMALL, key=lambda one: one.id)
ENDS = np.array([(s.lon, s.lat) for s in STATIONS])


@dataclass
class ManyMazes(Maze):
    """Answers for several starts at once."""

    questions: list[tuple[int, int]] = field(default_factory=list)

    def ways_between(self, starts: np.ndarray, ends: np.ndarray) -> list[RouteCosts | None]:
        self.questions.append((len(starts), len(ends)))
        return [self.ways((float(lon), float(lat)), ends) for lon, lat in starts]


def town(seed: int, n: int) -> Demand:
    rng = np.random.default_rng(seed)
    return Demand.from_points(
        rng.normal((117.0, 36.65), (0.06, 0.05), (n, 2)), rng.integers(0, 9, n), districts=["370102"] * n
    )


def seconds_to_all(demand: Demand, maze: Maze) -> np.ndarray:
    rows = [maze.ways((float(lon), float(lat)), ENDS) for lon, lat in demand.points]
    return np.array([np.full(len(ENDS), np.inf) if ways is None else ways.seconds for ways in rows])


@pytest.mark.deeper
@settings(deadline=None, derandomize=True, max_examples=budget(12))
@given(seed=st.integers(0, 2**32 - 1), within_s=st.sampled_from((60.0, 600.0, 1_800.0)), many=st.booleans())
def test_served_is_who_can_go_there_in_time(seed: int, within_s: float, many: bool) -> None:
    demand = town(seed, 60)
    lost = frozenset(tuple(point) for point in demand.points[:5].tolist())
    maze = (ManyMazes if many else Maze)(nowhere=lost)  # type: ignore[arg-type]
    index, reach = StationIndex.build(SMALL), Reach(network=maze, within_s=within_s)
    seconds = seconds_to_all(demand, maze)
    served = coverage_at(demand, index, NOON, reach)
    soonest = seconds[:, will_do(STATIONS, NOON, reach.filters)].min(axis=1)
    assert served.seconds is not None
    assert served.off_network is not None
    assert served.mask.tolist() == (soonest <= within_s).tolist()
    assert served.seconds.tolist() == np.where(soonest <= within_s, soonest, np.inf).tolist()
    assert set(np.flatnonzero(served.off_network)) <= set(range(5))
    straight = coverage_at(demand, index, NOON, Reach(500))
    assert (served.nearest_m == straight.nearest_m).all()


def test_the_hours_of_a_week_ask_for_each_way_once() -> None:
    demand, index, maze = town(1, 40), StationIndex.build(SMALL), Maze()
    reach = Reach(network=maze, within_s=900)
    table = coverage_by_hour(demand, index, MONDAY, reach)
    assert maze.asked < len(demand) * len(SMALL)
    seconds = seconds_to_all(demand, maze)
    for hour in (12, 4 * 24 + 12, 100, 167):
        when = datetime.fromtimestamp(datetime(2026, 9, 13, 16, tzinfo=UTC).timestamp() + hour * 3600, UTC)
        good = will_do(STATIONS, when, reach.filters)
        assert table.served_at(hour).tolist() == (seconds[:, good] <= 900).any(axis=1).tolist()


def test_those_who_live_together_are_asked_about_together_and_progress_is_told() -> None:
    demand, maze, told = town(2, 300), ManyMazes(), []
    coverage_at(demand, StationIndex.build(SMALL), NOON, Reach(network=maze, within_s=600), told.append)
    assert len(maze.questions) == -(-300 // 48)
    assert told == [min(48 * n, 300) for n in range(1, 8)]


def test_seconds_and_network_go_together_and_lead_no_farther_than_100_km() -> None:
    with pytest.raises(ValueError, match="go together"):
        Reach(network=Maze())
    with pytest.raises(ValueError, match="within_s is 0"):
        Reach(network=Maze(), within_s=0)
    far = Reach(network=Maze(top_speed_m_per_s=20.0), within_s=6_000)
    with pytest.raises(ValueError, match="beyond 100 km"):
        coverage_at(town(1, 3), StationIndex.build(SMALL), NOON, far)


@dataclass
class PairMaze(Maze):
    """Answers for pairs, in one call."""

    def routes_of_pairs(self, points: np.ndarray, places: np.ndarray, near: Neighbours) -> PairRoutes:
        seconds, metres = np.full(len(near.station), np.inf), np.full(len(near.station), np.inf)
        off = np.zeros(len(points), dtype=bool)
        for row, (lon, lat) in enumerate(points.tolist()):
            pairs = slice(near.start[row], near.start[row + 1])
            found = self.ways((lon, lat), places[near.station[pairs]])
            off[row] = found is None
            if found is not None:
                seconds[pairs], metres[pairs] = found.seconds, found.metres
        return PairRoutes(seconds, metres, off & (near.count > 0))


@pytest.mark.deeper
@settings(deadline=None, derandomize=True, max_examples=budget(20))
@given(
    seed=st.integers(0, 2**32 - 1),
    limit=st.sampled_from(
        ({"within_s": 600.0}, {"within_s": 1_800.0}, {"street_m": 900.0}, {"street_m": 4e3})
    ),
    kind=st.sampled_from((Maze, ManyMazes, PairMaze)),
)
def test_pairs_by_street_are_those_of_every_single_way(
    seed: int, limit: dict[str, float], kind: type[Maze]
) -> None:
    points = np.random.default_rng(seed).normal((117.0, 36.65), (0.06, 0.05), (40, 2))
    lost = frozenset((float(lon), float(lat)) for lon, lat in points[:4])
    maze = kind(nowhere=lost)
    reach = Reach(network=maze, **limit)  # type: ignore[arg-type]
    found = collect_street_pairs(points, ENDS, reach)
    expected = []
    for row, (lon, lat) in enumerate(points.tolist()):
        ways = maze.ways((lon, lat), ENDS)
        for place in range(len(ENDS) if ways is not None else 0):
            assert ways is not None
            cost = ways.seconds[place] if "within_s" in limit else ways.metres[place]
            if cost <= next(iter(limit.values())):
                expected.append((row, place, ways.seconds[place], ways.metres[place]))
    columns = (found.point, found.place, found.seconds, found.metres)
    assert list(zip(*(one.tolist() for one in columns), strict=True)) == expected
    assert found.costs(reach).tolist() == [row[2 if "within_s" in limit else 3] for row in expected]
    assert set(np.flatnonzero(found.off_network)) <= set(range(4))


def test_no_points_have_no_pairs() -> None:
    found = collect_street_pairs(np.empty((0, 2)), ENDS, Reach(network=Maze(), street_m=500))
    assert (len(found.point), len(found.off_network)) == (0, 0)


def test_a_network_has_one_limit() -> None:
    with pytest.raises(ValueError, match="go together"):
        Reach(network=Maze(), within_s=60, street_m=100)
    with pytest.raises(ValueError, match="go together"):
        Reach(street_m=100)
    with pytest.raises(ValueError, match="street_m is 0"):
        Reach(network=Maze(), street_m=0)


class Grid:
    """A made-up router: the metres of a pair follow from its coordinates; points west of 116.99 are on no street."""

    top_speed_m_per_s = 1.3

    def __init__(self) -> None:
        self.asked: list[tuple[float, ...]] = []

    def ways(self, start: tuple[float, float], ends: np.ndarray) -> RouteCosts | None:
        raise AssertionError("pairs are asked for together")

    def routes_of_pairs(self, points: np.ndarray, places: np.ndarray, near: Neighbours) -> PairRoutes:
        from_, to = points[near.row], places[near.station]
        self.asked += [(*one, *other) for one, other in zip(from_.tolist(), to.tolist(), strict=True)]
        metres = 111_000 * np.abs(from_ - to).sum(axis=1)
        off = (points[:, 0] < 116.99) & (near.count > 0)
        metres[off[near.row]] = np.inf
        return PairRoutes(metres / 1.3, metres, off)


@pytest.mark.deeper
@settings(max_examples=budget(100))
@given(st.data())
def test_parts_of_the_pairs_in_any_order_have_the_routes_of_the_router(data: st.DataObject) -> None:
    chance = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    points = np.round(chance.uniform((116.98, 36.60), (117.02, 36.64), (12, 2)), 2)  # some of them equal
    places = np.round(chance.uniform((116.98, 36.60), (117.02, 36.64), (6, 2)), 3)
    router = Grid()
    known = RememberedPairs(router)
    for _ in range(data.draw(st.integers(1, 5))):
        rows = chance.permutation(12)[: chance.integers(0, 13)]
        columns = chance.permutation(6)[: chance.integers(0, 7)]
        near = find_neighbours(points[rows], places[columns], float(chance.integers(500, 4_000)))
        found = known.routes_of_pairs(points[rows], places[columns], near)
        expected = Grid().routes_of_pairs(points[rows], places[columns], near)
        assert found.metres.tolist() == expected.metres.tolist()
        assert found.seconds.tolist() == expected.seconds.tolist()
        assert found.off_network.tolist() == expected.off_network.tolist()
    distinct_points = len(np.unique(points, axis=0))
    assert len(set(router.asked)) <= distinct_points * 6
    known_before = len(router.asked)
    near = find_neighbours(points, places, 5_000.0)
    known.routes_of_pairs(points, places, near)
    after = len(router.asked)
    known.routes_of_pairs(points[::-1].copy(), places, find_neighbours(points[::-1], places, 5_000.0))
    assert (after >= known_before, len(router.asked)) == (True, after)


def test_a_wide_question_answers_the_narrow_ones() -> None:
    chance = np.random.default_rng(5)
    points = chance.uniform((117.0, 36.60), (117.04, 36.64), (200, 2))
    places = chance.uniform((117.0, 36.60), (117.04, 36.64), (20, 2))
    router = Grid()
    known = RememberedPairs(router)
    for _ in pairs_in_reach(points, places, Reach(network=known, street_m=3_000)):
        pass
    asked = len(router.asked)
    for chosen in (places, places[3:9], places[::-1].copy()):
        for reach_m in (500, 1_000, 3_000):
            found = [*pairs_in_reach(points, chosen, Reach(network=known, street_m=reach_m))]
            alone = [*pairs_in_reach(points, chosen, Reach(network=Grid(), street_m=reach_m))]
            for (rows, near), (other_rows, other) in zip(found, alone, strict=True):
                assert np.array_equal(rows, other_rows)
                assert np.array_equal(near.station, other.station)
                assert np.array_equal(near.start, other.start)
    assert len(router.asked) == asked


def test_what_the_router_raises_leaves_nothing_half_remembered() -> None:
    class Broken(Grid):
        is_broken = True

        def routes_of_pairs(self, points: np.ndarray, places: np.ndarray, near: Neighbours) -> PairRoutes:
            if self.is_broken:
                raise RuntimeError("no answer")
            return super().routes_of_pairs(points, places, near)

    router = Broken()
    known = RememberedPairs(router)
    points, places = np.array([(117.0, 36.6)]), np.array([(117.001, 36.6)])
    near = find_neighbours(points, places, 1_000)
    with pytest.raises(RuntimeError, match="no answer"):
        known.routes_of_pairs(points, places, near)
    router.is_broken = False
    assert known.routes_of_pairs(points, places, near).metres == pytest.approx([111.0])
