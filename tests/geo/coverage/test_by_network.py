"""Coverage by network time: equal to asking for the way from every point to every place."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.coverage.demand import Demand
from geo.coverage.hours import coverage_by_hour
from geo.coverage.neighbours import Neighbours
from geo.coverage.reach import PairRoutes, Reach
from geo.coverage.served import coverage_at
from geo.nearest.index import StationIndex
from tests.geo.coverage.obvious import will_do
from tests.geo.nearest.brute_force import SMALL
from tests.geo.nearest.test_network_search import Maze
from tests.profile import searched

NOON = datetime(2026, 9, 18, 4, tzinfo=UTC)
MONDAY = date(2026, 9, 14)
STATIONS = sorted(SMALL, key=lambda one: one.id)
ENDS = np.array([(s.lon, s.lat) for s in STATIONS])


@dataclass
class PairMaze(Maze):
    """Answers for pairs, in one call, and counts them."""

    asked = 0

    def routes_of_pairs(self, points: np.ndarray, places: np.ndarray, near: Neighbours) -> PairRoutes:
        seconds, metres = np.full(len(near.station), np.inf), np.full(len(near.station), np.inf)
        off = np.zeros(len(points), dtype=bool)
        self.asked += len(near.station)
        for row, (lon, lat) in enumerate(points.tolist()):
            pairs = slice(near.start[row], near.start[row + 1])
            found = self.ways((lon, lat), places[near.station[pairs]])
            off[row] = found is None
            if found is not None:
                seconds[pairs], metres[pairs] = found.seconds, found.metres
        return PairRoutes(seconds, metres, off & (near.count > 0))


def town(seed: int, n: int) -> Demand:
    rng = np.random.default_rng(seed)
    return Demand.from_points(
        rng.normal((117.0, 36.65), (0.06, 0.05), (n, 2)), rng.integers(0, 9, n), districts=["370102"] * n
    )


def seconds_to_all(demand: Demand, maze: Maze) -> np.ndarray:
    rows = [maze.ways((float(lon), float(lat)), ENDS) for lon, lat in demand.points]
    return np.array([np.full(len(ENDS), np.inf) if ways is None else ways.seconds for ways in rows])


@searched(12)
@given(seed=st.integers(0, 2**32 - 1), within_s=st.sampled_from((60.0, 600.0, 1_800.0)))
def test_served_is_who_can_go_there_in_time(seed: int, within_s: float) -> None:
    demand = town(seed, 60)
    lost = frozenset(tuple(point) for point in demand.points[:5].tolist())
    maze = PairMaze(nowhere=lost)
    index, reach = StationIndex.build(SMALL), Reach(network=maze, within_s=within_s)
    seconds = seconds_to_all(demand, maze)
    served = coverage_at(demand, index, NOON, reach)
    soonest = seconds[:, will_do(STATIONS, NOON, reach.filters)].min(axis=1)
    assert served.seconds is not None
    assert served.mask.tolist() == (soonest <= within_s).tolist()
    assert served.seconds.tolist() == np.where(soonest <= within_s, soonest, np.inf).tolist()
    straight = coverage_at(demand, index, NOON, Reach(500))
    assert (served.nearest_m == straight.nearest_m).all()


def test_the_hours_of_a_week_ask_for_each_way_once() -> None:
    demand, index, maze = town(1, 40), StationIndex.build(SMALL), PairMaze()
    reach = Reach(network=maze, within_s=900)
    table = coverage_by_hour(demand, index, MONDAY, reach)
    assert maze.asked < len(demand) * len(SMALL)
    seconds = seconds_to_all(demand, maze)
    for hour in (12, 4 * 24 + 12, 100, 167):
        when = datetime.fromtimestamp(datetime(2026, 9, 13, 16, tzinfo=UTC).timestamp() + hour * 3600, UTC)
        good = will_do(STATIONS, when, reach.filters)
        assert table.served_at(hour).tolist() == (seconds[:, good] <= 900).any(axis=1).tolist()


def test_a_network_has_one_limit_that_leads_no_farther_than_100_km() -> None:
    for wrong in (
        {"network": PairMaze()},
        {"street_m": 100},
        {"network": PairMaze(), "within_s": 60, "street_m": 100},
    ):
        with pytest.raises(ValueError, match="go together"):
            Reach(**wrong)  # type: ignore[arg-type]
    for name in ("within_s", "street_m"):
        with pytest.raises(ValueError, match=f"{name} is 0"):
            Reach(network=PairMaze(), **{name: 0})  # type: ignore[arg-type]
    far = Reach(network=PairMaze(top_speed_m_per_s=20.0), within_s=6_000)
    with pytest.raises(ValueError, match="beyond 100 km"):
        coverage_at(town(1, 3), StationIndex.build(SMALL), NOON, far)
