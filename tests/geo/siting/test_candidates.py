import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from geo.coverage.demand import Demand
from geo.coverage.outlines import EQUAL_AREA
from geo.siting.situation import grid_candidates
from tests.geo.siting.towns import at, geodesics, sites
from tests.profile import searched

places = st.lists(st.tuples(st.integers(-4_000, 4_000), st.integers(-4_000, 4_000)), min_size=1, max_size=60)


def squares(points: np.ndarray, spacing_m: float) -> list[tuple[int, int]]:
    flat = Transformer.from_crs("EPSG:4326", EQUAL_AREA, always_xy=True)
    return [tuple(int(c // spacing_m) for c in flat.transform(*point)) for point in points]


@searched(60)
@given(places, st.sampled_from([300.0, 1_000.0, 2_500.0]))
def test_every_square_with_demand_has_one_site_at_a_point_of_demand_in_it(
    metres: list[tuple[int, int]], spacing_m: float
) -> None:
    points = at(*metres)
    found = grid_candidates(Demand.from_points(points, np.ones(len(points))), spacing_m)
    there = {tuple(p) for p in points.tolist()}
    assert all(tuple(p) in there for p in found.points.tolist())
    assert sorted(squares(found.points, spacing_m)) == sorted(set(squares(points, spacing_m)))


def test_where_nobody_is_no_site_stands() -> None:
    demand = Demand.from_points(at((0, 0), (5_000, 0)), [0.0, 3.0])
    assert len(grid_candidates(demand, 1_000)) == 1


def test_a_site_has_the_district_of_its_demand() -> None:
    demand = Demand.from_points(at((0, 0), (5_000, 0)), [1.0, 1.0], districts=["370102", None])
    found = grid_candidates(demand, 1_000)
    assert {*found.district} == {"370102", None}


def test_the_same_demand_in_another_order_gives_the_same_sites() -> None:
    chance = np.random.default_rng(3)
    points = at(*map(tuple, chance.uniform(-3_000, 3_000, (200, 2)).tolist()))
    turned = chance.permutation(200)
    one = grid_candidates(Demand.from_points(points, np.ones(200)), 700).points
    other = grid_candidates(Demand.from_points(points[turned], np.ones(200)), 700).points
    assert sorted(map(tuple, one.tolist())) == sorted(map(tuple, other.tolist()))


def test_some_of_the_sites_keep_their_costs() -> None:
    some = sites(at((0, 0), (10, 0), (20, 0)), ["a", "b", "c"], [1, 2, 3]).select(np.array([2, 0]))
    assert (some.name.tolist(), some.cost_fen.tolist()) == (["c", "a"], [3, 1])
    assert geodesics(some.points, at((20, 0)))[0, 0] < 1e-6
