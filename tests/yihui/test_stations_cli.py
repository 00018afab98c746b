"""yihui stations, as a user types it: what works, and what every bad input gets."""

import contextlib
import csv
import io
import json
import shutil
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from pyproj import Geod
from sqlalchemy import text

from geo.crs import Datum, from_wgs84
from geo.registry import Register, import_stations
from geo.station import Access, Entry, Kind, Station
from store import open_database
from tests.geo.formats.workbooks import raw_workbook, text_row, workbook
from yihui import labels
from yihui.bootstrap import settings_from, wire
from yihui.cli import run, stations
from yihui.cli.station_import import Order, carry_out
from yihui.intake import Request

GOOD = (
    "编号,名称,类型,经度,纬度,地址,区县,开放时间,备注,设施\n"
    "A,泉城路驿站,户外劳动者驿站,117.0204,36.6683,泉城路1号,历下区,24小时,自行前往,饮水、充电\n"
    "B,大明湖妈妈小屋,妈妈小屋,117.0254,36.6733,明湖路2号,历下区,每天9:00-17:00,请洽服务人员,饮水\n"
    "C,没有位置的驿站,驿站,,,经十路3号,历下区,9:00-17:00,,\n"
)
AT = ("--at", "2026-10-03T23:10+08:00")


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str

    def json(self) -> dict[str, object]:
        document: dict[str, object] = json.loads(self.out)
        return document


@dataclass
class Desk:
    """A user's desk: a database, a folder with files, and the command line."""

    folder: Path
    database: Path
    capture: pytest.CaptureFixture[str]
    lang: str = "zh"

    def __call__(self, *arguments: str) -> Said:
        self.capture.readouterr()
        code = run(["--db", str(self.database), "stations", *arguments], self.lang)
        out, err = self.capture.readouterr()
        assert "Traceback" not in out + err
        return Said(code, out, err)

    def file(self, content: str | bytes, name: str = "stations.csv") -> str:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    def contents(self) -> dict[str, list[tuple[object, ...]]]:
        """Everything in the three tables."""
        with open_database(str(self.database)).read() as connection:
            return {
                table: [tuple(row) for row in connection.execute(text(f"SELECT * FROM {table} ORDER BY 1"))]
                for table in ("registers", "stations", "station_changes")
            }


@pytest.fixture(scope="session")
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The user's data folder with the outlines' cache, which takes some seconds to build."""
    folder = tmp_path_factory.mktemp("data")
    assert len(wire(settings_from({"YIHUI_DATA_FOLDER": str(folder)})).outlines)
    return folder


@pytest.fixture
def desk(
    data_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Desk:
    monkeypatch.setenv("YIHUI_DATA_FOLDER", str(data_folder))
    monkeypatch.delenv("YIHUI_DATABASE_URL", raising=False)
    return Desk(tmp_path, tmp_path / "yihui.db", capsys)


@pytest.fixture(scope="session")
def filled_database(data_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database into which GOOD was imported, to be copied."""
    folder = tmp_path_factory.mktemp("filled")
    database, file = folder / "yihui.db", folder / "stations.csv"
    file.write_text(GOOD, encoding="utf-8")
    wiring = wire(settings_from({"YIHUI_DATA_FOLDER": str(data_folder)}, str(database)))
    order = Order(Request(file, Datum.WGS84), False, False, False, None, True)
    with contextlib.redirect_stdout(io.StringIO()):
        assert carry_out(wiring, order) == 0
    wiring.database.close()  # the last connection brings the write-ahead log in
    return database


@pytest.fixture
def filled(desk: Desk, filled_database: Path) -> Desk:
    shutil.copy(filled_database, desk.database)
    return desk


def geodesic_m(start: tuple[float, float], end: tuple[float, float]) -> float:
    return float(Geod(ellps="WGS84").inv(*start, *end)[2])


# --- what works


def test_a_register_is_imported_and_again_without_any_change(desk: Desk) -> None:
    file = desk.file(GOOD)
    first = desk("import", file, "--datum", "wgs84")
    assert first.code == 0
    assert "新增 3" in first.out
    assert "名称" in first.err
    assert "没有位置的驿站" in first.err
    before = desk.contents()
    again = desk("import", file, "--datum", "wgs84")
    assert "未变 3" in again.out
    assert desk.contents() == before


def test_a_dry_run_says_what_would_change_and_writes_nothing(filled: Desk) -> None:
    before = filled.contents()
    file = filled.file(GOOD.replace("117.0204", "117.0304") + "D,新站,驿站,,,,,,,\n")
    said = filled("import", file, "--datum", "wgs84", "--dry-run", "--json")
    document = said.json()
    assert document["written"] is False
    diff = document["diff"]
    assert isinstance(diff, dict)
    ((moved,), added, unchanged) = diff["moved"], diff["added"], diff["unchanged"]
    assert moved["distance_m"] == pytest.approx(geodesic_m((117.0204, 36.6683), (117.0304, 36.6683)))
    assert (added, unchanged) == (1, 2)
    assert filled.contents() == before


def test_the_nearest_places_are_told_in_the_shape_that_others_rely_on(filled: Desk) -> None:
    said = filled("nearest", "117.0254", "36.6683", "--datum", "wgs84", "-k", "5", *AT, "--json")
    document = said.json()
    assert set(document) == {"query", "results", "skipped", "grown_to_m", "first_to_open"}
    query, results = document["query"], document["results"]
    assert isinstance(query, dict)
    assert isinstance(results, list)
    assert (query["lon"], query["lat"], query["datum"], query["k"]) == (117.0254, 36.6683, "wgs84", 5)
    assert query["at"] == "2026-10-03T23:10:00+08:00"
    assert [hit["id"] for hit in results] == ["A", "B"]
    promised = {"id", "name", "kind", "lon", "lat", "distance_m", "state", "until", "entry", "verified_on"}
    assert promised <= set(results[0])
    geodesic = geodesic_m((117.0254, 36.6683), (117.0204, 36.6683))
    assert results[0]["distance_m"] == pytest.approx(geodesic, abs=0.001)
    assert (results[0]["state"], results[0]["entry"], results[0]["facilities"]) == (
        "open",
        "walk_in",
        ["charging", "water"],
    )
    assert (results[1]["state"], results[1]["until"], results[1]["entry"]) == (
        "closed",
        "2026-10-04T09:00:00+08:00",
        "staff",
    )


def test_a_closed_place_is_skipped_and_the_reason_told(filled: Desk) -> None:
    said = filled(
        "nearest", "117.0254", "36.6733", "--datum", "wgs84", *AT, "--open", "--travel", "walk", "--json"
    )
    document = said.json()
    results, skipped = document["results"], document["skipped"]
    assert isinstance(results, list)
    assert isinstance(skipped, list)
    assert [hit["id"] for hit in results] == ["A"]
    assert results[0]["minutes"] > 10
    assert (skipped[0]["id"], skipped[0]["distance_m"]) == ("B", 0.0)
    assert skipped[0]["reason"]


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        (("--kind", "mother_room"), ["B"]),
        (("--kind", "mother_room", "--kind", "outdoor_station"), ["A", "B"]),
        (("--facility", "充电"), ["A"]),
        (("--facility", "water", "--facility", "charging"), ["A"]),
        (("--entry", "staff"), ["B"]),
        (("--access", "public"), []),
        (("--within-m", "100"), ["A"]),
        (("--usable",), ["A"]),
        (("--register", "stations"), ["A", "B"]),
        (("--stay-min", "30"), ["A"]),
        (("--verified-within-days", "30"), []),
        (("--employer", "环卫所"), ["A", "B"]),
        (("--benefit", "summer-cooling"), []),
    ],
)
def test_filters_are_obeyed(filled: Desk, options: tuple[str, ...], ids: list[str]) -> None:
    results = filled("nearest", "117.0204", "36.6683", "--datum", "wgs84", *AT, *options, "--json").json()[
        "results"
    ]
    assert isinstance(results, list)
    assert [hit["id"] for hit in results] == ids


def test_the_answer_is_in_the_datum_of_the_question(filled: Desk) -> None:
    results = filled("nearest", "117.0264", "36.6687", "--datum", "gcj02", *AT, "--json").json()["results"]
    assert isinstance(results, list)
    assert results[0]["lon"] == pytest.approx(117.0263, abs=0.0005)
    assert results[0]["distance_m"] < 60


def test_many_points_are_answered_one_line_each(filled: Desk) -> None:
    file = filled.file("lon,lat\n117.0204,36.6683\n117.0254,36.6733\n", "points.csv")
    said = filled("nearest", "--points", file, "--datum", "wgs84", "-k", "1", *AT)
    documents = [json.loads(line) for line in said.out.splitlines()]
    assert [document["results"][0]["id"] for document in documents] == ["A", "B"]
    assert [document["query"]["row"] for document in documents] == [2, 3]


def test_people_read_distance_state_entry_and_origin(filled: Desk) -> None:
    out = filled("nearest", "117.0204", "36.6683", "--datum", "wgs84", *AT).out
    for words in (
        "泉城路驿站",
        "0 m",
        "开",
        "直接进",
        "未核实过",
        "大明湖妈妈小屋",
        "关，到 10-04 09:00",
        "找工作人员",
    ):
        assert words in out


def test_a_search_that_grew_says_so_and_names_the_first_to_open(filled: Desk) -> None:
    asked = ("nearest", "117.0254", "36.6733", "--datum", "wgs84", *AT, "--open", "--within-m", "100")
    assert "100 米内没有合适的站点，已扩大到 800 米" in filled(*asked).out
    mother_rooms = filled(*asked, "--kind", "mother_room").out
    assert "最先开门的：大明湖妈妈小屋，就在这里 0 米，10-04 09:00 开门" in mother_rooms


def test_everything_is_said_in_english_too(filled: Desk) -> None:
    filled.lang = "en"
    out = filled("nearest", "117.0204", "36.6683", "--datum", "wgs84", *AT).out
    assert "closed until 10-04 09:00" in out
    assert "ask the staff" in out


def test_one_station_is_shown_with_its_history(filled: Desk) -> None:
    assert "泉城路1号" in filled("show", "A").out
    document = filled("show", "A", "--json").json()
    history = document["history"]
    assert isinstance(history, list)
    assert [(entry["change"], entry["cause"]) for entry in history] == [("added", "stations.csv")]


def test_a_place_that_is_not_placed_is_listed_by_its_district(filled: Desk) -> None:
    listed = json.loads(filled("list", "--district", "370102", "--json").out)
    assert [(row["id"], row["lon"]) for row in listed] == [("A", 117.0204), ("B", 117.0254), ("C", None)]
    assert "未定位" in filled("list", "--district", "3701").out
    assert json.loads(filled("list", "--district", "370103", "--json").out) == []
    assert json.loads(filled("registers", "--json").out)[0]["stations"] == 3


@pytest.mark.parametrize(
    ("suffix", "datum"),
    [
        *((suffix, "wgs84") for suffix in ("csv", "xlsx", "json", "geojson", "gpkg", "parquet")),
        *((suffix, "gcj02") for suffix in ("csv", "xlsx", "json")),
    ],
)
def test_an_export_comes_back_in_without_a_change(filled: Desk, suffix: str, datum: str) -> None:
    file = str(filled.folder / f"out.{suffix}")
    assert filled("export", file, "--datum", datum).code == 0
    diff = filled("import", file, "--register", "stations", "--dry-run", "--json").json()["diff"]
    assert isinstance(diff, dict)
    moved = [move for move in diff["moved"] if datum == "wgs84" or move["distance_m"] > 0.02]
    assert (diff["added"], moved, diff["changed"], diff["gone"]) == (0, [], [], [])


@pytest.mark.parametrize("suffix", ["geojson", "gpkg", "parquet"])
def test_a_format_that_is_wgs84_is_not_written_in_another_datum(filled: Desk, suffix: str) -> None:
    file = filled.folder / f"out.{suffix}"
    said = filled("export", str(file), "--datum", "gcj02")
    assert (said.code, file.exists()) == (1, False)
    assert "gcj02" in said.err


def test_a_geojson_goes_to_standard_output(filled: Desk) -> None:
    features = filled("export", "-", "--format", "geojson").json()["features"]
    assert isinstance(features, list)
    assert len(features) == 3


def test_a_mapping_file_beside_the_register_is_taken_by_itself(desk: Desk) -> None:
    file = desk.file("店,x,y\n驿站,117.02,36.66\n")
    desk.file(
        "datum: wgs84\nregister: 名册\nsource: 某局\ncolumns: {name: 店}\nconstants: {kind: library}\n",
        "stations.csv.columns.yaml",
    )
    assert desk("import", file).code == 0
    assert json.loads(desk("registers", "--json").out)[0]["name"] == "名册"
    (row,) = json.loads(desk("list", "--json").out)
    assert (row["kind"], row["source"]) == ("library", "某局")


def test_hours_that_can_not_be_understood_are_kept_told_and_answered_as_unknown(desk: Desk) -> None:
    file = desk.file("名称,类型,经度,纬度,开放时间\n驿站,驿站,117.02,36.66,看老板心情\n")
    said = desk("import", file, "--datum", "wgs84")
    assert said.code == 1
    assert "stations.csv:2" in said.err
    assert "看老板心情" in said.err
    assert "新增 1" in said.out
    results = desk("nearest", "117.02", "36.66", "--datum", "wgs84", *AT, "--json").json()["results"]
    assert isinstance(results, list)
    assert (results[0]["state"], results[0]["hours_text"]) == ("unknown", "看老板心情")
    checked = desk("check", "--only", "hours_not_understood", "--json")
    (finding,) = json.loads(checked.out)["findings"]
    assert (checked.code, finding["severity"]) == (0, "warning")  # unknown sends nobody to a locked door
    assert "看老板心情" in finding["message"]
    assert desk("import", file, "--datum", "wgs84", "--partial").code == 0


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (GOOD.encode("gb18030"), "GB18030"),
        (GOOD.encode("utf-8-sig"), "UTF-8 with a byte order mark"),
        (GOOD.replace("\n", "\r\n").encode(), "CRLF"),
        (GOOD.replace("泉城路1号", '"泉城路1号\r\n一楼"').encode(), "a quoted line break"),
    ],
)
def test_ways_to_save_a_csv_that_are_no_fault(desk: Desk, content: bytes, why: str) -> None:
    said = desk("import", desk.file(content), "--datum", "wgs84")
    assert said.code == 0, why
    assert ("GB18030" in said.err) == (why == "GB18030")
    assert {row["name"] for row in json.loads(desk("list", "--json").out)} == {
        "泉城路驿站",
        "大明湖妈妈小屋",
        "没有位置的驿站",
    }


# --- what bad input gets

HEAD = "名称,类型,经度,纬度,区县,备注\n"
FINE = "好站,驿站,117.0204,36.6683,历下区,\n"
WGS84 = ("--datum", "wgs84")


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
    "an unknown district": Bad(f"{HEAD}{FINE}站,驿站,117.02,36.66,高新区,\n", "bad.csv:3", "高新区"),
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
XLSX_HEAD = ["名称", "类型", "经度", "纬度"]
POINT = {"type": "Point", "coordinates": [117.02, 36.66]}


def geopackage(crs: int, *layers: str) -> bytes:
    frame = gpd.GeoDataFrame(
        {"name": ["站"], "kind": ["library"]}, geometry=gpd.points_from_xy([117.02], [36.66]), crs=crs
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.gpkg"
        for layer in layers:
            frame.to_file(path, layer=layer)
        return path.read_bytes()


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
    said = desk("import", desk.file(HEAD + "站,驿站,117.02,36.66,高新区,\n" * 30), *WGS84)
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


def test_a_district_that_has_no_station_is_an_empty_list_and_one_that_is_none_a_fault(filled: Desk) -> None:
    for known in ("370103", "槐荫区", "11"):
        said = filled("list", "--district", known)
        assert (said.code, said.out) == (0, ""), known
    for unknown, near in (("999999", "代码"), ("历下", "历下区"), ("Lixia", "代码")):
        said = filled("list", "--district", unknown)
        assert (said.code, said.out) == (1, ""), unknown
        assert near in said.err.split("→")[-1]


def test_a_name_that_only_the_register_knows_finds_its_stations(desk: Desk) -> None:
    wiring = wire(settings_from({"YIHUI_DATA_FOLDER": str(desk.folder)}, str(desk.database)))
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

    assert codes(stations.DATUMS, "|") == {datum.value for datum in Datum}
    assert set(labels.KINDS) == {kind.value for kind in Kind}
    assert set(labels.ENTRIES) == {entry.value for entry in Entry}
    assert set(labels.ACCESSES) == {access.value for access in Access}


# --- other ways to say where a place is


@pytest.mark.parametrize(
    "content",
    [
        '名称,类型,坐标\n站,驿站,"117.0204，36.6683"\n',
        '名称,类型,坐标\n站,驿站,"36.6683, 117.0204"\n',
        "名称,类型,经纬度\n站,驿站,117.0204 36.6683\n",
        '名称,类型,经度,纬度\n站,驿站,"117.0204，36.6683",\n',
        "名称,类型,经度,纬度\n站,驿站,117°1′13.44″,36°40′5.88″\n",
        "名称,类型,经度,纬度\n站,驿站,东经117度1分13.44秒,北纬36度40分5.88秒\n",
        "名称,类型,经度,纬度\n站,驿站,１１７．０２０４,３６．６６８３\n",
    ],
)
def test_a_place_is_where_its_row_says_however_it_is_written(desk: Desk, content: str) -> None:
    assert desk("import", desk.file(content), *WGS84).code == 0
    (row,) = json.loads(desk("list", "--json").out)
    assert (row["lon"], row["lat"]) == pytest.approx((117.0204, 36.6683), abs=1e-9)


def test_each_row_may_name_its_datum(desk: Desk) -> None:
    rows = "".join(
        f"{word},驿站,{lon!r},{lat!r},{word}\n"
        for word, datum in (("高德", Datum.GCJ02), ("BD-09", Datum.BD09), ("天地图", Datum.CGCS2000))
        for lon, lat in from_wgs84([(117.0204, 36.6683)], datum).tolist()
    )
    assert desk("import", desk.file("名称,类型,经度,纬度,坐标系\n" + rows)).code == 0
    for row in json.loads(desk("list", "--json").out):
        assert (row["lon"], row["lat"]) == pytest.approx((117.0204, 36.6683), abs=1e-7)


def test_a_geopackage_needs_no_datum_and_one_that_agrees_does_no_harm(desk: Desk) -> None:
    file = desk.file(geopackage(4326, "a"), "x.gpkg")
    assert desk("import", file).code == 0
    assert desk("import", file, "--datum", "cgcs2000").code == 0
    (row,) = json.loads(desk("list", "--json").out)
    assert (row["lon"], row["lat"]) == (117.02, 36.66)


def test_a_sheet_may_be_named_in_the_mapping_file(desk: Desk) -> None:
    book = workbook(
        {"甲": [XLSX_HEAD, ["一", "驿站", 117.02, 36.66]], "乙": [XLSX_HEAD, ["二", "驿站", 117.02, 36.66]]}
    )
    desk.file("datum: wgs84\nlayer: 乙\n", "x.xlsx.columns.yaml")
    assert desk("import", desk.file(book, "x.xlsx")).code == 0
    assert [row["name"] for row in json.loads(desk("list", "--json").out)] == ["二"]


# --- the datum check


@pytest.fixture(scope="session")
def places(data_folder: Path) -> list[tuple[float, float, str]]:
    """1,200 places of Shandong by towns, each with its district's code."""
    districts = wire(settings_from({"YIHUI_DATA_FOLDER": str(data_folder)})).outlines
    rng = np.random.default_rng(7)
    towns = rng.uniform((115.5, 35.0), (120.5, 37.5), (600, 2))
    points = towns[rng.integers(0, 600, 3_000)] + rng.normal(0, 0.03, (3_000, 2))
    codes = districts.assign(points).code
    inside = [
        (lon, lat, code)
        for (lon, lat), code in zip(points.tolist(), codes, strict=True)
        if str(code)[:2] == "37"
    ]
    return inside[:1_200]


def register_in(places: list[tuple[float, float, str]], datum: Datum) -> str:
    points = from_wgs84([(lon, lat) for lon, lat, _ in places], datum).round(6).tolist()
    rows = (
        f"站{i},驿站,{lon},{lat},{code}\n"
        for i, ((lon, lat), (_, _, code)) in enumerate(zip(points, places, strict=True))
    )
    return "名称,类型,经度,纬度,区划代码\n" + "".join(rows)


@pytest.mark.parametrize("true", [Datum.WGS84, Datum.GCJ02, Datum.BD09])
def test_asking_for_the_datum_tells_it_with_figures_and_imports_nothing(
    desk: Desk, places: list[tuple[float, float, str]], true: Datum
) -> None:
    file = desk.file(register_in(places, true))
    said = desk("import", file, "--datum", "ask")
    assert said.code == 0
    assert f"{true} 明显最吻合" in said.out
    assert all(datum in said.out for datum in ("wgs84", "gcj02", "bd09"))
    document = desk("import", file, "--datum", "ask", "--json").json()
    assert (document["best"], document["sure"], document["compared"]) == (true.value, True, 1_200)
    assert json.loads(desk("registers", "--json").out) == []


def test_a_datum_that_fits_clearly_worse_is_warned_of_with_figures(
    desk: Desk, places: list[tuple[float, float, str]]
) -> None:
    file = desk.file(register_in(places, Datum.BD09))
    said = desk("import", file, "--datum", "gcj02", "--json")
    assert said.code == 1
    (warning,) = [error for error in said.json()["errors"] if error["field"] == "datum"]  # type: ignore[attr-defined]
    assert (warning["severity"], warning["value"]) == ("warning", "gcj02")
    assert "bd09" in warning["message"]
    assert "%" in warning["message"]
    right = desk("import", desk.file(register_in(places, Datum.BD09), "right.csv"), "--datum", "bd09")
    assert right.code == 0
    assert "坐标系核对：按 bd09" in right.err


def test_two_datums_in_one_file_are_told_with_their_rows(
    desk: Desk, places: list[tuple[float, float, str]]
) -> None:
    head, *rows = register_in(places, Datum.WGS84).splitlines()
    foreign = register_in(places, Datum.BD09).splitlines()[1:]
    mixed = "\n".join([head, *rows[:700], *foreign[700:]]) + "\n"
    errors = desk("import", desk.file(mixed), *WGS84, "--json").json()["errors"]
    assert isinstance(errors, list)
    first, *strays = [error for error in errors if error["field"] == "datum"]
    assert "bd09" in first["message"]
    assert abs(first["row"] - 702) < 60
    assert strays
    assert all(stray["row"] > 640 and stray["value"].endswith(" m") for stray in strays)


def test_where_no_row_names_a_district_nothing_can_be_told(desk: Desk) -> None:
    said = desk("import", desk.file("名称,类型,经度,纬度\n站,驿站,117.02,36.66\n"), "--datum", "ask")
    assert said.code == 0
    assert "区县" in said.out


# --- the real register


@pytest.mark.needs("shared")
def test_the_real_nursing_rooms_come_in_whole_and_the_messy_rows_are_told(desk: Desk, shared: Path) -> None:
    file = str(shared / "stations" / "tw_nursing_rooms_geocoded.json")
    mapping = desk.file(
        "datum: wgs84\nsource: 政府資料開放平臺 23750, 23858\nconstants: {calendar: TW}\n", "tw.yaml"
    )
    said = desk("import", file, "--columns", mapping, "--register", "tw", "--partial", "--json")
    assert said.code == 0
    document = said.json()
    assert (document["read"], document["left_out"], document["not_placed"]) == (3977, 0, 2)
    errors = document["errors"]
    assert isinstance(errors, list)
    assert {error["severity"] for error in errors} == {"warning"}
    assert "國立政治大學" in {error["value"] for error in errors}
    rows = json.loads(desk("list", "--json").out)
    assert len(rows) == 3977
    assert len({row["id"] for row in rows}) == 3977
    not_placed = [row for row in rows if row["lon"] is None]
    assert {row["district_name"] for row in not_placed} == {"竹山鎮", "土城區"}
    assert {row["district"] for row in not_placed} == {"710008", "710012"}
    assert all("  " not in row["address"] for row in rows)
    again = desk("import", file, "--columns", mapping, "--register", "tw", "--partial", "--json").json()[
        "diff"
    ]
    assert isinstance(again, dict)
    assert again["unchanged"] == 3977
    results = desk("nearest", "121.5170", "25.0478", "--datum", "wgs84", *AT, "--usable", "--json").json()[
        "results"
    ]
    assert isinstance(results, list)
    assert len(results) == 5
    assert {hit["source"] for hit in results} == {"政府資料開放平臺 23750, 23858"}
    assert all(hit["distance_m"] < 500 for hit in results)


STATUTORY = """source: 政府資料開放平臺 23758
placed: false
columns:
  name: 場所名稱
  city: 縣市
  district: 鄉/鎮/市/區
  address: [縣市, 鄉/鎮/市/區, 村/里, 大道/路/街/地區, 段, 巷/弄/衖, 號, 樓（之~）]
constants: {kind: mother_room, calendar: TW}
"""


@pytest.mark.needs("shared")
def test_the_nursing_rooms_as_published_come_in_but_for_the_one_without_a_name(
    desk: Desk, shared: Path
) -> None:
    """Row 2888 is the second house of the museum above it; its name's cell is empty."""
    file = str(shared / "stations" / "tw_nursing_statutory_115-01_raw.csv")
    mapping = desk.file(STATUTORY, "tw.yaml")
    refused = desk("import", file, "--columns", mapping, "--json")
    assert refused.code == 1
    assert json.loads(desk("registers", "--json").out) == []
    said = desk("import", file, "--columns", mapping, "--partial", "--json").json()
    assert (said["read"], said["left_out"], said["not_placed"]) == (2_772, 1, 2_772)
    errors = said["errors"]
    assert isinstance(errors, list)
    assert [(e["row"], e["field"]) for e in errors if e["severity"] == "error"] == [(2888, "場所名稱")]
    rows = json.loads(desk("list", "--unplaced", "--json").out)
    assert len(rows) == 2_772
    assert all(row["district"] and row["district"].startswith(("71", "35")) for row in rows)
    again = desk("import", file, "--columns", mapping, "--partial", "--json").json()["diff"]
    assert isinstance(again, dict)
    assert (again["unchanged"], again["kept"]) == (2_772, 0)


@pytest.mark.needs("shared")
def test_the_real_union_stations_come_in_with_their_datum_and_their_zones_told(
    desk: Desk, shared: Path
) -> None:
    file = str(shared / "local-only" / "cn_union_stations_zhengzhou_zhaoqing.csv")
    said = desk("import", file, "--kind", "outdoor_station", "--partial", "--json").json()
    assert (said["datum"], said["rows"], said["not_placed"]) == ("gcj02", 86, 60)
    assert (said["read"], said["left_out"]) == (82, 4)
    errors = said["errors"]
    assert isinstance(errors, list)
    zones = {error["value"] for error in errors if error["severity"] == "error"}
    assert zones == {"高新区", "经开区", "郑东新区", "航空港区"}
    check = said["datum_checks"]["gcj02"]  # type: ignore[index]
    assert check["compared"] > 15
    assert check["sure"] is False
    placed = [row for row in json.loads(desk("list", "--json").out) if row["lon"] is not None]
    assert len(placed) == 22
    assert all(112.0 < row["lon"] < 115.0 for row in placed)


@pytest.mark.needs("shared")
def test_the_real_offices_come_in_but_for_the_placeholders(desk: Desk, shared: Path) -> None:
    file = str(shared / "local-only" / "jinan_hrss_offices_2018_gcj02.csv")
    said = desk("import", file, "--kind", "service_centre", "--datum", "gcj02", "--partial", "--json").json()
    assert (said["rows"], said["read"], said["left_out"]) == (174, 89, 85)
    errors = said["errors"]
    assert isinstance(errors, list)
    assert {error["value"] for error in errors if error["severity"] == "error"} == {"116, 36", "117, 36"}
    rows = json.loads(desk("list", "--json").out)
    assert {row["district"][:4] for row in rows} == {"3701"}


@pytest.mark.needs("shared")
def test_the_real_nursing_rooms_speak_wgs84(desk: Desk, shared: Path) -> None:
    file = str(shared / "stations" / "tw_nursing_rooms_geocoded.json")
    document = desk("import", file, "--datum", "ask", "--kind", "mother_room", "--json").json()
    assert (document["best"], document["sure"]) == ("wgs84", True)
