"""The pairs within reach by street: equal to asking for the way from every point to every place."""

from dataclasses import dataclass

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geo.coverage.neighbours import Neighbours
from geo.coverage.pairs import PairRoutes
from geo.coverage.reach import Reach
from geo.coverage.street_pairs import collect_street_pairs
from tests.geo.coverage.test_by_network import ENDS, ManyMazes
from tests.geo.nearest.test_network_search import Maze
from tests.profile import searched


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


@searched(20)
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
