"""Wide ground without a place is cut into neighbourhoods of a size."""

from datetime import date
from math import inf, pi

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from geo.coverage.demand import Demand
from geo.coverage.hours import week_instants
from geo.coverage.reach import Reach
from geo.gaps.finding import compute_gaps
from geo.gaps.neighbourhoods import Ground, NeighbourhoodSize, choose_neighbourhood_size, join_cells
from geo.nearest.index import StationIndex
from tests.profile import searched

NOON = week_instants(date(2026, 9, 7))[12:13]
NOTHING = StationIndex.build([])
REACH = Reach(radius_m=1_000)
EARTH = Geod(ellps="WGS84")


def grid(side: int, weight: float, lon: float = 117.0, district: str = "371326") -> Demand:
    """A county of ``side`` by ``side`` points, 900 m apart, without any place."""
    east = np.array([EARTH.fwd(lon, 36.0, 90, 900 * x)[0] for x in range(side)])
    north = np.array([EARTH.fwd(lon, 36.0, 0, 900 * y)[1] for y in range(side)])
    points = np.stack(np.meshgrid(east, north), axis=-1).reshape(-1, 2)
    return Demand.from_points(points, np.full(len(points), weight), "people", [district] * len(points))


def test_where_many_live_the_residents_limit_a_neighbourhood_and_orders_dont() -> None:
    town = grid(12, 9_000)
    of_people = compute_gaps(town, NOTHING, REACH, NOON)
    assert max(gap.demand for gap in of_people) == 45_000
    assert max(gap.area_m2 for gap in of_people) < 8e6
    orders = Demand.from_points(town.points, town.weight, "orders", list(town.district))
    of_orders = compute_gaps(orders, NOTHING, REACH, NOON)
    assert len(of_orders) < len(of_people)
    assert choose_neighbourhood_size(500, "orders") == NeighbourhoodSize(pi * 1_500**2, inf)


def test_a_cell_that_is_too_large_by_itself_stays_a_gap() -> None:
    (gap,) = compute_gaps(Demand.from_points([(117.0, 36.0)], [80_000], "people"), NOTHING, REACH, NOON)
    assert gap.demand == 80_000


def test_ground_elsewhere_changes_no_neighbourhood() -> None:
    here, there = grid(14, 300), grid(14, 500, lon=118.5)
    both = Demand.from_points(
        np.concatenate((there.points, here.points)), [*there.weight, *here.weight], "people",
        [*there.district, *here.district],
    )  # fmt: skip
    alone = {gap.id for gap in compute_gaps(here, NOTHING, REACH, NOON)}
    assert len(alone) > 5
    assert alone < {gap.id for gap in compute_gaps(both, NOTHING, REACH, NOON)}


@st.composite
def grounds(draw: st.DrawFn) -> Ground:
    count = draw(st.integers(1, 30))
    numbers = st.lists(st.integers(0, 30), min_size=count, max_size=count)
    pairs = draw(st.lists(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)), max_size=60))
    return Ground(
        cells=np.arange(count, dtype=np.uint64) * np.uint64(7_919),
        area_m2=1.0 + np.array(draw(numbers), dtype=float),
        demand=np.array(draw(numbers), dtype=float),
        vectors=np.column_stack((np.arange(count), draw(numbers), np.zeros(count))).astype(float),
        touching=np.array(sorted({(min(p), max(p)) for p in pairs if p[0] != p[1]}), dtype=np.intp).reshape(
            -1, 2
        ),
    )


@searched(150)
@given(grounds(), st.integers(1, 120), st.integers(1, 120))
def test_parts_keep_to_the_size_hang_together_and_leave_no_pair_to_join(
    ground: Ground, most_area: int, most_demand: int
) -> None:
    label = join_cells(ground, NeighbourhoodSize(most_area, most_demand))
    sums = {
        part: (ground.area_m2[label == part].sum(), ground.demand[label == part].sum())
        for part in set(label.tolist())
    }
    for part, (area, demand) in sums.items():
        cells = set(np.flatnonzero(label == part).tolist())
        assert len(cells) == 1 or (area <= most_area * 1.000001 and demand <= most_demand * 1.000001)
        assert flooded(cells, ground.touching.tolist()) == cells
    for one, other in ground.touching.tolist():
        if label[one] != label[other]:
            (area, demand), (more_area, more_demand) = sums[label[one]], sums[label[other]]
            assert area + more_area > most_area * 0.999999 or demand + more_demand > most_demand * 0.999999


def flooded(cells: set[int], pairs: list[list[int]]) -> set[int]:
    reached = {min(cells)}
    ends = [set(pair) for pair in pairs]
    while more := {cell for pair in ends if pair & reached for cell in pair & cells} - reached:
        reached |= more
    return reached


def test_no_reach_no_size() -> None:
    with pytest.raises(ValueError, match="radius_m"):
        choose_neighbourhood_size(0, "people")
