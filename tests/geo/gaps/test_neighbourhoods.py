"""Where gaps lie: named neighbourhoods, patches, whereabouts, and the limits of townships."""

from datetime import date
from math import fsum, inf, pi, sqrt

import geopandas as gpd
import h3
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from geo.coverage import Demand, Reach
from geo.coverage.openness import week_instants
from geo.districts import Districts
from geo.gaps import (
    Gap,
    NamedPlaces,
    NeighbourhoodSize,
    TownshipLimits,
    choose_neighbourhood_size,
    compute_gaps,
    locate_gaps,
)
from geo.gaps.finding import label_patches
from geo.gaps.neighbourhoods import Ground, join_cells
from geo.nearest.index import StationIndex
from geo.station import Kind, Station
from tests.tiers import budget

NOON = week_instants(date(2026, 9, 7))[12:13]
NOTHING = StationIndex.build([])
REACH = Reach(radius_m=1_000)
EARTH = Geod(ellps="WGS84")


def grid(side: int, weight: float, lon: float = 117.0, step_m: float = 900) -> Demand:
    """A county of ``side`` by ``side`` points without any place."""
    east = np.array([EARTH.fwd(lon, 36.0, 90, step_m * x)[0] for x in range(side)])
    north = np.array([EARTH.fwd(lon, 36.0, 0, step_m * y)[1] for y in range(side)])
    points = np.stack(np.meshgrid(east, north), axis=-1).reshape(-1, 2)
    return Demand.from_points(points, np.full(len(points), weight), "people", ["371326"] * len(points))


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


@pytest.mark.deeper
@settings(deadline=None, derandomize=True, max_examples=budget(150))
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


def gaps_at(*points: tuple[float, float], districts: list[str | None] | None = None) -> tuple[Gap, ...]:
    demand = Demand.from_points(
        points, range(len(points), 0, -1), "people", districts
    )  # ranked as they are given
    return compute_gaps(demand, NOTHING, Reach(radius_m=500), week_instants(date(2026, 9, 7))[:1])


def districts(*codes: tuple[str, str, str]) -> Districts:
    rows = [
        (code, name, city, shapely.box(117 + i, 36, 118 + i, 37))
        for i, (code, name, city) in enumerate(codes)
    ]
    columns = dict(zip(("code", "name", "city", "geometry"), zip(*rows, strict=True), strict=True))
    return Districts.from_frame(gpd.GeoDataFrame({**columns, "province": "山东省"}, crs="EPSG:4326"))


def test_a_gap_is_seen_from_the_nearest_place() -> None:
    lon, lat, _ = EARTH.fwd(117.3, 36.3, 90, 2_300)
    places = NamedPlaces.from_rows([("far", 117.5, 36.3), ("near", 117.3, 36.3)])
    (where,) = locate_gaps(
        gaps_at((lon, lat), districts=["370112"]), places, districts(("370112", "历城区", "济南市"))
    )
    assert (where.area, where.near, where.bearing) == (("济南市", "历城区"), "near", "east")
    assert where.distance_m == pytest.approx(2_300, abs=1e-6)


def test_a_gap_without_a_district_of_its_own_is_in_that_of_its_middle() -> None:
    known = districts(("370102", "历下区", "济南市"), ("370103", "市中区", "济南市"))
    inside, outside = locate_gaps(gaps_at((118.5, 36.5), (120.0, 30.0)), NamedPlaces.from_rows([]), known)
    assert inside.area == ("济南市", "市中区")
    assert (outside.area, outside.near, outside.distance_m) == ((), None, np.inf)


def test_a_township_is_named_with_what_holds_it() -> None:
    known = districts(("370102001", "泉城路街道", "历下区"))
    (where,) = locate_gaps(gaps_at((117.5, 36.5), districts=["370102001"]), NamedPlaces.from_rows([]), known)
    assert where.area == ("历下区", "泉城路街道")


def test_places_that_have_no_coordinates_name_nothing() -> None:
    stations = [
        Station(id="a", name="甲", kind=Kind.LIBRARY),
        Station(id="b", name="乙", kind=Kind.LIBRARY, lon=117.0, lat=36.0),
    ]
    assert NamedPlaces.from_stations(stations).names == ("乙",)


def test_no_gap_is_nowhere() -> None:
    assert locate_gaps((), NamedPlaces.from_rows([("a", 117.0, 36.0)])) == ()


spots = st.tuples(st.floats(117, 119), st.floats(36, 37))


@pytest.mark.deeper
@settings(deadline=None, derandomize=True, max_examples=budget(60))
@given(st.lists(spots, min_size=1, max_size=6), st.lists(spots, min_size=1, max_size=8))
def test_no_place_is_nearer_than_the_one_that_is_named(
    points: list[tuple[float, float]], places: list[tuple[float, float]]
) -> None:
    found = gaps_at(*points)
    named = NamedPlaces.from_rows((str(i), lon, lat) for i, (lon, lat) in enumerate(places))
    for gap, where in zip(found, locate_gaps(found, named), strict=True):
        distances = [EARTH.inv(*place, gap.lon, gap.lat)[2] for place in places]
        assert where.distance_m == pytest.approx(min(distances), abs=1e-6)
        assert where.near is not None
        assert distances[int(where.near)] == pytest.approx(min(distances), abs=1e-3)


SIDE = 5


def touching() -> np.ndarray:
    """The cells of a small honeycomb that touch, each pair once."""
    pairs = []
    for x in range(SIDE):
        for y in range(SIDE):
            for dx, dy in ((1, 0), (0, 1), (1, -1)):
                if 0 <= x + dx < SIDE and 0 <= y + dy < SIDE:
                    pairs.append((x * SIDE + y, (x + dx) * SIDE + y + dy))
    return np.array(pairs)


rows = st.lists(st.tuples(st.integers(0, SIDE**2 - 1), st.integers(0, 2)), max_size=30)


@pytest.mark.deeper
@settings(deadline=None, derandomize=True, max_examples=budget(200))
@given(rows)
def test_rows_are_in_one_patch_if_and_only_if_a_flood_reaches_one_from_the_other(
    rows: list[tuple[int, int]],
) -> None:
    cell, kind = (np.array([row[i] for row in rows], dtype=np.intp) for i in (0, 1))
    label = label_patches(cell, kind, touching())
    near = np.eye(SIDE**2, dtype=bool)
    near[tuple(touching().T)] = True
    near |= near.T
    flooded = near[cell[:, None], cell] & (kind[:, None] == kind)
    for _ in rows:
        flooded = flooded @ flooded
    assert ((label[:, None] == label) == flooded).all()


ALL = NeighbourhoodSize()


def rectangle(columns: int, rows: int, weight: float, district: str, step_m: float = 900) -> Demand:
    east = np.array([EARTH.fwd(117.0, 36.0, 90, step_m * x)[0] for x in range(columns)])
    north = np.array([EARTH.fwd(117.0, 36.0, 0, step_m * y)[1] for y in range(rows)])
    points = np.stack(np.meshgrid(east, north), axis=-1).reshape(-1, 2)
    return Demand.from_points(points, np.full(len(points), weight), "people", [district] * len(points))


def find(
    demand: Demand, limits: TownshipLimits | None, size: NeighbourhoodSize | None = ALL
) -> tuple[Gap, ...]:
    return compute_gaps(demand, NOTHING, Reach(radius_m=2_000), NOON, resolution=8, size=size, limits=limits)


def cells_m2(gap: Gap) -> float:
    return sum(h3.cell_area(cell, unit="m^2") for cell in gap.cells)


def test_the_smaller_of_neighbourhood_and_township_decides() -> None:
    county, size = rectangle(20, 20, 100, "370102"), NeighbourhoodSize(30e6, inf)
    assert [gap.id for gap in find(county, TownshipLimits({"370102": 90e6}), size)] == [
        gap.id for gap in find(county, None, size)
    ]


def test_two_counties_have_each_their_own_limit() -> None:
    one, other = rectangle(16, 16, 100, "370102"), rectangle(16, 16, 100, "370103")
    points = np.concatenate((one.points, other.points + np.array([0.5, 0])))
    both = Demand.from_points(
        points, [*one.weight, *other.weight], "people", [*one.district, *other.district]
    )
    found = find(both, TownshipLimits({"370102": 20e6, "370103": 90e6}))
    largest = {code: max(cells_m2(g) for g in found if g.district == code) for code in ("370102", "370103")}
    assert 10e6 < largest["370102"] <= 20e6 < 45e6 < largest["370103"] <= 90e6


def test_parts_are_compact() -> None:
    parts = find(rectangle(30, 30, 100, "370102"), TownshipLimits({"370102": 60e6}))
    for part in parts:
        edge_m = abs(EARTH.geometry_area_perimeter(part.geometry)[1])
        assert edge_m / (2 * sqrt(np.pi * part.area_m2)) < 2.2  # a circle has 1; a row of twelve cells has 3
        assert len(part.geometry.geoms) == 1


def test_each_part_has_a_name_of_its_own() -> None:
    county = rectangle(30, 30, 100, "370102")
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


@pytest.mark.deeper
@settings(deadline=None, derandomize=True, max_examples=budget(40))
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
