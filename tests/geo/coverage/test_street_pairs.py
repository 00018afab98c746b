"""The pairs within reach by street: equal to asking for the way from every point to every place."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geo.coverage.pairs import collect_street_pairs
from geo.coverage.reach import Reach
from tests.geo.coverage.test_by_network import ENDS, PairMaze
from tests.profile import searched


@searched(20)
@given(
    seed=st.integers(0, 2**32 - 1),
    limit=st.sampled_from(
        ({"within_s": 600.0}, {"within_s": 1_800.0}, {"street_m": 900.0}, {"street_m": 4e3})
    ),
)
def test_pairs_by_street_are_those_of_every_single_way(seed: int, limit: dict[str, float]) -> None:
    points = np.random.default_rng(seed).normal((117.0, 36.65), (0.06, 0.05), (40, 2))
    lost = frozenset((float(lon), float(lat)) for lon, lat in points[:4])
    maze = PairMaze(nowhere=lost)
    reach = Reach(network=maze, **limit)  # type: ignore[arg-type]
    found, off_network = collect_street_pairs(points, ENDS, reach)
    expected = []
    for row, (lon, lat) in enumerate(points.tolist()):
        ways = maze.ways((lon, lat), ENDS)
        for place in range(len(ENDS) if ways is not None else 0):
            assert ways is not None
            cost = ways.seconds[place] if "within_s" in limit else ways.metres[place]
            if cost <= next(iter(limit.values())):
                expected.append((row, place, cost))
    columns = (found.point, found.place, found.cost)
    assert list(zip(*(one.tolist() for one in columns), strict=True)) == expected
    assert set(np.flatnonzero(off_network)) <= set(range(4))


def test_no_points_have_no_pairs() -> None:
    found, off_network = collect_street_pairs(np.empty((0, 2)), ENDS, Reach(network=PairMaze(), street_m=500))
    assert (len(found.point), len(off_network)) == (0, 0)
