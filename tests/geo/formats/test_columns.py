"""Columns of coordinates and their degrees."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.faults import Fault, FaultError
from geo.crs import Datum
from geo.formats.columns import HEADER_SYNONYMS, check_columns, guess_columns, normalize_header
from geo.formats.coordinates import (
    CoordinateText,
    parse_angle,
    parse_lonlat,
    split_coordinate_cell,
    split_coordinate_pair,
)
from geo.formats.mapping_file import read_mapping_file
from tests.tiers import budget


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (
            ["名称", "经度", "纬度", "开放时间"],
            {"name": "名称", "lon": "经度", "lat": "纬度", "hours_text": "开放时间"},
        ),
        (
            ["場所名稱", "縣市", "開放時間", "電話"],
            {"name": "場所名稱", "city": "縣市", "hours_text": "開放時間", "phone": "電話"},
        ),
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
            ["名称", "使用面积(平方米)", "限定单位"],
            {"name": "名称", "area_m2": "使用面积(平方米)", "employer": "限定单位"},
        ),
        (
            ["机构名称", "businessHours", "地理位置", "行政区划编码", "服务人群", "operator"],
            {
                "name": "机构名称",
                "hours_text": "businessHours",
                "address": "地理位置",
                "district_code": "行政区划编码",
                "access": "服务人群",
            },
        ),
        (
            ["stationName", "openTime", "contactPhone", "updatedAt", "dataSource"],
            {
                "name": "stationName",
                "hours_text": "openTime",
                "phone": "contactPhone",
                "verified_on": "updatedAt",
                "source": "dataSource",
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
    with pytest.raises(FaultError) as caught:
        check_columns(columns, ["name", "lon", "lat"], "x.csv")
    (fault,) = caught.value.faults
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
    with pytest.raises(FaultError) as caught:
        read_mapping_file(content, "m.yaml")
    assert [fault.value for fault in caught.value.faults] == [value]
    assert caught.value.faults[0].file == "m.yaml"


@pytest.mark.parametrize("content", [b"a: [1, 2", b"\xff\xfe\xff", b"a: &x [*x, *x"])
def test_broken_yaml_is_told_and_not_raised(content: bytes) -> None:
    with pytest.raises(FaultError) as caught:
        read_mapping_file(content, "m.yaml")
    assert "YAML" in caught.value.faults[0].message


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


JINAN = (117 + 1 / 60 + 13.5 / 3600, 36 + 40 / 60 + 5.88 / 3600)

SEXAGESIMAL = [
    ("117°1'13.5\"", "36°40'5.88\""),
    ("117°01′13.5″E", "36°40′5.88″N"),
    ("E117°1’13.5”", "N36°40’5.88”"),
    ("东经117度1分13.5秒", "北纬36度40分5.88秒"),
    ("东经 117° 1′ 13.5″", "北纬 36° 40′ 5.88″"),
    ("１１７°１′１３．５″", "３６°４０′５．８８″"),  # full width
    ("117º1'13.5''", "36º40'5.88''"),  # the ordinal sign, two apostrophes
]


@pytest.mark.parametrize(("lon", "lat"), SEXAGESIMAL)
def test_degrees_minutes_and_seconds_are_read(lon: str, lat: str) -> None:
    assert parse_lonlat(CoordinateText(lon, lat)) == pytest.approx(JINAN, abs=1e-9)


@pytest.mark.parametrize(
    ("text", "degrees"),
    [
        ("117.0204", 117.0204),
        ("117.0204°", 117.0204),
        ("117.0204E", 117.0204),
        ("东经117.0204", 117.0204),
        ("西经117.0204", -117.0204),
        ("１１７．０２", 117.02),
        ("117°1.225'", 117 + 1.225 / 60),  # decimal minutes
        ("-33.5", -33.5),
        ("1.17e2", 117.0),
    ],
)
def test_one_number_is_read(text: str, degrees: float) -> None:
    angle = parse_angle(text)
    assert angle is not None
    assert angle.degrees == pytest.approx(degrees, abs=1e-12)


@pytest.mark.parametrize(
    "text",
    [
        "东经117度",  # whole degrees: no place
        "117°61'5\"",  # 61 minutes
        "117°1'60\"",
        "E117.02W",
        "东经-117.02",
        "117,02",
        "nan",
        "inf",
        "1e999",
        "117.02.1",
        "一百一十七",
        "",
        "E",
    ],
)
def test_what_is_no_angle_is_not_guessed(text: str) -> None:
    assert parse_angle(text) is None


@pytest.mark.parametrize("text", ["117°1'", "117°1′E", "东经117度1分", "E117°01′"])
def test_whole_minutes_are_an_angle_that_is_too_coarse_for_a_door(text: str) -> None:
    angle = parse_angle(text)
    assert angle is not None
    assert angle.is_coarse
    assert angle.degrees == pytest.approx(117 + 1 / 60)
    told = parse_lonlat(CoordinateText(text, "36.6683"))
    assert isinstance(told, list)
    assert told[0].code == "coordinates.coarse"
    assert isinstance(parse_lonlat(CoordinateText(text, "36.6683"), allow_minutes=True), tuple)


@pytest.mark.parametrize("text", ["117°1.225'", "117°1'13.5\"", "117.0204°"])
def test_finer_angles_are_not_coarse(text: str) -> None:
    angle = parse_angle(text)
    assert angle is not None
    assert not angle.is_coarse


def test_zero_zero_is_no_place() -> None:
    for lon, lat in (("0", "0"), ("0.000", "-0"), ("0,0", "")):
        told = parse_lonlat(CoordinateText(lon, lat))
        assert isinstance(told, list)
        assert told[0].code == "coordinates.null_point"
    assert parse_lonlat(CoordinateText("0", "51.5")) == (0.0, 51.5)


def test_words_for_the_wrong_axis_are_a_swap() -> None:
    told = parse_lonlat(CoordinateText("北纬36.6683", "东经117.0204"))
    assert isinstance(told, list)
    assert "swapped" in told[0].message


@pytest.mark.parametrize(
    "text",
    [
        "117.0，36.6",
        "117.0, 36.6",
        "117.0 36.6",
        "117.0、36.6",
        "117.0；36.6",
        "(117.0, 36.6)",
        "（117.0，36.6）",
        "[117.0,36.6]",
        "POINT (117.0 36.6)",
        " 117.0/36.6 ",
    ],
)
def test_two_coordinates_in_one_cell_are_parted(text: str) -> None:
    assert split_coordinate_pair(text) == ("117.0", "36.6")
    assert parse_lonlat(CoordinateText(text, "")) == (117.0, 36.6)
    assert split_coordinate_cell(text, "坐标") == CoordinateText("117.0", "36.6", "坐标", "坐标")


@pytest.mark.parametrize("header", ["坐标", "纬经度", "latlng", "location"])
def test_in_one_column_china_or_the_header_says_which_is_which(header: str) -> None:
    assert split_coordinate_cell("36.6,117.0", header) == CoordinateText("117.0", "36.6", header, header)


def test_an_order_against_the_header_is_a_swap() -> None:
    written = split_coordinate_cell("36.6,117.0", "经纬度")
    assert isinstance(written, CoordinateText)
    told = parse_lonlat(written)
    assert isinstance(told, list)
    assert "swapped" in told[0].message


@pytest.mark.parametrize("text", ["51.5,7.4", "济南市历下区", "117.02", "1,2,3"])
def test_a_cell_that_is_no_sure_pair_is_told_with_its_text(text: str) -> None:
    told = split_coordinate_cell(text, "坐标")
    assert isinstance(told, Fault)
    assert told.value == text
    assert told.field == "坐标"


@pytest.mark.deeper
@settings(deadline=None, derandomize=True, max_examples=budget(300))
@given(st.floats(-180, 180), st.floats(-90, 90), st.sampled_from([",", "，", "、", " ", ";", "；", "|"]))
def test_any_pair_comes_back_out_of_one_cell(lon: float, lat: float, comma: str) -> None:
    assert split_coordinate_pair(f"{lon!r}{comma}{lat!r}") == (repr(lon), repr(lat))


@pytest.mark.deeper
@settings(deadline=None, derandomize=True, max_examples=budget(500))
@given(st.text(max_size=30) | st.text(st.sampled_from("0123456789.,，°′″'\"度分秒东经北纬NE -"), max_size=20))
def test_any_text_is_read_or_not_and_nothing_breaks(text: str) -> None:
    parse_angle(text)
    split_coordinate_pair(text)
    split_coordinate_cell(text, "坐标")
    parse_lonlat(CoordinateText(text, ""))
