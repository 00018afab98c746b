"""Routes that are remembered are those of the router, and each pair is asked for once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.coverage.neighbours import Neighbours, find_neighbours
from geo.coverage.pairs import RememberedPairs
from geo.coverage.reach import PairRoutes
from tests.profile import searched


class Grid:
    """A made-up router: the metres of a pair follow from its coordinates; points west of 116.99 are on no street."""

    top_speed_m_per_s = 1.3

    def __init__(self) -> None:
        self.asked: list[tuple[float, ...]] = []

    def routes_of_pairs(self, points: np.ndarray, places: np.ndarray, near: Neighbours) -> PairRoutes:
        from_, to = points[near.row], places[near.station]
        self.asked += [(*one, *other) for one, other in zip(from_.tolist(), to.tolist(), strict=True)]
        metres = 111_000 * np.abs(from_ - to).sum(axis=1)
        off = (points[:, 0] < 116.99) & (near.count > 0)
        metres[off[near.row]] = np.inf
        return PairRoutes(metres / 1.3, metres, off)


@searched(100, anew=True)
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
