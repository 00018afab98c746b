"""Demand of districts and of polygons: spread over their ground, never counted twice."""

import json
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from core.faults import FaultError
from geo.crs import from_wgs84
from geo.datum import Datum
from tests.yihui.planning.demand.reading import HERE, REGION, THERE, Read, faults_of
from yihui.planning.demand.columns import LocatedBy
from yihui.planning.demand.file import read_demand_content, sum_demand_by_area
from yihui.planning.demand.request import DemandReadingForm, LeaveOut, PolygonSpread


def test_totals_by_district_are_spread_over_its_ground_and_kept_exactly(read: Read) -> None:
    found = read("区划代码,区县,人口\n370102,历下区,1001\n,市中区,500\n", spacing_m=500.0)
    assert found.by is LocatedBy.DISTRICTS
    assert sum_demand_by_area(found.demand, 6) == {"370102": 1001, "370103": 500}
    assert len(found.demand) > 300
    city = read("区划代码,人口\n370100,999.5\n", spacing_m=500.0)  # a whole city
    assert city.demand.total == pytest.approx(999.5, rel=1e-12)
    assert set(city.demand.district) == {"370102", "370103"}


def test_districts_that_would_count_twice_are_faults_unless_they_are_left_out(read: Read) -> None:
    text = (
        "区划代码,人口\n370000,3\n370100,3\n370102000000,1\n370103,2\n370171,9\n370102,1\n320302,5\n"
        "370102004,8\n,4\n"
    )
    faults = faults_of(read, text)
    assert [(fault.row, fault.value) for fault in faults] == [
        (2, "370000"),
        (3, "370100"),
        (6, "370171"),
        (7, "370102"),  # twice
        (8, "320302"),  # outside
        (9, "370102004"),  # a township
        (10, ""),
    ]
    left = frozenset(LeaveOut)
    (fault,) = faults_of(read, text, leave_out=left)
    assert (fault.row, fault.params["first"]) == (7, "4")
    found = read(text.replace("370102,1\n", ""), leave_out=left)
    assert {what.value: (one.rows, one.demand) for what, one in found.left_out.items()} == {
        "totals": (2, 6),
        "unknown": (3, 21),
        "outside": (1, 5),
    }
    assert found.demand.total == 3


def geojson(*features: tuple[shapely.Geometry | None, object], **more: object) -> str:
    return json.dumps(
        {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "properties": {"人口": amount},
                    "geometry": None if shape is None else json.loads(shapely.to_geojson(shape)),
                }
                for shape, amount in features
            ],
            **more,
        }
    )


BIG, SMALL = shapely.box(117.0, 36.6, 117.05, 36.65), shapely.box(117.06, 36.66, 117.061, 36.661)


def test_polygons_become_points_and_it_is_said_which(read: Read) -> None:
    found = read(geojson((BIG, 100), (SMALL, 7), (shapely.Point(HERE), 3)), "pop.geojson")
    assert (found.spread, found.represented, found.by) == (1, 1, LocatedBy.GEOMETRY)
    assert found.demand.total == pytest.approx(110)
    assert len(found.demand) == pytest.approx(25, abs=8)  # 4.5 × 5.6 km on a grid of 1 km
    single = read(geojson((BIG, 100), (SMALL, 7)), "pop.geojson", polygons=PolygonSpread.CENTRE)
    assert len(single.demand) == 2 and shapely.contains_xy(BIG, *single.demand.points[0])


def test_polygons_that_share_ground_would_count_it_twice(read: Read) -> None:
    beside = shapely.box(117.05, 36.6, 117.1, 36.65)
    assert read(geojson((BIG, 1), (beside, 1)), "pop.geojson").demand.total == pytest.approx(2)
    sliver = shapely.box(117.0499, 36.6, 117.1, 36.65)  # generalised borders
    assert read(geojson((BIG, 1), (sliver, 1)), "pop.geojson").demand.total == pytest.approx(2)
    half = shapely.box(117.03, 36.6, 117.1, 36.65)
    inside = shapely.box(117.01, 36.61, 117.02, 36.62)
    faults = faults_of(read, geojson((BIG, 1), (half, 1), (inside, 1), (BIG, 1)), "pop.geojson")
    assert {(fault.value, fault.params["other"]) for fault in faults} == {
        ("1", "2"),
        ("1", "3"),
        ("1", "4"),
        ("2", "4"),
        ("3", "4"),
    }


def test_geometry_that_can_carry_no_demand_is_told_feature_by_feature(read: Read) -> None:
    line = shapely.LineString([HERE, THERE])
    several = shapely.MultiPoint([HERE, THERE])
    flat = shapely.Polygon([HERE, THERE, HERE, HERE])
    one = shapely.MultiPoint([HERE])
    text = geojson(
        (line, 1), (None, 2), (several, 3), (shapely.Polygon(), 4), (flat, 5), (one, "viel"), (one, 1)
    )
    faults = faults_of(read, text.replace('"Feature"', '"Feature"', 1), "pop.geojson")
    assert sorted({fault.row or 0 for fault in faults}) == [1, 2, 3, 4, 5, 6]
    bow = shapely.Polygon([(117.0, 36.6), (117.05, 36.65), (117.05, 36.6), (117.0, 36.65)])
    found = read(geojson((one, 1), (bow, 8)), "pop.geojson")
    assert found.demand.total == pytest.approx(9)
    assert [note.value for note in found.notes if note.short_code == "repaired"] == ["2"]


def frame(crs: str | None) -> gpd.GeoDataFrame:
    made = gpd.GeoDataFrame({"人口": [4.0, 6.0]}, geometry=[BIG, shapely.Point(THERE)], crs="EPSG:4490")
    return made.to_crs(crs) if crs else made.set_crs(None, allow_override=True)


@pytest.mark.parametrize("ending", ["gpkg", "parquet"])
def test_another_crs_is_reprojected_where_the_file_states_it_and_refused_where_not(
    read: Read, tmp_path: Path, ending: str
) -> None:
    def written(crs: str | None) -> bytes:
        path = tmp_path / f"written.{ending}"
        path.unlink(missing_ok=True)
        data = frame(crs)
        data.to_parquet(path) if ending == "parquet" else data.to_file(path, engine="pyogrio")
        return path.read_bytes()

    name = f"pop.{ending}"
    here = read(written("EPSG:4490"), name)
    there = read(written("EPSG:4548"), name)
    assert there.demand.points == pytest.approx(here.demand.points, abs=1e-7)
    assert there.demand.total == pytest.approx(10)
    with pytest.raises(FaultError, match="Beijing 1954"):
        read(written("EPSG:2436"), name)
    (fault,) = faults_of(read, written(None), name)
    assert fault.field == "--crs"
    assert len(read(written(None), name, crs="EPSG:4490").demand) == len(here.demand)
    (fault,) = faults_of(read, written("EPSG:4490"), name, demand_datum=Datum.BD09)
    assert "the file itself says" in fault.message
    (fault,) = faults_of(read, written("EPSG:4490"), name, crs="EPSG:4548")
    assert "--crs says" in fault.text


@pytest.mark.parametrize(
    ("written", "labelled", "code"),
    [
        ("EPSG:4547", "EPSG:4326", "crs.mislabelled"),  # metres that are called degrees
        ("EPSG:4490", "EPSG:4547", "crs.mislabelled"),  # degrees that are called metres
        ("EPSG:3857", "EPSG:4547", "crs.mislabelled"),  # some of which have no degrees at all
        ("EPSG:4547", "EPSG:4549", "demand.many_outside"),  # of another meridian: in China, but elsewhere
    ],
)
def test_a_crs_that_is_not_that_of_the_coordinates_is_one_fault(
    read: Read, tmp_path: Path, written: str, labelled: str, code: str
) -> None:
    points = [shapely.Point(HERE[0] + number / 10_000, HERE[1]) for number in range(200)]
    for shapes in (points, [point.buffer(0.00001) for point in points]):
        layer = gpd.GeoDataFrame({"人口": [1] * 200}, geometry=shapes, crs="EPSG:4490").to_crs(written)
        layer.set_crs(labelled, allow_override=True).to_file(tmp_path / "pop.gpkg")
        (fault,) = faults_of(read, (tmp_path / "pop.gpkg").read_bytes(), "pop.gpkg")
        assert (fault.code, fault.row) == (code, None)
        (tmp_path / "pop.gpkg").unlink()
    xy = gpd.GeoSeries(points, crs="EPSG:4490").to_crs(written).get_coordinates()
    (fault,) = faults_of(read, xy.assign(人口=1).to_csv(index=False), crs=labelled)
    assert (fault.code, fault.row) == (code, None)


def test_a_layer_in_the_crs_of_a_neighbouring_zone_is_known_by_the_districts_of_its_rows(
    read: Read, tmp_path: Path
) -> None:
    points = [shapely.Point(HERE[0] + number / 10_000, HERE[1]) for number in range(20)]
    columns = {"区划代码": ["370102"] * 20, "人口": [1] * 20}
    layer = gpd.GeoDataFrame(columns, geometry=points, crs="EPSG:4490").to_crs("EPSG:4547")
    xy = layer.get_coordinates().assign(**columns).to_csv(index=False)
    for crs, codes in (("EPSG:4548", ["datum.elsewhere", "demand.many_outside"]), ("EPSG:4547", [])):
        layer.set_crs(crs, allow_override=True).to_file(tmp_path / "pop.gpkg")
        content = (tmp_path / "pop.gpkg").read_bytes()
        if codes:
            assert [fault.code for fault in faults_of(read, content, "pop.gpkg")] == codes
            assert [fault.code for fault in faults_of(read, xy, crs=crs)] == codes
        else:
            assert read(content, "pop.gpkg").demand.total == read(xy, crs=crs).demand.total == 20
        (tmp_path / "pop.gpkg").unlink()


def test_many_points_outside_are_one_fault_and_a_few_are_named(read: Read) -> None:
    inside = [(HERE[0] + number / 10_000, HERE[1]) for number in range(60)]
    for count, rows in ((11, [None]), (3, [62, 63, 64])):
        points = [*inside, *((100.5, 30.1 + number / 100) for number in range(count))]
        lines = "\n".join(f"{lon},{lat},1" for lon, lat in points)
        faults = faults_of(read, f"经度,纬度,人口\n{lines}\n", demand_datum=Datum.WGS84)
        assert [fault.row for fault in faults] == rows


def test_a_geojson_of_before_the_rfc_may_name_its_crs(read: Read) -> None:
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4548"}}
    x, y = gpd.GeoSeries([shapely.Point(HERE)], crs="EPSG:4490").to_crs("EPSG:4548")[0].coords[0]
    found = read(geojson((shapely.Point(x, y), 5), crs=crs), "pop.geojson")
    assert found.demand.points[0] == pytest.approx(HERE, abs=1e-7)
    (fault,) = faults_of(read, geojson((shapely.Point(HERE), 5), crs="EPSG"), "pop.geojson")
    assert "CRS" in fault.message


def test_polygons_of_a_chinese_web_map_are_shifted_where_their_file_names_no_crs(
    read: Read, tmp_path: Path
) -> None:
    ring = from_wgs84(shapely.get_coordinates(SMALL), Datum.GCJ02)
    made = gpd.GeoDataFrame({"人口": [4.0]}, geometry=[shapely.Polygon(ring)])
    made.to_parquet(tmp_path / "cells.parquet")
    found = read((tmp_path / "cells.parquet").read_bytes(), "pop.parquet", demand_datum=Datum.GCJ02)
    assert shapely.contains_xy(SMALL, *found.demand.points[0])
    assert found.datum is Datum.GCJ02


def test_a_grid_too_fine_to_be_worked_with_is_refused_before_it_is_made(read: Read) -> None:
    fine = DemandReadingForm().model_copy(update={"spacing_m": 0.5})  # less than a form takes
    for content, name in ((geojson((BIG, 1)), "pop.geojson"), ("区划代码,人口\n370102,1\n", "pop.csv")):
        asked = fine.model_copy(update={"file": Path(name)})
        with pytest.raises(FaultError) as caught:
            read_demand_content(content.encode(), asked, REGION)
        assert "20,000,000" in caught.value.faults[0].params["most"]
