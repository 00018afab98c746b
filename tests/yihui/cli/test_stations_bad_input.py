"""yihui stations: what every bad input gets."""

import csv
import json
from dataclasses import dataclass

from geo.registry import Register, import_stations
from geo.station import Kind, Station
from tests.geo.formats.workbooks import workbook
from tests.yihui.officer_commands import AT, GOOD, WGS84, XLSX_HEAD, Desk
from yihui.bootstrap import build_wiring, load_settings

HEAD = "名称,类型,经度,纬度,区县,备注\n"
GONE = GOOD.splitlines()[0] + "\nA,泉城路驿站,驿站,,,,,,,\n"
FINE = "好站,驿站,117.0204,36.6683,历下区,\n"


@dataclass(frozen=True)
class Bad:
    content: str | bytes
    place: str  # file and row as they are named
    value: str  # what is quoted
    options: tuple[str, ...] = WGS84
    name: str = "bad.csv"


def geojson(geometry: object) -> str:
    properties = {"name": "站", "kind": "library"}
    feature = {"type": "Feature", "geometry": geometry, "properties": properties}
    return json.dumps({"type": "FeatureCollection", "features": [feature]})


def bad_files() -> list[Bad]:
    """One for each kind of file and of fault; tests/geo/formats has them all."""
    books = {"甲": [XLSX_HEAD, ["站"]], "乙": [XLSX_HEAD, ["站"]]}
    not_a_number = {"type": "Point", "coordinates": [float("nan"), 36.6]}
    return [
        Bad(f"{HEAD}站,驿站,36.5,80.25,,\n", "bad.csv:2", "80.25"),  # swapped, and both are possible
        Bad(HEAD + FINE, "bad.csv", "wgs84", ()),  # no datum named
        Bad("名称,经度,纬度\n站,117.02,36.66\n", "bad.csv:1", "--kind"),
        Bad('[{"name": "站",', "bad.json:1", "JSON", WGS84, "bad.json"),
        Bad(geojson(not_a_number), "bad.geojson:1", "nan", (), "bad.geojson"),
        Bad(workbook(books), "bad.xlsx", "--layer", WGS84, "bad.xlsx"),
        Bad(GONE, "stations.csv", "--confirm", WGS84, "stations.csv"),  # more than 5 % would be gone
        Bad("编号,名称,类型,经度,纬度\nA,甲,驿站,,\n", "bad.csv", "stations"),  # an id of another register
    ]


def test_bad_input_is_told_with_its_place_value_and_remedy_and_changes_nothing(filled: Desk) -> None:
    before = filled.contents()
    for bad in bad_files():
        said = filled("import", filled.file(bad.content, bad.name), *bad.options, "--json")
        assert said.code == 1, bad
        assert bad.place in said.err and bad.value in said.err and "→" in said.err, bad
        errors = said.json()["errors"]
        assert isinstance(errors, list) and errors
        assert all({"file", "row", "field", "value", "message", "remedy"} <= set(error) for error in errors)
        assert {error["file"] for error in errors} == {bad.name}
    assert filled.contents() == before


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


def test_faulty_points_are_all_told(filled: Desk) -> None:
    for content, place, value in (
        ("lon,lat\n117,36\n36.6,117.0\n", "points.csv:3", "36.6"),
        ("lon,lat\n117,36\n117,\n", "points.csv:3", "117"),
        ("lon,lat\n117,x\n", "points.csv:2", "x"),
        ("a,b\n1,2\n", "points.csv:1", "a、b"),
        ("", "points.csv", "→"),
    ):
        said = filled("nearest", "--points", filled.file(content, "points.csv"), "--datum", "wgs84", *AT)
        assert (said.code, said.out) == (1, "")
        assert place in said.err
        assert value in said.err


def test_a_district_is_named_by_its_code_or_its_name(filled: Desk) -> None:
    for district in ("370102", "3701", "370100", "37", "历下区", "济南市", "山东省"):
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
