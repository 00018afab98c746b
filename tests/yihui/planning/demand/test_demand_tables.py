"""Tables of demand as people send them: understood, or refused with everything that is wrong with them."""

import json
from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.crs import from_wgs84
from geo.datum import Datum
from tests.yihui.planning.demand.reading import GOOD, HERE, THERE, WGS84, Read, faults_of
from yihui.planning.demand.columns import LocatedBy
from yihui.planning.demand.file import sum_demand_by_area
from yihui.planning.demand.request import LeaveOut


def test_a_plain_file_is_read_and_what_was_taken_for_granted_is_told(read: Read) -> None:
    found = read(GOOD, **WGS84)
    assert found.demand.points.tolist() == [list(HERE), list(THERE), list(HERE)]  # duplicates are fine
    assert found.demand.weight.tolist() == [120, 30.5, 7]
    assert (found.demand.unit, found.column, found.by, found.rows) == (
        "people",
        "人口",
        LocatedBy.COORDINATES,
        3,
    )
    assert list(found.demand.district) == ["370102", "370103", "370102"]
    assert sum_demand_by_area(found.demand, 6) == {"370102": 127, "370103": 30.5}
    assert [note.severity for note in found.notes] == ["warning"]


def test_a_missing_column_is_said_beside_a_missing_datum(read: Read) -> None:
    faults = faults_of(read, GOOD, demand_column="人数2")
    assert [fault.field for fault in faults] == ["--demand-datum", "--demand-column"]


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


def test_all_faults_of_all_rows_are_told_at_once_in_their_order(read: Read) -> None:
    rows = ["a,117.02,36.66,-1", "b,36.66,117.02,5", "c,,,5", "d,117.02,,x", "e,100.5,30.1,4", "f,1,2"]
    faults = faults_of(read, "名称,经度,纬度,人口\n" + "\n".join(rows) + "\n", **WGS84)
    assert [fault.row for fault in faults] == [2, 3, 4, 5, 5, 6, 7]
    said = [fault.text for fault in faults]
    for words in (
        "negative",
        "swapped",
        "no coordinates",
        "outside 济南市",
        "no number",
        "is empty while",
        "cells",
    ):
        assert any(words in text for text in said), words


def test_columns_that_are_swapped_are_one_fault_of_the_file(read: Read) -> None:
    rows = "".join(f"{n},36.{n},117.02,1\n" for n in range(60, 70))
    (fault,) = faults_of(read, f"名称,经度,纬度,人口\n{rows}x,,,1\n", **WGS84)
    assert (fault.code, fault.row, fault.params["count"]) == ("coordinates.swapped.all", None, "10")
    faults = faults_of(read, f"名称,经度,纬度,人口\n{rows}x,117.02,36.66,1\n", **WGS84)
    assert [one.row for one in faults] == [*range(2, 12)]


def test_many_rows_with_one_fault_do_not_drown_the_others(read: Read) -> None:
    rows = "".join(f"{n},117.02,36.66,-1\n" for n in range(5_000))
    faults = faults_of(read, f"名称,经度,纬度,人口\n{rows}x,117.02,36.66,viele\n", **WGS84)
    assert len(faults) == 102
    assert "4,900 rows more" in faults[-1].text
    assert any(fault.value == "viele" for fault in faults)


def test_a_datum_is_never_guessed(read: Read) -> None:
    (fault,) = faults_of(read, GOOD)
    assert fault.field == "--demand-datum" and "1,350 m" in fault.message
    said = read(GOOD.replace("经度", "lng_gcj02").replace("纬度", "lat_gcj02"))
    assert said.datum is Datum.GCJ02
    (fault,) = faults_of(read, GOOD.replace("经度", "lng_gcj02").replace("纬度", "lat_gcj02"), **WGS84)
    assert "gcj02" in fault.text


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
    assert "{option_crs}" in fault.remedy
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
    (fault,) = faults_of(read, text, crs="EPSG:4548", demand_datum=Datum.GCJ02)
    assert "gcj02" in fault.text


def test_points_off_the_region_are_told_and_left_out_only_when_somebody_says_so(read: Read) -> None:
    beyond = "丁,117.05,36.59,50\n戊,121.5,31.2,8\n"  # in the neighbour, 1.1 km from the border; far away
    faults = faults_of(read, GOOD + beyond, **WGS84)
    assert [fault.row for fault in faults] == [5, 6]
    found = read(GOOD + beyond, **WGS84, leave_out=frozenset({LeaveOut.OUTSIDE}))
    assert found.left_out[LeaveOut.OUTSIDE].rows == 2 and found.left_out[LeaveOut.OUTSIDE].demand == 58
    assert found.demand.total == 157.5
    kept = read(GOOD + "丁,117.101,36.65,50\n", **WGS84)  # nobody's ground within 2 km: a gap of the outlines
    assert kept.demand.district[-1] == "370102"


def test_a_file_without_column_names_says_what_to_do(read: Read) -> None:
    text = f"B1,{HERE[0]},{HERE[1]},3\nB2,{THERE[0]},{THERE[1]},oops\n"
    (fault,) = faults_of(read, text, **WGS84)
    assert fault.row == 1 and "{option_no_header}" in fault.remedy
    (fault,) = faults_of(read, text, no_header=True, **WGS84)
    assert "{option_lon}" in fault.remedy
    named: dict[str, Any] = {"no_header": True, "lon": "2", "lat": "3", "demand_column": "4", **WGS84}
    (fault,) = faults_of(read, text, **named)
    assert (fault.row, fault.value) == (2, "oops")
    assert read(text.replace("oops", "4"), **named).demand.weight.tolist() == [3, 4]
    assert read(text.encode("utf-8-sig").replace(b"oops", b"4"), **named).demand.total == 7


def test_which_column_says_how_much_is_never_a_silent_choice(read: Read) -> None:
    both = f"经度,纬度,人口,订单量\n{HERE[0]},{HERE[1]},1,2\n"
    (fault,) = faults_of(read, both, **WGS84)
    assert "人口、订单量" in str(fault.value)
    assert read(both, demand_column="订单量", **WGS84).demand.unit == "orders"
    assert read(both, demand_each=True, **WGS84).demand.weight.tolist() == [1]
    odd = f"经度,纬度,热度\n{HERE[0]},{HERE[1]},0.5\n"
    (fault,) = faults_of(read, odd, **WGS84)
    assert "热度" in str(fault.value)
    assert read(odd, demand_column="热度", **WGS84).demand.unit == "热度"
    orders = f"单号,经度,纬度\nE1,{HERE[0]},{HERE[1]}\n"
    assert "each row counts as 1" in read(orders, **WGS84).notes[0].message
    (fault,) = faults_of(read, both, demand_column="人 口", **WGS84)
    assert fault.field == "--demand-column" and "人口" in fault.text


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        ("", "demand.csv", "empty"),
        ("经度,纬度,人口\n", "demand.csv", "no rows"),
        (b"\x89PNG\r\n", "demand.png", ".png"),
        (b"II*\x00", "pop.tif", "raster"),
        (b"PK\x03\x04zip", "outlines.zip", "ZIP"),
        (b"\x00\x00\x27\x0a", "outlines.shp", "one ZIP file"),
        (b"", "outlines.kml", "GeoPackage"),
        (b"ncols 3", "pop.asc", "GeoTIFF"),
        ('{"type": "FeatureCollection", "features": []}', "demand.geojson", "no records"),
        ('{"type": "FeatureCollection", "features": 3}', "demand.geojson", "no records"),
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
    assert any(words in fault.text + fault.remedy for fault in faults)


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


def test_totals_and_notes_are_no_demand_and_named_also_in_a_large_file(read: Read) -> None:
    rows = [f"甲,{HERE[0]},{HERE[1]},2", f"乙,{THERE[0]},{THERE[1]},3"]
    asides = ["合計,,,5", "备注：示例,,,"]
    head = "名称,经度,纬度,人口\n"
    for times in (1, 40_000):  # more than 2 MB is read at once
        found = read(head + "\n".join([*(rows * times), *asides]) + "\n", **WGS84)
        assert found.demand.weight.sum() == 5 * times
        left = [note.row for note in found.notes if note.code == "table.total"]
        assert left == [2 + 2 * times, 3 + 2 * times]


def test_the_name_of_a_column_that_a_shapefile_has_cut_is_known_and_said(read: Read) -> None:
    for cut, unit in (("常住人", "people"), ("常住人口数"[:5], "people"), ("搜索次", "searches")):
        found = read(f"经度,纬度,{cut}\n{HERE[0]},{HERE[1]},7\n", **WGS84)
        assert (found.demand.weight.tolist(), found.demand.unit) == ([7], unit)
        assert cut in [note.value for note in found.notes]


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
