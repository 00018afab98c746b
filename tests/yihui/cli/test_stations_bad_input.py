"""yihui stations: what every bad input gets."""

import csv
import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from geo.crs import Datum
from geo.registry import Register, import_stations
from geo.station import Access, Entry, Kind, Station
from tests.geo.formats.workbooks import raw_workbook, text_row, workbook
from tests.yihui.officer_commands import AT, GOOD, WGS84, XLSX_HEAD, Desk, geopackage
from yihui.bootstrap import build_wiring, load_settings
from yihui.cli import options
from yihui.views import labels

HEAD = "名称,类型,经度,纬度,区县,备注\n"
FINE = "好站,驿站,117.0204,36.6683,历下区,\n"


@dataclass(frozen=True)
class Bad:
    content: str | bytes
    place: str  # file and row as they are named
    value: str  # what is quoted
    options: tuple[str, ...] = WGS84
    name: str = "bad.csv"


BAD = {
    "longitude and latitude swapped": Bad(
        f"{HEAD}{FINE}站,驿站,36.6683,117.0204,,\n", "bad.csv:3", "36.6683"
    ),
    "longitude and latitude swapped, both possible": Bad(
        f"{HEAD}站,驿站,36.5,80.25,,\n", "bad.csv:2", "80.25"
    ),
    "no datum named": Bad(HEAD + FINE, "bad.csv", "wgs84", ()),
    "no datum named for JSON": Bad(
        '[{"name": "站", "type": "驿站", "lon": 117.02, "lat": 36.66}]', "bad.json", "gcj02", (), "bad.json"
    ),
    "another datum than the header says": Bad(
        "名称,类型,lng_gcj02,lat_gcj02\n站,驿站,117.02,36.66\n", "bad.csv:1", "gcj02"
    ),
    "a missing column": Bad("店,类型,经度,纬度\n站,驿站,117.02,36.66\n", "bad.csv:1", "店"),
    "a missing latitude column": Bad("名称,类型,经度\n站,驿站,117.02\n", "bad.csv:1", "纬度"),
    "a missing kind": Bad("名称,经度,纬度\n站,117.02,36.66\n", "bad.csv:1", "--kind"),
    "an unknown district": Bad(f"{HEAD}{FINE}站,驿站,,,高新区,\n", "bad.csv:3", "高新区"),
    "a district that several cities have": Bad(f"{HEAD}站,驿站,,,市中区,\n", "bad.csv:2", "市中区"),
    "an empty file": Bad("", "bad.csv", "空"),
    "only a header": Bad(HEAD, "bad.csv:1", "表头"),
    "NaN": Bad(f"{HEAD}站,驿站,NaN,36.66,,\n", "bad.csv:2", "NaN"),
    "zero, zero": Bad(f"{HEAD}站,驿站,0,0,,\n", "bad.csv:2", "0, 0"),
    "text as a coordinate": Bad(f"{HEAD}站,驿站,东经117,36.66,,\n", "bad.csv:2", "东经117"),
    "half a coordinate": Bad(f"{HEAD}站,驿站,117.02,,,\n", "bad.csv:2", "117.02"),
    "a row with a cell too many after a quoted line break": Bad(
        f'{HEAD}站,驿站,117.02,36.66,,"一\r\n二"\n站,驿站,117.02,36.66,,,\n', "bad.csv:4", "7"
    ),
    "a quotation mark that is never closed": Bad(f'{HEAD}站,驿站,117.02,36.66,,"一\n', "bad.csv:2", "引号"),
    "bytes in no encoding": Bad(HEAD.encode() + b"\xff\xff\xff", "bad.csv:2", "ff ff ff"),
    "a workbook": Bad(b"PK\x03\x04....", "bad.csv", "CSV"),
    "torn JSON": Bad('[{"name": "站",', "bad.json:1", "JSON", WGS84, "bad.json"),
    "JSON without stations": Bad('{"kind": "list"}', "bad.json", "kind", WGS84, "bad.json"),
    "GeoJSON without features": Bad('{"type": "FeatureCollection"}', "bad.json", "要素", WGS84, "bad.json"),
    "an unknown kind": Bad("名称,类型,经度,纬度\n站,加油站,,\n", "bad.csv:2", "加油站"),
    "an empty name": Bad(f"{HEAD},驿站,,,历下区,\n", "bad.csv:2", "名称"),
    "an id given twice": Bad("编号,名称,类型,经度,纬度\n1,甲,驿站,,\n1,乙,驿站,,\n", "bad.csv:3", "1"),
    "a no to more than 5 % gone": Bad(
        GOOD.splitlines()[0] + "\nA,泉城路驿站,驿站,,,,,,,\n",
        "stations.csv",
        "--confirm",
        WGS84,
        "stations.csv",
    ),
    "an id of another register": Bad("编号,名称,类型,经度,纬度\nA,甲,驿站,,\n", "bad.csv", "stations"),
}

LAUGHS = b'<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;</a>'
POINT = {"type": "Point", "coordinates": [117.02, 36.66]}


def geojson(properties: dict[str, str], geometry: object = POINT) -> str:
    feature = {
        "type": "Feature",
        "geometry": geometry,
        "properties": {"name": "站", "kind": "library", **properties},
    }
    return json.dumps({"type": "FeatureCollection", "features": [feature]})


BAD |= {
    "a workbook with a part of a billion laughs": Bad(
        raw_workbook(text_row(1, *XLSX_HEAD), extra={"xl/evil.xml": LAUGHS}),
        "bad.xlsx",
        "xl/evil.xml",
        WGS84,
        "bad.xlsx",
    ),
    "a workbook of several sheets": Bad(
        workbook({"甲": [XLSX_HEAD, ["站"]], "乙": [XLSX_HEAD, ["站"]]}),
        "bad.xlsx",
        "--layer",
        WGS84,
        "bad.xlsx",
    ),
    "a header merged over two columns of data": Bad(
        workbook(
            {"甲": [[*XLSX_HEAD, "联系", None], ["站", "驿站", 117.02, 36.66, "张", "0531"]]},
            merged=["E1:F1"],
        ),
        "bad.xlsx:2",
        "联系",
        WGS84,
        "bad.xlsx",
    ),
    "a formula without a value": Bad(
        raw_workbook(text_row(1, *XLSX_HEAD) + '<row r="2"><c r="A2"><f>B9</f></c></row>'),
        "bad.xlsx:2",
        "=B9",
        WGS84,
        "bad.xlsx",
    ),
    "an error in a cell": Bad(
        raw_workbook(text_row(1, *XLSX_HEAD) + '<row r="2"><c r="D2" t="e"><v>#N/A</v></c></row>'),
        "bad.xlsx:2",
        "#N/A",
        WGS84,
        "bad.xlsx",
    ),
    "an old workbook": Bad(b"\xd0\xcf\x11\xe0" + b"\0" * 600, "bad.xls", ".xlsx", WGS84, "bad.xls"),
    "a GeoPackage in a CRS that can't be brought to WGS84": Bad(
        geopackage(4214, "a"), "bad.gpkg", "Beijing 1954", (), "bad.gpkg"
    ),
    "a GeoPackage of several layers": Bad(
        geopackage(4326, "甲", "乙"), "bad.gpkg", "甲 (1)、乙 (1)", (), "bad.gpkg"
    ),
    "a GeoPackage in WGS84 that is said to be in GCJ-02": Bad(
        geopackage(4326, "a"), "bad.gpkg:1", "gcj02", ("--datum", "gcj02"), "bad.gpkg"
    ),
    "GeoJSON that is said to be in BD-09": Bad(
        geojson({}), "bad.geojson:1", "bd09", ("--datum", "bd09"), "bad.geojson"
    ),
    "GeoJSON with a row that says GCJ-02": Bad(
        geojson({"坐标系": "GCJ-02"}), "bad.geojson:1", "GCJ-02", (), "bad.geojson"
    ),
    "GeoJSON at zero, zero": Bad(
        geojson({}, {"type": "Point", "coordinates": [0, 0]}), "bad.geojson:1", "0, 0", (), "bad.geojson"
    ),
    "GeoJSON with NaN": Bad(
        geojson({}, {"type": "Point", "coordinates": [float("nan"), 36.6]}),
        "bad.geojson:1",
        "nan",
        (),
        "bad.geojson",
    ),
    "GeoJSON of areas": Bad(
        geojson({}, {"type": "Polygon", "coordinates": []}), "bad.geojson:1", "Polygon", (), "bad.geojson"
    ),
    "degrees and minutes only": Bad(f"{HEAD}站,驿站,117°1′,36°40′,,\n", "bad.csv:2", "117°1′"),
    "whole degrees in words": Bad(f"{HEAD}站,驿站,东经117度,北纬36度,,\n", "bad.csv:2", "东经117度"),
    "north in the longitude's column": Bad(f"{HEAD}站,驿站,36.66N,117.02E,,\n", "bad.csv:2", "36.66N"),
    "one cell that is no pair": Bad("名称,类型,坐标\n站,驿站,泉城广场\n", "bad.csv:2", "泉城广场"),
    "a pair in an order that nobody says": Bad(
        '名称,类型,坐标\n站,驿站,"13.4，52.5"\n', "bad.csv:2", "13.4，52.5"
    ),
    "a pair against its header": Bad('名称,类型,经纬度\n站,驿站,"36.66，117.02"\n', "bad.csv:2", "36.66"),
    "a datum of a row that is none": Bad(
        "名称,类型,经度,纬度,坐标系\n站,驿站,117.02,36.66,某某\n", "bad.csv:2", "某某", ()
    ),
    "a row in another datum than is said of the file": Bad(
        "名称,类型,经度,纬度,坐标系\n站,驿站,117.02,36.66,百度\n", "bad.csv:2", "百度"
    ),
    "a sheet of a CSV": Bad(HEAD + FINE, "bad.csv", "--layer", (*WGS84, "--layer", "甲")),
    "Parquet that is torn": Bad(b"PAR1" + b"x" * 99, "bad.parquet", "→", (), "bad.parquet"),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
def test_bad_input_is_told_with_its_place_value_and_remedy_and_changes_nothing(
    filled: Desk, bad: Bad
) -> None:
    before = filled.contents()
    said = filled("import", filled.file(bad.content, bad.name), *bad.options)
    assert said.code == 1
    told = said.err
    assert bad.place in told
    assert bad.value in told
    assert "→" in told
    assert filled.contents() == before


@pytest.mark.parametrize(
    "what", ["zero, zero", "no datum named", "an unknown district", "torn JSON", "a no to more than 5 % gone"]
)
def test_the_same_is_told_to_programs(filled: Desk, what: str) -> None:
    bad = BAD[what]
    said = filled("import", filled.file(bad.content, bad.name), *bad.options, "--json")
    assert said.code == 1
    errors = said.json()["errors"]
    assert isinstance(errors, list)
    assert errors
    assert all({"file", "row", "field", "value", "message", "remedy"} <= set(error) for error in errors)
    assert all(error["file"] == bad.name and error["message"] and error["remedy"] for error in errors)


def test_good_rows_go_in_only_when_asked_for(desk: Desk) -> None:
    file = desk.file(f"{HEAD}{FINE}站,驿站,0,0,,\n坏站,驿站,x,y,,\n")
    refused = desk("import", file, *WGS84)
    assert (refused.code, refused.out) == (1, "")
    assert "--partial" in refused.err
    faults = desk.folder / "faults.csv"
    partial = desk("import", file, *WGS84, "--partial", "--faults", str(faults))
    assert partial.code == 1
    assert "新增 1" in partial.out
    with faults.open(encoding="utf-8-sig") as lines:
        assert [(row["row"], row["value"]) for row in csv.DictReader(lines)] == [
            ("3", "0, 0"),
            ("4", "x"),
            ("4", "y"),
        ]


def test_a_workbook_of_200_mb_is_refused_before_it_is_read(filled: Desk) -> None:
    file = Path(filled.file(b"PK\x03\x04", "bad.xlsx"))
    with file.open("r+b") as content:
        content.truncate(200_000_000)
    said = filled("import", str(file), *WGS84)
    assert said.code == 1
    assert "200 MB" in said.err


def test_a_zip_bomb_is_refused(filled: Desk) -> None:
    content = io.BytesIO()
    with (
        zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/workbook.xml", "w") as part,
    ):
        for _ in range(300):
            part.write(b" " * 1_000_000)
    said = filled("import", filled.file(content.getvalue(), "bad.xlsx"), *WGS84)
    assert said.code == 1
    assert "300 MB" in said.err


def test_the_same_fault_of_many_rows_is_said_once(desk: Desk) -> None:
    said = desk("import", desk.file(HEAD + "站,驿站,,,高新区,\n" * 30), *WGS84)
    assert said.err.count("高新区”") == 1
    assert "还有 29 行" in said.err


@pytest.mark.parametrize(
    ("content", "place", "value"),
    [
        ("lon,lat\n117,36\n36.6,117.0\n", "points.csv:3", "36.6"),
        ("lon,lat\n117,36\n117,\n", "points.csv:3", "117"),
        ("lon,lat\n117,x\n", "points.csv:2", "x"),
        ("a,b\n1,2\n", "points.csv:1", "a、b"),
        ("", "points.csv", "→"),
    ],
)
def test_faulty_points_are_all_told(filled: Desk, content: str, place: str, value: str) -> None:
    said = filled("nearest", "--points", filled.file(content, "points.csv"), "--datum", "wgs84", *AT)
    assert (said.code, said.out) == (1, "")
    assert place in said.err
    assert value in said.err


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("nearest", "117.02", "36.66"), 2, "gcj02"),  # no datum
        (("nearest", "117.02", "36.66", "--datum", "wgs48"), 2, "wgs48"),
        (("nearest", "117.02", "--datum", "wgs84"), 2, "LAT"),
        (("nearest", "36.66", "117.02", "--datum", "wgs84"), 1, "36.66"),
        (("nearest", "117.02", "36.66", "--datum", "wgs84", "--at", "2026-10-03T23:10"), 2, "+08:00"),
        (("nearest", "117.02", "36.66", "--datum", "wgs84", "--at", "gestern"), 2, "gestern"),
        (("nearest", "117.02", "36.66", "--datum", "wgs84", "--kind", "toilet"), 2, "toilet"),
        (("nearest", "117.02", "36.66", "--datum", "wgs84", "--travel", "plane"), 2, "plane"),
        (("nearest", "117.02", "36.66", "--datum", "wgs84", "--register", "无"), 1, "无"),
        (("show", "nix"), 1, "nix"),
        (("import", "nowhere.csv", "--datum", "wgs84"), 3, "nowhere.csv"),
        (("export", "x.pdf"), 2, "geojson"),
    ],
)
def test_wrong_usage_is_told_with_the_way_out(
    filled: Desk, arguments: tuple[str, ...], code: int, told: str
) -> None:
    said = filled(*arguments)
    assert said.code == code
    assert told in said.err


@pytest.mark.parametrize(
    "content", ["", "lon,lat\n", "lon,lat\n117,\n", "lon,lat\n36.6,117\n", "lon,lat\n,\n", "a,b\n1,2\n"]
)
def test_remedies_for_points_are_about_points(filled: Desk, content: str) -> None:
    said = filled("nearest", "--points", filled.file(content, "points.csv"), "--datum", "wgs84", *AT)
    assert said.code == 1
    assert "117.0204" in said.err.split("→")[-1]
    for word in ("导出", "映射", "还没", "留空"):
        assert word not in said.err


@pytest.mark.parametrize("district", ["370102", "3701", "370100", "37", "历下区", "济南市", "山东省"])
def test_a_district_is_named_by_its_code_or_its_name(filled: Desk, district: str) -> None:
    assert len(json.loads(filled("list", "--district", district, "--json").out)) == 3


def test_a_district_without_a_station_is_an_empty_list_and_an_unknown_one_a_fault(filled: Desk) -> None:
    for known in ("370103", "槐荫区", "11"):
        said = filled("list", "--district", known)
        assert (said.code, said.out) == (0, ""), known
    for unknown, near in (("999999", "代码"), ("历下", "历下区"), ("Lixia", "代码")):
        said = filled("list", "--district", unknown)
        assert (said.code, said.out) == (1, ""), unknown
        assert near in said.err.split("→")[-1]


def test_a_name_that_only_the_register_knows_finds_its_stations(desk: Desk) -> None:
    wiring = build_wiring(load_settings({"YIHUI_DATA_FOLDER": str(desk.folder)}, str(desk.database)))
    station = Station(id="t", name="站", kind=Kind.LIBRARY, district="710009", district_name="中山區")
    with wiring.database.write() as connection:
        import_stations(connection, Register("r", "", "r.csv", "1"), [station], wiring.now())
    wiring.database.close()
    assert [s["id"] for s in json.loads(desk("list", "--district", "中山區", "--json").out)] == ["t"]
    assert [s["id"] for s in json.loads(desk("list", "--district", "台北市", "--json").out)] == ["t"]


def test_an_empty_register_says_what_to_do_next(desk: Desk) -> None:
    said = desk("nearest", "117.02", "36.66", "--datum", "wgs84")
    assert said.code == 1
    assert "yihui stations import" in said.err


def test_a_mapping_file_with_faults_is_told(desk: Desk) -> None:
    mapping = desk.file("datum: wgs48\ncolumns: {nmae: x}\n", "map.yaml")
    said = desk("import", desk.file(GOOD), "--columns", mapping)
    assert said.code == 1
    for words in ("map.yaml", "wgs48", "nmae"):
        assert words in said.err


def test_the_codes_in_the_help_are_those_there_are() -> None:
    def codes(listed: str, separator: str) -> set[str]:
        return set(listed.split(separator))

    assert codes(options.DATUM_CHOICES, "|") == {datum.value for datum in Datum}
    assert set(labels.STATION_KIND_LABELS) == {kind.value for kind in Kind}
    assert set(labels.ENTRY_LABELS) == {entry.value for entry in Entry}
    assert set(labels.ACCESS_LABELS) == {access.value for access in Access}
