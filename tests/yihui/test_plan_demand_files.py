"""Files of demand as people send them: understood, or refused with everything that is wrong with them."""

import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.crs import Datum, from_wgs84
from geo.districts import Districts
from geo.faults import Fault, InputFaults
from yihui.arguments import WrongValue
from yihui.planning.demand.columns import By
from yihui.planning.demand.file import Understood, by_area, read_demand
from yihui.planning.demand.places import Region
from yihui.planning.demand.request import DemandRequest, LeaveOut, Spread

# Two counties side by side, and a neighbour that is of another province.
OUTLINES = gpd.GeoDataFrame(
    {
        "code": ["370102", "370103", "320302"],
        "name": ["历下区", "市中区", "鼓楼区"],
        "city": ["济南市", "济南市", "徐州市"],
        "province": ["山东省", "山东省", "江苏省"],
    },
    geometry=[
        shapely.box(117.0, 36.6, 117.1, 36.7),
        shapely.box(116.9, 36.6, 117.0, 36.7),
        shapely.box(117.0, 36.5, 117.1, 36.6),
    ],
    crs="EPSG:4326",
)
REGION = Region(OUTLINES.iloc[:2], lambda: Districts(OUTLINES), "370100")
HERE, THERE = (117.02, 36.66), (116.95, 36.65)

Read = Callable[..., Understood]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def reading(content: str | bytes, name: str = "demand.csv", **said: object) -> Understood:
        file = tmp_path / name
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_demand(DemandRequest(file, **said), REGION)  # type: ignore[arg-type]

    return reading


def faults_of(read: Read, content: str | bytes, name: str = "demand.csv", **said: object) -> Sequence[Fault]:
    with pytest.raises(InputFaults) as caught:
        read(content, name, **said)
    assert all(fault.message and fault.remedy and fault.file == name for fault in caught.value.faults)
    return caught.value.faults


WGS84: dict[str, Any] = {"datum": Datum.WGS84}
GOOD = f"名称,经度,纬度,人口\n甲,{HERE[0]},{HERE[1]},120\n乙,{THERE[0]},{THERE[1]},30.5\n丙,{HERE[0]},{HERE[1]},7\n"


def test_a_plain_file_is_read_and_what_was_taken_for_granted_is_told(read: Read) -> None:
    found = read(GOOD, **WGS84)
    assert found.demand.points.tolist() == [list(HERE), list(THERE), list(HERE)]  # duplicates are fine
    assert found.demand.weight.tolist() == [120, 30.5, 7]
    assert (found.demand.unit, found.column, found.by, found.rows) == ("people", "人口", By.COORDINATES, 3)
    assert list(found.demand.district) == ["370102", "370103", "370102"]
    assert by_area(found.demand, 6) == {"370102": 127, "370103": 30.5}
    assert [note.severity for note in found.notes] == ["warning"]


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("-1", "negative"),
        ("-9999", "negative"),
        ("nan", "no number"),
        ("NaN", "no number"),
        ("NULL", "no number"),
        ("inf", "not finite"),
        ("1e999", "not finite"),
        ("-inf", "not finite"),
        ("很多", "no number"),
        ("1.2万", "no number"),
        ("1_000", "no number"),
        ("0x10", "no number"),
        ("12人", "no number"),
        ("", "empty"),
        ("  ", "empty"),
        ("1e20", "too large"),
        ("1,5", "no number"),
    ],
)
def test_a_demand_that_is_none_is_quoted_with_its_line(read: Read, cell: str, message: str) -> None:
    quoted = f'"{cell}"' if "," in cell else cell
    (fault,) = faults_of(read, GOOD + f"丁,{HERE[0]},{HERE[1]},{quoted}\n", **WGS84)
    assert message in fault.message
    assert (fault.row, fault.field, fault.value) == (5, "人口", cell.strip())


@pytest.mark.parametrize(
    ("cell", "amount"),
    [("1,234.5", 1234.5), ("１２３", 123), (" 7 ", 7), ("1e3", 1000), ("-0", 0)],
)
def test_numbers_as_people_type_them_are_read(read: Read, cell: str, amount: float) -> None:
    found = read(GOOD + f'丁,{HERE[0]},{HERE[1]},"{cell}"\n', **WGS84)
    assert found.demand.weight[-1] == amount


def test_all_faults_of_all_rows_are_told_at_once_in_their_order(read: Read) -> None:
    rows = ["a,117.02,36.66,-1", "b,36.66,117.02,5", "c,,,5", "d,117.02,,x", "e,100.5,30.1,4", "f,1,2"]
    faults = faults_of(read, "名称,经度,纬度,人口\n" + "\n".join(rows) + "\n", **WGS84)
    assert [fault.row for fault in faults] == [2, 3, 4, 5, 5, 6, 7]
    said = [fault.message.format_map(fault.values) for fault in faults]
    for words in (
        "negative",
        "swapped",
        "no coordinates",
        "outside 370100",
        "no number",
        "is empty while",
        "cells",
    ):
        assert any(words in text for text in said), words


def test_many_rows_with_one_fault_do_not_drown_the_others(read: Read) -> None:
    rows = "".join(f"{n},117.02,36.66,-1\n" for n in range(5_000))
    faults = faults_of(read, f"名称,经度,纬度,人口\n{rows}x,117.02,36.66,viele\n", **WGS84)
    assert len(faults) == 102
    assert "4,900 rows more" in faults[-1].message.format_map(faults[-1].values)
    assert any(fault.value == "viele" for fault in faults)


def test_a_datum_is_never_guessed(read: Read) -> None:
    (fault,) = faults_of(read, GOOD)
    assert fault.field == "--demand-datum" and "1,350 m" in fault.message
    said = read(GOOD.replace("经度", "lng_gcj02").replace("纬度", "lat_gcj02"))
    assert said.datum is Datum.GCJ02
    (fault,) = faults_of(read, GOOD.replace("经度", "lng_gcj02").replace("纬度", "lat_gcj02"), **WGS84)
    assert "gcj02" in fault.message.format_map(fault.values)


@pytest.mark.parametrize("datum", [Datum.GCJ02, Datum.BD09])
def test_points_of_a_chinese_web_map_come_out_where_they_are(read: Read, datum: Datum) -> None:
    lon, lat = from_wgs84([HERE], datum)[0].tolist()
    found = read(f"经度,纬度,人口\n{lon},{lat},1\n", datum=datum)
    assert found.demand.points[0] == pytest.approx(HERE, abs=1e-7)


def test_each_row_may_name_its_datum_and_an_unknown_one_is_told(read: Read) -> None:
    lon, lat = from_wgs84([HERE], Datum.GCJ02)[0].tolist()
    text = f"经度,纬度,坐标系,人口\n{lon},{lat},GCJ-02,1\n{HERE[0]},{HERE[1]},WGS84,2\n"
    found = read(text)
    assert found.datum is None
    assert found.demand.points == pytest.approx(np.array([HERE, HERE]), abs=1e-7)
    (fault,) = faults_of(read, text + f"{HERE[0]},{HERE[1]},北京54,2\n")
    assert (fault.row, fault.value) == (4, "北京54")


def test_x_and_y_are_reprojected_where_the_crs_is_said_and_refused_where_not(read: Read) -> None:
    x, y = gpd.GeoSeries([shapely.Point(HERE)], crs="EPSG:4490").to_crs("EPSG:4548")[0].coords[0]
    text = f"x,y,人口\n{x},{y},9\n{x},{y + 1000},1\n"
    (fault,) = faults_of(read, text, **WGS84)
    assert "--crs" in fault.remedy
    found = read(text, crs="EPSG:4548")
    assert found.demand.points[0] == pytest.approx(HERE, abs=1e-7)
    assert found.datum is Datum.CGCS2000
    for crs, words in (
        ("EPSG:2436", "not known to the metre"),  # Beijing 1954
        ("EPSG:99999", "is not known"),
        ("gauss", "is not known"),
    ):
        (fault,) = faults_of(read, text, crs=crs)
        assert words in fault.message
    (fault,) = faults_of(read, text, crs="EPSG:4548", datum=Datum.GCJ02)
    assert "gcj02" in fault.message.format_map(fault.values)


def test_points_off_the_region_are_told_and_left_out_only_when_somebody_says_so(read: Read) -> None:
    beyond = "丁,117.05,36.59,50\n戊,121.5,31.2,8\n"  # in the neighbour, 1.1 km from the border; far away
    faults = faults_of(read, GOOD + beyond, **WGS84)
    assert [fault.row for fault in faults] == [5, 6]
    found = read(GOOD + beyond, **WGS84, leave_out=frozenset({LeaveOut.OUTSIDE}))
    assert found.left[LeaveOut.OUTSIDE].rows == 2 and found.left[LeaveOut.OUTSIDE].demand == 58
    assert found.demand.total == 157.5
    kept = read(GOOD + "丁,117.101,36.65,50\n", **WGS84)  # nobody's ground within 2 km: a gap of the outlines
    assert kept.demand.district[-1] == "370102"


def test_a_file_without_column_names_says_what_to_do(read: Read) -> None:
    text = f"B1,{HERE[0]},{HERE[1]},3\nB2,{THERE[0]},{THERE[1]},oops\n"
    (fault,) = faults_of(read, text, **WGS84)
    assert fault.row == 1 and "--no-header" in fault.remedy
    (fault,) = faults_of(read, text, headless=True, **WGS84)
    assert "--lon" in fault.remedy
    named: dict[str, Any] = {"headless": True, "lon": "2", "lat": "3", "column": "4", **WGS84}
    (fault,) = faults_of(read, text, **named)
    assert (fault.row, fault.value) == (2, "oops")
    assert read(text.replace("oops", "4"), **named).demand.weight.tolist() == [3, 4]
    assert read(text.encode("utf-8-sig").replace(b"oops", b"4"), **named).demand.total == 7


def test_which_column_says_how_much_is_never_a_silent_choice(read: Read) -> None:
    both = f"经度,纬度,人口,订单量\n{HERE[0]},{HERE[1]},1,2\n"
    (fault,) = faults_of(read, both, **WGS84)
    assert "人口、订单量" in str(fault.value)
    assert read(both, column="订单量", **WGS84).demand.unit == "orders"
    assert read(both, each=True, **WGS84).demand.weight.tolist() == [1]
    odd = f"经度,纬度,热度\n{HERE[0]},{HERE[1]},0.5\n"
    (fault,) = faults_of(read, odd, **WGS84)
    assert "热度" in str(fault.value)
    assert read(odd, column="热度", **WGS84).demand.unit == "热度"
    orders = f"单号,经度,纬度\nE1,{HERE[0]},{HERE[1]}\n"
    assert "each row counts as 1" in read(orders, **WGS84).notes[0].message
    (fault,) = faults_of(read, both, column="人 口", **WGS84)
    assert fault.field == "--demand-column" and "人口" in fault.message.format_map(fault.values)


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        ("", "demand.csv", "empty"),
        ("经度,纬度,人口\n", "demand.csv", "no rows"),
        (b"\x89PNG\r\n", "demand.png", ".png"),
        (b"II*\x00", "pop.tif", "raster"),
        (b"PK\x03\x04zip", "outlines.zip", "GeoPackage"),
        ('{"type": "FeatureCollection", "features": []}', "demand.geojson", "no features"),
        ('{"type": "FeatureCollection", "features": 3}', "demand.geojson", "no features"),
        ("{", "demand.geojson", "JSON"),
        (b"SQLite format 3\x00torn", "demand.gpkg", "can't be read"),
        (b'PAR1 "primary_column" torn', "demand.parquet", "can't be read"),
        ("名称,地址\n甲,泉城路\n", "demand.csv", "nothing says where"),
        ("经度,纬度,人口\n117.02,36.66,0\n", "demand.csv", "all rows is 0"),
        ("经度,经度,人口\n117.02,36.66,1\n", "demand.csv", "more than once"),
        (b"\xff\xfe\xff", "demand.csv", ""),
    ],
)
def test_what_is_no_demand_at_all_is_refused_in_words(
    read: Read, content: str | bytes, name: str, words: str
) -> None:
    faults = faults_of(read, content, name, **WGS84)
    assert any(words in fault.message.format_map(fault.values) + fault.remedy for fault in faults)


def test_gb18030_with_line_breaks_in_cells_and_semicolons_keeps_its_line_numbers(read: Read) -> None:
    text = f'名称;经度;纬度;人口\n"甲\n乙";{HERE[0]};{HERE[1]};3\n\n丙;{HERE[0]};{HERE[1]};无\n'
    (fault,) = faults_of(read, text.encode("gb18030"), **WGS84)
    assert fault.row == 5


# --- by district


def test_totals_by_district_are_spread_over_its_ground_and_kept_exactly(read: Read) -> None:
    found = read("区划代码,区县,人口\n370102,历下区,1001\n,市中区,500\n", spacing_m=500.0)
    assert found.by is By.DISTRICTS
    assert by_area(found.demand, 6) == {"370102": 1001, "370103": 500}
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
    assert {what.value: (one.rows, one.demand) for what, one in found.left.items()} == {
        "totals": (2, 6),
        "unknown": (3, 21),
        "outside": (1, 5),
    }
    assert found.demand.total == 3


# --- geometry


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
    assert (found.spread, found.represented, found.by) == (1, 1, By.GEOMETRY)
    assert found.demand.total == pytest.approx(110)
    assert len(found.demand) == pytest.approx(25, abs=8)  # 4.5 × 5.6 km on a grid of 1 km
    single = read(geojson((BIG, 100), (SMALL, 7)), "pop.geojson", polygons=Spread.CENTRE)
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
    assert read(geojson((bow, 8)), "pop.geojson").demand.total == pytest.approx(8)  # mended


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
    with pytest.raises(InputFaults, match="Beijing 1954"):
        read(written("EPSG:2436"), name)
    (fault,) = faults_of(read, written(None), name)
    assert fault.field == "--crs"
    assert len(read(written(None), name, crs="EPSG:4490").demand) == len(here.demand)
    (fault,) = faults_of(read, written("EPSG:4490"), name, datum=Datum.BD09)
    assert "the file itself says" in fault.message
    (fault,) = faults_of(read, written("EPSG:4490"), name, crs="EPSG:4548")
    assert "--crs says" in fault.message


def test_a_geojson_of_before_the_rfc_may_name_its_crs(read: Read) -> None:
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4548"}}
    x, y = gpd.GeoSeries([shapely.Point(HERE)], crs="EPSG:4490").to_crs("EPSG:4548")[0].coords[0]
    found = read(geojson((shapely.Point(x, y), 5), crs=crs), "pop.geojson")
    assert found.demand.points[0] == pytest.approx(HERE, abs=1e-7)
    (fault,) = faults_of(read, geojson((shapely.Point(HERE), 5), crs="EPSG"), "pop.geojson")
    assert "CRS" in fault.message


# --- much


def test_a_large_file_is_read_as_a_small_one_is(read: Read) -> None:
    rng = np.random.default_rng(7)
    lon, lat = rng.uniform(116.9, 117.1, 70_000), rng.uniform(36.6, 36.7, 70_000)
    rows = [f"点{n},{x:.6f},{y:.6f},{n % 9}" for n, (x, y) in enumerate(zip(lon, lat, strict=True))]
    head, tail = "名称,经度,纬度,人口\n", "\n".join(rows) + "\n"
    assert len((head + tail).encode()) > 2_000_000  # past which files are read in one go
    whole = read(head + tail, **WGS84)
    assert whole.demand.total == sum(n % 9 for n in range(70_000))
    rows[41_234] = "点,116.95,36.65,没有"
    (fault,) = faults_of(read, head + "\n".join(rows) + "\n", **WGS84)
    assert (fault.row, fault.value) == (41_236, "没有")
    rows[41_234] = "点,116.95,36.65"  # a cell too few: read with care
    (fault,) = faults_of(read, head + "\n".join(rows) + "\n", **WGS84)
    assert fault.row == 41_236 and "cells" in fault.message
    rows[41_234] = '"点\n点",116.95,36.65,5'
    rows[50_000] = "点,116.95,36.65,-5"
    (fault,) = faults_of(read, head + "\n".join(rows) + "\n", **WGS84)
    assert fault.row == 50_003


POINTS = st.lists(st.tuples(st.floats(116.85, 117.15), st.floats(36.45, 36.75)), min_size=1, max_size=60)


@settings(deadline=None, derandomize=True)
@given(POINTS)
def test_counties_of_points_are_those_that_districts_assign(points: list[tuple[float, float]]) -> None:
    """In the region as all of China's outlines say; outside it nobody's."""
    everywhere = Districts(OUTLINES).assign(points).code
    own = Districts(OUTLINES.iloc[:2]).assign(points).code
    expected = [
        mine if code in (None, "370102", "370103") else None
        for code, mine in zip(everywhere, own, strict=True)
    ]
    inside = Districts(OUTLINES.iloc[:2]).assign(points).distance_m == 0
    found = REGION.codes_of(np.array(points))
    for code, wanted, mine, is_inside in zip(found, expected, own, inside, strict=True):
        assert code == (mine if is_inside else wanted)


CELLS = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True).map(repr),
    st.integers(-10, 10**6).map(str),
    st.text(alphabet="0123456789.,-+eE 一１_x", max_size=6),
)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(st.lists(CELLS, min_size=1, max_size=12))
def test_a_cell_is_demand_if_and_only_if_it_is_a_number_of_0_or_more(
    tmp_path_factory: pytest.TempPathFactory, cells: list[str]
) -> None:
    file = tmp_path_factory.mktemp("cells") / "demand.csv"
    rows = "".join('甲,117.02,36.66,"' + cell + '"\n' for cell in ["1", *cells])
    file.write_text("名称,经度,纬度,人口\n" + rows, encoding="utf-8")
    wrong = {n + 3 for n, cell in enumerate(cells) if not _is_demand(cell)}
    try:
        found = read_demand(DemandRequest(file, datum=Datum.WGS84), REGION)
        assert not wrong and len(found.demand) == len(cells) + 1
    except InputFaults as error:
        assert {fault.row for fault in error.faults} == wrong


def _is_demand(cell: str) -> bool:
    """The slow way: by hand."""
    import re
    import unicodedata

    text = unicodedata.normalize("NFKC", cell).strip()
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", text):
        text = text.replace(",", "")
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text):
        return False
    number = float(text)
    return math.isfinite(number) and 0 <= number <= 1e15


# --- further ways of writing


def test_pairs_in_one_column_are_read_in_whatever_order_is_possible(read: Read) -> None:
    rows = [
        f'"{HERE[0]},{HERE[1]}",1',
        f'"{HERE[1]},{HERE[0]}",2',
        '"117°01′12″，36°39′36″",3',
        "POINT (117.02 36.66),4",
    ]
    found = read("坐标,人口\n" + "\n".join(rows) + "\n", **WGS84)
    assert found.demand.points == pytest.approx(np.array([HERE] * 4), abs=1e-6)
    latitude_first = read('纬度经度,人口\n"36.66,117.02",1\n', **WGS84)
    assert latitude_first.demand.points[0] == pytest.approx(HERE)
    faults = faults_of(read, '坐标,人口\n"117.02",1\n"甲,乙",2\n,3\n', **WGS84)
    assert [fault.row for fault in faults] == [2, 3, 3, 4]


def workbook(*rows: Sequence[object]) -> bytes:
    import io

    import xlsxwriter

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    sheet = book.add_worksheet("需求")
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.add_worksheet("空")
    book.close()
    return buffer.getvalue()


def test_a_workbook_is_read_by_its_rows(read: Read) -> None:
    head = ["经度", "纬度", "人口"]
    found = read(workbook(head, [*HERE, 12], [*THERE, 0.5]), "demand.xlsx", layer="需求", **WGS84)
    assert found.demand.weight.tolist() == [12, 0.5]
    (fault,) = faults_of(
        read, workbook(head, [*HERE, 12], [*THERE, "约30"]), "demand.xlsx", layer="需求", **WGS84
    )
    assert (fault.row, fault.value) == (3, "约30")
    faults = faults_of(read, workbook(head, [*HERE, 12]), "demand.xlsx", layer="无", **WGS84)
    assert "需求" in faults[0].message.format_map(faults[0].values)


def test_records_of_json_are_read(read: Read) -> None:
    records = [
        {"lon": HERE[0], "lat": HERE[1], "orders": 4},
        {"lon": THERE[0], "lat": THERE[1], "orders": None},
    ]
    (fault,) = faults_of(read, json.dumps(records), "demand.json", **WGS84)
    assert (fault.row, fault.field) == (2, "orders") and "empty" in fault.message
    assert read(json.dumps(records[:1]), "demand.json", **WGS84).demand.unit == "orders"


def test_polygons_of_a_chinese_web_map_are_shifted_where_their_file_names_no_crs(
    read: Read, tmp_path: Path
) -> None:
    ring = from_wgs84(shapely.get_coordinates(SMALL), Datum.GCJ02)
    made = gpd.GeoDataFrame({"人口": [4.0]}, geometry=[shapely.Polygon(ring)])
    made.to_parquet(tmp_path / "cells.parquet")
    found = read((tmp_path / "cells.parquet").read_bytes(), "pop.parquet", datum=Datum.GCJ02)
    assert shapely.contains_xy(SMALL, *found.demand.points[0])
    assert found.datum is Datum.GCJ02


def test_a_grid_too_fine_to_be_worked_with_is_refused_before_it_is_made(read: Read) -> None:
    with pytest.raises(WrongValue) as caught:
        read(geojson((BIG, 1)), "pop.geojson", spacing_m=0.5)
    assert "20,000,000" in caught.value.faults[0].params["most"]
    with pytest.raises(WrongValue):
        read("区划代码,人口\n370102,1\n", spacing_m=0.5)
