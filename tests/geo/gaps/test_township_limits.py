"""A gap larger than a township is cut: parts are compact, people are kept, and the cut is always the same."""

from math import fsum, inf, sqrt

import h3
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.coverage.demand import Demand
from geo.coverage.reach import Reach
from geo.gaps.finding import Gap, compute_gaps
from geo.gaps.locations import NamedPlaces, locate_gaps
from geo.gaps.neighbourhoods import NeighbourhoodSize, TownshipLimits
from tests.geo.gaps.test_neighbourhoods import EARTH, NOON, NOTHING, grid
from tests.profile import searched

ALL = NeighbourhoodSize()


def find(
    demand: Demand, limits: TownshipLimits | None, size: NeighbourhoodSize | None = ALL
) -> tuple[Gap, ...]:
    return compute_gaps(demand, NOTHING, Reach(radius_m=2_000), NOON, resolution=8, size=size, limits=limits)


def cells_m2(gap: Gap) -> float:
    return sum(h3.cell_area(cell, unit="m^2") for cell in gap.cells)


def test_the_smaller_of_neighbourhood_and_township_decides() -> None:
    county, size = grid(20, 100, district="370102"), NeighbourhoodSize(30e6, inf)
    assert [gap.id for gap in find(county, TownshipLimits({"370102": 90e6}), size)] == [
        gap.id for gap in find(county, None, size)
    ]


def test_two_counties_have_each_their_own_limit() -> None:
    one, other = grid(16, 100, district="370102"), grid(16, 100, district="370103")
    points = np.concatenate((one.points, other.points + np.array([0.5, 0])))
    both = Demand.from_points(
        points, [*one.weight, *other.weight], "people", [*one.district, *other.district]
    )
    found = find(both, TownshipLimits({"370102": 20e6, "370103": 90e6}))
    largest = {code: max(cells_m2(g) for g in found if g.district == code) for code in ("370102", "370103")}
    assert 10e6 < largest["370102"] <= 20e6 < 45e6 < largest["370103"] <= 90e6


def test_parts_are_compact() -> None:
    parts = find(grid(30, 100, district="370102"), TownshipLimits({"370102": 60e6}))
    for part in parts:
        edge_m = abs(EARTH.geometry_area_perimeter(part.geometry)[1])
        assert edge_m / (2 * sqrt(np.pi * part.area_m2)) < 2.2  # a circle has 1; a row of twelve cells has 3
        assert len(part.geometry.geoms) == 1


def test_each_part_has_a_name_of_its_own() -> None:
    county = grid(30, 100, district="370102")
    parts = find(county, TownshipLimits({"370102": 60e6}))
    named = locate_gaps(
        parts, NamedPlaces.from_rows((f"村{n}", *p) for n, p in enumerate(county.points.tolist()))
    )
    assert len({where.near for where in named}) == len(parts)


@pytest.mark.parametrize(
    ("district", "most"),
    [
        (None, 250e6),
        ("370102", 7.0),
        ("370103", 250e6),
        ("370102REM", 7.0),
        ("370103REM", 250e6),
        ("370102T01", inf),
        ("370102001002", inf),
    ],
)
def test_the_limit_of_a_district(district: str | None, most: float) -> None:
    assert TownshipLimits({"370102": 7.0}).limit_area_m2(district) == most


@searched(40)
@given(
    st.sets(st.tuples(st.integers(0, 14), st.integers(0, 14)), min_size=1, max_size=120),
    st.floats(0.5e6, 60e6),
    st.randoms(use_true_random=False),
)
def test_no_part_is_larger_people_are_kept_and_the_order_changes_nothing(
    places: set[tuple[int, int]], most_m2: float, chance: object
) -> None:
    rows = [(x, y, 1.0 + (7 * x + y) % 5) for x, y in sorted(places)]
    shuffled = [*rows]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]

    def found(of: list[tuple[int, int, float]]) -> tuple[Demand, tuple[Gap, ...]]:
        points = [(117.0 + 0.011 * x, 36.0 + 0.009 * y) for x, y, _ in of]
        demand = Demand.from_points(points, [w for *_, w in of], "people", ["370102"] * len(of))
        return demand, find(demand, TownshipLimits({"370102": most_m2}))

    demand, parts = found(rows)
    assert all(cells_m2(part) <= most_m2 * 1.000001 or len(part.cells) == 1 for part in parts)
    assert fsum(part.demand for part in parts) == pytest.approx(demand.total, 1e-12)
    assert sorted(row for part in parts for row in part.rows.tolist()) == [*range(len(demand))]
    assert sorted(part.id for part in found(shuffled)[1]) == sorted(part.id for part in parts)
