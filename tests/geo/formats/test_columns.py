"""Columns are guessed from Chinese and English headers, and a mapping file overrides the guess."""

import pytest

from core.faults import FaultError
from core.sheets.csv import read_csv
from geo.datum import Datum
from geo.formats.columns import (
    HEADER_SYNONYMS,
    are_positions,
    are_running_numbers,
    check_columns,
    find_running_number,
    guess_columns,
    normalize_header,
)
from geo.formats.mapping_file import read_mapping_file
from tests.yihui.refusals import faults_of


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (
            ["名称", "经度", "纬度", "开放时间"],
            {"name": "名称", "lon": "经度", "lat": "纬度", "hours_text": "开放时间"},
        ),
        (["場所名稱", "縣市", "電話"], {"name": "場所名稱", "city": "縣市", "phone": "電話"}),
        (
            ["Name", "LNG", "Latitude", "Opening Hours"],
            {"name": "Name", "lon": "LNG", "lat": "Latitude", "hours_text": "Opening Hours"},
        ),
        (["站点名称（必填）", "类 型"], {"name": "站点名称（必填）", "kind": "类 型"}),
        (["title", "何物"], {"name": "title"}),
        (
            ["名称", "面积（㎡）", "仅限单位", "可用福利"],
            {"name": "名称", "area_m2": "面积（㎡）", "employer": "仅限单位", "accepts": "可用福利"},
        ),
        (
            ["stationName", "businessHours", "地理位置", "行政区划编码", "operator"],
            {
                "name": "stationName",
                "hours_text": "businessHours",
                "address": "地理位置",
                "district_code": "行政区划编码",
            },
        ),
    ],
)
def test_headers_are_understood(headers: list[str], expected: dict[str, str]) -> None:
    columns = guess_columns(headers)
    assert {name: several[0] for name, several in columns.fields.items()} == expected
    assert set(columns.unused) == set(headers) - set(expected.values())


@pytest.mark.parametrize(
    ("lon", "lat", "datum"),
    [
        ("lng_gcj02", "lat_gcj02", Datum.GCJ02),
        ("经度(GCJ-02)", "纬度(GCJ-02)", Datum.GCJ02),
        ("百度经度", "百度纬度", Datum.BD09),
        ("wgs84_lon", "wgs84_lat", Datum.WGS84),
        ("lon", "lat", None),
    ],
)
def test_a_header_may_name_the_datum(lon: str, lat: str, datum: Datum | None) -> None:
    columns = guess_columns(["name", lon, lat])
    assert columns.datum == datum
    assert (columns.headers("lon"), columns.headers("lat")) == ((lon,), (lat,))


def test_of_coordinates_in_several_datums_the_one_asked_for_is_taken() -> None:
    headers = ["name", "lng_gcj02", "lat_gcj02", "lng_wgs84", "lat_wgs84", "lon_bd09"]
    assert guess_columns(headers).datum is Datum.WGS84
    assert guess_columns(headers, Datum.GCJ02).headers("lon") == ("lng_gcj02",)


def test_a_missing_column_is_told_with_what_was_looked_for_and_what_is_there() -> None:
    headers = ["店名", "经度", "类型"]
    with pytest.raises(FaultError) as caught:
        check_columns(guess_columns(headers), headers, "x.csv")
    by_field = {fault.field: fault for fault in caught.value.faults}
    assert set(by_field) == {"name", "lat"}
    assert "名称" in by_field["name"].params["looked"]
    assert by_field["name"].value == "店名, 经度, 类型"


def test_a_mapping_file_overrides_and_the_rest_is_guessed() -> None:
    content = b"""
        source: Publisher, licence
        datum: gcj02
        columns: {name: [a, b]}
        constants: {kind: mother_room, sample: true}
    """
    mapping = read_mapping_file(content, "m.yaml")
    columns = mapping.apply(["a", "b", "name", "lon", "lat"])
    assert columns.headers("name") == ("a", "b")
    assert columns.headers("lon") == ("lon",)
    assert columns.datum is Datum.GCJ02
    assert columns.constants == {"kind": "mother_room", "sample": "True"}


def test_a_mapped_column_that_the_file_does_not_have_is_told() -> None:
    columns = read_mapping_file(b"columns: {name: nom}\nconstants: {kind: library}", "m.yaml").apply(
        ["name", "lon", "lat"]
    )
    (fault,) = faults_of(check_columns, columns, ["name", "lon", "lat"], "x.csv")
    assert fault.value == "nom"


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b"datum: wgs48", "wgs48"),  # a typing error in a code
        (b"columns: {nmae: x}", "nmae"),  # a field that does not exist
        (b"colums: {name: x}", "{'name': 'x'}"),  # a key that does not exist
        (b"- a\n- b", "('a', 'b')"),  # not a mapping
    ],
)
def test_a_wrong_mapping_file_is_told_with_the_value(content: bytes, value: str) -> None:
    faults = faults_of(read_mapping_file, content, "m.yaml")
    assert [fault.value for fault in faults] == [value]
    assert faults[0].file == "m.yaml"


def test_an_empty_mapping_file_says_nothing() -> None:
    assert read_mapping_file(b"", "m.yaml").columns == {}


def test_no_header_means_two_fields() -> None:
    owners: dict[str, str] = {}
    for name, synonyms in HEADER_SYNONYMS.items():
        for synonym in synonyms:
            assert owners.setdefault(normalize_header(synonym), name) == name, synonym


def test_an_ignored_column_leaves_its_field_to_the_next_header() -> None:
    columns = guess_columns(["名称", "营业时间", "开放时间"], ignored=["开放时间"])
    assert columns.headers("hours_text") == ("营业时间",)
    assert columns.unused == ("开放时间",)


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        (["0", "1", "2"], True),  # the index of GeoPandas
        (["1", "2", "3"], True),  # GDAL's number of a feature
        (["4", "0", "2"], True),  # sorted, and some taken out
        (["2", "2", "3"], False),
        (["1001", "1002", "1003"], False),  # numbers that a register gave
        (["node/123", "1", "2"], False),
        (["01a", "02a"], False),
        (["", "", ""], False),
        ([], False),
    ],
)
def test_ids_that_only_count_are_positions(ids: list[str], expected: bool) -> None:
    assert are_running_numbers(ids) is expected


@pytest.mark.parametrize(
    ("ids", "codes", "expected"),
    [
        (["3", "57", "900"], ["a", "b", "c"], True),  # of a table from which the others were taken out
        (["sites.1", "sites.2"], ["a", "b"], True),
        (["3", "57", "900"], ["a", "a", ""], False),  # the column identifies nothing
        (["3", "57", "900"], ["1", "2", "3"], False),
        (["node/123", "node/124"], ["a", "b"], False),
    ],
)
def test_numbers_outside_of_columns_give_way_to_a_column_that_identifies(
    ids: list[str], codes: list[str], expected: bool
) -> None:
    assert are_positions(ids, {"名称": ids, "编号": codes}) is expected


@pytest.mark.parametrize(
    ("headers", "rows", "expected"),
    [
        ("id,编号", ("0,z00", "1,z01"), ("id",)),
        ("Id,编号", ("0,z00", "0,z01"), ("Id",)),  # what ArcGIS writes
        ("编号,id", ("1,node/7", "2,node/8"), ("编号",)),  # whichever counts
        ("id,名称", ("0,甲", "1,乙"), ()),  # nothing better
        ("id,编号", ("0,1", "1,2"), ()),
        ("id,编号", ("a,b", "c,d"), ()),
    ],
)
def test_a_column_that_counts_gives_way_to_one_that_identifies(
    headers: str, rows: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    assert find_running_number(read_csv("\n".join((headers, *rows)).encode(), "a.csv")) == expected
