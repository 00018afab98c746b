"""Demand: points, evenly spread residents, areas and lengths, and how evenly it is served."""

from datetime import UTC, date, datetime, timedelta

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from core.faults import FaultError
from geo.coverage import (
    EQUAL_AREA,
    Demand,
    Reach,
    area_demand,
    area_m2,
    checked_outlines,
    coverage_at,
    coverage_by_area,
    coverage_by_hour,
    population_demand,
)
from geo.coverage.equity import compute_equity
from geo.coverage.grid import sample_grid_points
from geo.districts import Districts
from geo.formats.facts import shandong_population
from geo.formats.outlines import load_outlines
from geo.geodesy import Floats
from geo.nearest.index import StationIndex
from geo.station import Calendar, Station
from tests.tiers import ENDURES, budget


def areas(*boxes: tuple[str, shapely.Geometry | None]) -> gpd.GeoDataFrame:
    names = {name: [code for code, _ in boxes] for name in ("code", "name", "city", "province")}
    return gpd.GeoDataFrame(names, geometry=[shape for _, shape in boxes], crs="EPSG:4326")


WEST, EAST = shapely.box(117.0, 36.0, 117.1, 36.1), shapely.box(117.1, 36.0, 117.2, 36.1)


def test_points_get_the_district_in_which_they_lie() -> None:
    districts = Districts.from_frame(areas(("370102", WEST), ("370103", EAST)))
    demand = Demand.from_points(
        [(117.05, 36.05), (117.15, 36.05), (119.0, 36.0)], [1, 2.5, 0], "orders", districts
    )
    assert demand.district.tolist() == ["370102", "370103", None]
    assert (len(demand), demand.total, demand.unit) == (3, 3.5, "orders")
    assert demand.select(demand.weight > 1).district.tolist() == ["370103"]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"weight": [1, -2]}, r"demand -2.0 of point 1 is negative or no number \(1 such\); give 0 or more"),
        ({"weight": [float("nan"), float("inf")]}, r"demand nan of point 0 .* \(2 such\)"),
        ({"weight": [1]}, r"give \(n, 2\), \(n,\), \(n,\)"),
        ({"points": [(36.0, 117.0), (117, 36)]}, "swapped"),
        ({"points": [(float("nan"), 36.0), (117, 36)]}, "longitude nan is outside"),
        ({"unit": ""}, "unit of the demand is empty"),
    ],
)
def test_demand_that_cannot_be_is_quoted(wrong: dict[str, object], told: str) -> None:
    given = {"points": [(117.0, 36.0), (117.1, 36.0)], "weight": [1, 2], "unit": "people"} | wrong
    with pytest.raises(ValueError, match=told):
        Demand.from_points(**given)  # type: ignore[arg-type]


def test_empty_demand_is_demand() -> None:
    none = Demand.from_points([], [])
    assert (len(none), none.total) == (0, 0.0)


def test_whole_persons_sum_to_the_census_of_every_county(counties: gpd.GeoDataFrame) -> None:
    people = shandong_population()
    demand = population_demand(counties, people, 2_000)
    for code in counties["code"]:
        assert demand.weight[demand.district == code].sum() == people[code]
    assert demand.total == 101_527_453
    assert (demand.weight == np.floor(demand.weight)).all()
    one = demand.weight[demand.district == counties["code"][0]]
    assert one.max() - one.min() <= 1


def test_ground_sums_to_the_geodesic_area_of_every_county(counties: gpd.GeoDataFrame) -> None:
    demand = area_demand(counties, 2_000)
    areas_m2 = area_m2(counties.geometry)
    for code, area in zip(counties["code"], areas_m2, strict=True):
        assert demand.weight[demand.district == code].sum() == pytest.approx(area)
    assert demand.unit == "m2"


def test_samples_lie_in_their_outline_one_for_each_square_of_ground() -> None:
    row, points = sample_grid_points(areas(("370102", WEST), ("370103", EAST)), 250)
    assert shapely.contains_xy(WEST, points[row == 0][:, 0], points[row == 0][:, 1]).all()
    assert len(points) * 250**2 == pytest.approx(area_m2([WEST, EAST]).sum(), rel=0.01)
    projected = gpd.GeoSeries(gpd.points_from_xy(*points.T), crs="EPSG:4326").to_crs(EQUAL_AREA)
    assert np.abs(shapely.get_coordinates(projected) / 250 % 1 - 0.5).min() > 0.49


def test_a_grid_finer_than_anybody_needs_is_refused() -> None:
    with pytest.raises(ValueError, match=r"spacing_m is 0\.5: that makes .* samples"):
        area_demand(areas(("370102", WEST)), 0.5)


def test_all_areas_without_ground_are_named_at_once() -> None:
    wrong = areas(
        ("370102", WEST), ("370103", None), ("370104", shapely.Polygon()), ("370105", shapely.Point(117, 36))
    )
    with pytest.raises(FaultError) as told:
        population_demand(wrong, dict.fromkeys(wrong["code"], 5))
    assert [(fault.value, fault.message) for fault in told.value.faults] == [
        (code, "area {value} has no geometry") for code in ("370103", "370104", "370105")
    ]


def test_areas_that_overlap_are_named_with_how_much() -> None:
    wide = shapely.box(117.05, 36.0, 117.2, 36.1)
    inner = shapely.box(117.06, 36.02, 117.07, 36.03)
    with pytest.raises(FaultError) as told:
        checked_outlines(areas(("370102", WEST), ("370103", wide), ("370104", inner)), "mine.geojson")
    pairs = [(f.value, f.params["other"], f.file) for f in told.value.faults]
    assert pairs == [
        (a, b, "mine.geojson") for a, b in (("370102", "370103"), ("370102", "370104"), ("370103", "370104"))
    ]
    shared_km2 = area_m2([shapely.box(117.05, 36.0, 117.1, 36.1)])[0] / 1e6
    assert float(told.value.faults[0].params["km2"]) == pytest.approx(shared_km2, rel=1e-3)


def test_the_same_ground_under_two_codes_overlaps_and_a_code_twice_is_told() -> None:
    with pytest.raises(FaultError, match="overlap"):
        checked_outlines(areas(("370102", WEST), ("370103", WEST)))
    with pytest.raises(FaultError, match="more than once"):
        checked_outlines(areas(("370102", WEST), ("370102", EAST)))


def test_neighbours_may_touch_and_cross_by_a_hair(counties: gpd.GeoDataFrame) -> None:
    assert len(checked_outlines(areas(("370102", WEST), ("370103", EAST)))) == 2
    hair = shapely.box(117.0999, 36.0, 117.2, 36.1)
    assert len(checked_outlines(areas(("370102", WEST), ("370103", hair)))) == 2
    assert len(checked_outlines(counties)) == 136


def test_rings_that_cross_themselves_are_mended() -> None:
    bow = shapely.Polygon([(117.0, 36.0), (117.1, 36.1), (117.1, 36.0), (117.0, 36.1)])
    mended = checked_outlines(areas(("370102", bow)))
    assert mended.geometry.is_valid.all()
    assert area_demand(mended, 500).total == pytest.approx(area_m2(mended.geometry)[0])


def test_outlines_in_another_crs_or_without_codes_are_faults() -> None:
    with pytest.raises(ValueError, match=r"EPSG:4326"):
        area_demand(areas(("370102", WEST)).to_crs("EPSG:3857"))
    with pytest.raises(ValueError, match="column code"):
        area_demand(areas(("370102", WEST)).drop(columns="code"))
    with pytest.raises(ValueError, match="no population is known of 370103"):
        population_demand(areas(("370102", WEST), ("370103", EAST)), {"370102": 3})
    with pytest.raises(ValueError, match="370102: -3"):
        population_demand(areas(("370102", WEST)), {"370102": -3})


GEOD = Geod(ellps="WGS84")


def test_the_equal_area_plane_is_true_for_every_county_and_web_mercator_is_not(
    counties: gpd.GeoDataFrame,
) -> None:
    truth = np.array(
        [
            abs(GEOD.geometry_area_perimeter(shape)[0])
            for shape in shapely.orient_polygons(counties.geometry.values)
        ]
    )
    ours = shapely.area(counties.to_crs(EQUAL_AREA).geometry.values)
    assert len(truth) == 136
    assert np.abs(ours / truth - 1).max() < 0.001
    assert np.abs(area_m2(counties.geometry) / truth - 1).max() < 1e-12
    assert (shapely.area(counties.to_crs("EPSG:3857").geometry.values) / truth - 1).min() > 0.2


def test_holes_and_the_sense_of_rings_do_not_matter() -> None:
    outer, hole = shapely.box(117, 36, 118, 37), shapely.box(117.4, 36.4, 117.6, 36.6)
    ring = shapely.Polygon(outer.exterior.coords, [hole.exterior.coords])
    turned = shapely.Polygon(list(outer.exterior.coords)[::-1], [list(hole.exterior.coords)])
    whole, cut = area_m2([outer, hole])
    assert area_m2([ring, turned, ring.reverse()]).tolist() == pytest.approx([whole - cut] * 3, rel=1e-12)


MONDAY = date(2026, 9, 14)
TEN_O_CLOCK = datetime(2026, 9, 16, 2, tzinfo=UTC)
RADIUS_M = 1_000.0
WITHIN_POINTS = 0.001
HOURS = ("24小时", "8:00-18:00", "周六9:00-12:00")
rng = np.random.default_rng(370)
# Around 历下区 and 市南区, some beyond their borders, some at one point with others.
POINTS = np.vstack([rng.normal((117.05, 36.66), 0.05, (70, 2)), rng.normal((120.38, 36.07), 0.04, (50, 2))])
POINTS = np.vstack([POINTS, POINTS[:9]])
INDEX = StationIndex.build(
    [
        Station(id=f"s{n}", name="n", kind="outdoor_station", lon=lon, lat=lat, hours_text=HOURS[n % 3], calendar=Calendar.CN)
        for n, (lon, lat) in enumerate(POINTS)
    ]
)  # fmt: skip


def expected(area: str, at: datetime) -> dict[str, float]:
    """Buffer in the projection of each county's own middle, and measure on the equal-area projection."""
    places: Floats = INDEX.points[INDEX.passing_mask(Reach().filters, at)]
    shares = {}
    for code, outline in load_outlines(within=area).set_index("code").geometry.items():
        middle = f"+proj=aeqd +lon_0={outline.centroid.x} +lat_0={outline.centroid.y} +datum=WGS84"
        doors = gpd.GeoSeries(gpd.points_from_xy(*places.T), crs="EPSG:4326").to_crs(middle)
        near = doors[doors.distance(gpd.GeoSeries([outline], crs="EPSG:4326").to_crs(middle)[0]) <= RADIUS_M]
        reached = near.buffer(RADIUS_M, quad_segs=64).to_crs(EQUAL_AREA).union_all()
        ground = gpd.GeoSeries([outline], crs="EPSG:4326").to_crs(EQUAL_AREA)[0]
        shares[str(code)] = float(ground.intersection(reached).area / ground.area)
    return shares


@pytest.mark.parametrize("area", ["370102", "370100", "370200", *(["370000"] if ENDURES else [])])
def test_residents_are_measured_by_the_ground_of_their_county_whatever_the_area(area: str) -> None:
    outlines = load_outlines(within=area)
    people = dict.fromkeys(outlines["code"], 100_000)
    demand = population_demand(outlines, people, spacing_m=5_000)
    reach = Reach(RADIUS_M)
    share = coverage_by_area(demand, coverage_at(demand, INDEX, TEN_O_CLOCK, reach))["share"]
    week = coverage_by_hour(demand, INDEX, MONDAY, reach).areas
    right = expected(area, TEN_O_CLOCK)
    assert max(right.values()) > 0.3
    assert share.to_dict() == pytest.approx(right, abs=WITHIN_POINTS)
    assert week[2 * 24 + 10].to_dict() == pytest.approx(right, abs=WITHIN_POINTS)
    if area == "370102":
        on_saturday = TEN_O_CLOCK + timedelta(days=3)
        assert week[5 * 24 + 10].to_dict() == pytest.approx(expected(area, on_saturday), abs=WITHIN_POINTS)


def test_a_radius_beyond_all_measure_is_left_to_the_sample_points() -> None:
    outlines = load_outlines(within="370102")
    demand = population_demand(outlines, {"370102": 1_000}, spacing_m=5_000)
    served = coverage_at(demand, INDEX, TEN_O_CLOCK, Reach(100_000))
    assert served.mask.all() and served.ground_share is not None and served.ground_share.all()


people_and_access = st.lists(
    st.tuples(st.integers(0, 9), st.sampled_from([0.0, 0.1, 0.5, 0.5, 2.0, 7.25])), min_size=1, max_size=14
).filter(lambda rows: sum(people for people, _ in rows) > 0)


def one_by_one(rows: list[tuple[int, float]]) -> list[float]:
    """The access of each single person, least first."""
    return sorted(access for people, access in rows for _ in range(people))


@pytest.mark.deeper
@settings(deadline=None, derandomize=True, max_examples=budget(150))
@given(people_and_access)
def test_gini_is_the_mean_difference_of_all_pairs_over_twice_the_mean(rows: list[tuple[int, float]]) -> None:
    each = one_by_one(rows)
    found = compute_equity([a for _, a in rows], [p for p, _ in rows])
    mean = sum(each) / len(each)
    assert found.mean == pytest.approx(mean)
    if mean == 0:
        assert np.isnan(found.gini)
        return
    differences = sum(abs(one - other) for one in each for other in each)
    assert found.gini == pytest.approx(differences / len(each) ** 2 / (2 * mean), abs=1e-12)


@pytest.mark.deeper
@settings(deadline=None, derandomize=True, max_examples=budget(150))
@given(people_and_access)
def test_the_worst_tenth_is_that_of_the_people_one_by_one(rows: list[tuple[int, float]]) -> None:
    tenths = [access for access in one_by_one(rows) for _ in range(10)]  # so that a tenth is whole
    worst = tenths[: len(tenths) // 10]
    found = compute_equity([a for _, a in rows], [p for p, _ in rows])
    assert found.worst_tenth == pytest.approx(sum(worst) / len(worst), abs=1e-12)
    if sum(tenths):
        assert found.worst_tenth_share == pytest.approx(sum(worst) / sum(tenths), abs=1e-12)
    assert found.without_share == pytest.approx(tenths.count(0.0) / len(tenths))


@pytest.mark.deeper
@settings(deadline=None, derandomize=True, max_examples=budget(100))
@given(people_and_access)
def test_the_curve_runs_from_corner_to_corner_below_the_diagonal_and_bends_upwards(
    rows: list[tuple[int, float]],
) -> None:
    curve = compute_equity([a for _, a in rows], [p for p, _ in rows]).lorenz
    if np.isnan(curve).any():
        assert not any(access for people, access in rows if people)
        return
    assert curve[0].tolist() == [0, 0]
    assert curve[-1] == pytest.approx([1, 1])
    assert (curve[:, 1] <= curve[:, 0] + 1e-12).all()
    slopes = np.diff(curve[:, 1]) / np.diff(curve[:, 0])
    assert (np.diff(slopes) >= -1e-9).all()


def test_what_has_no_place_within_reach_counts_as_no_access() -> None:
    found = compute_equity([np.nan, 1.0], [3, 1])
    assert (found.mean, found.without_share, found.worst_tenth) == (0.25, 0.75, 0)


@pytest.mark.parametrize(
    ("access", "weight", "told"),
    [
        ([1, -2], [1, 1], "access -2.0 of row 1"),  # below 0
        ([1, np.inf], [1, 1], "access inf of row 1"),  # infinite
        ([1, 2], [1, -1], "weight -1.0 of row 1"),  # below 0
        ([1, 2], [np.nan, 1], "weight nan of row 0"),  # no number
        ([1, 2], [0, 0], "there is no demand"),  # nobody
        ([], [], "there is no demand"),  # no rows
        ([1, 2], [1], "weights have the shape"),  # of something else
    ],
)
def test_what_can_t_be_shared_is_refused(access: list[float], weight: list[float], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        compute_equity(access, weight)
