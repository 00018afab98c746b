"""Demand and what can be wrong with it; people and ground spread over outlines."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from pyproj import Geod

from core.faults import FaultError
from geo.coverage.demand import Demand
from geo.coverage.outlines import EQUAL_AREA, area_m2, checked_outlines, sample_grid_points
from geo.coverage.population import area_demand, population_demand
from geo.districts import Districts
from geo.formats.facts import shandong_population


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


def test_areas_are_those_of_the_ellipsoid_and_the_plane_is_true_for_every_county(
    counties: gpd.GeoDataFrame,
) -> None:
    """Shandong straddles two UTM zones."""
    geod = Geod(ellps="WGS84")
    shapes = shapely.orient_polygons(counties.geometry.values)
    truth = np.array([abs(geod.geometry_area_perimeter(shape)[0]) for shape in shapes])
    assert np.abs(shapely.area(counties.to_crs(EQUAL_AREA).geometry.values) / truth - 1).max() < 0.001
    assert np.abs(area_m2(counties.geometry) / truth - 1).max() < 1e-12


def test_holes_and_the_sense_of_rings_do_not_matter() -> None:
    outer, hole = shapely.box(117, 36, 118, 37), shapely.box(117.4, 36.4, 117.6, 36.6)
    ring = shapely.Polygon(outer.exterior.coords, [hole.exterior.coords])
    turned = shapely.Polygon(list(outer.exterior.coords)[::-1], [list(hole.exterior.coords)])
    whole, cut = area_m2([outer, hole])
    assert area_m2([ring, turned, ring.reverse()]).tolist() == pytest.approx([whole - cut] * 3, rel=1e-12)


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
    twice = shapely.MultiPolygon([EAST, shapely.box(117.15, 36.0, 117.25, 36.1)])
    mended = checked_outlines(areas(("370102", bow), ("370103", twice)))
    assert mended.geometry.is_valid.all()
    assert mended.geometry[1].equals(shapely.box(117.1, 36.0, 117.25, 36.1)), (
        "what both parts cover is no hole"
    )
    assert area_demand(mended, 500).total == pytest.approx(area_m2(mended.geometry).sum())


def test_outlines_in_another_crs_or_without_codes_are_faults() -> None:
    with pytest.raises(ValueError, match=r"EPSG:4326"):
        area_demand(areas(("370102", WEST)).to_crs("EPSG:3857"))
    with pytest.raises(ValueError, match="column code"):
        area_demand(areas(("370102", WEST)).drop(columns="code"))
    with pytest.raises(ValueError, match="no population is known of 370103"):
        population_demand(areas(("370102", WEST), ("370103", EAST)), {"370102": 3})
    with pytest.raises(ValueError, match="370102: -3"):
        population_demand(areas(("370102", WEST)), {"370102": -3})
