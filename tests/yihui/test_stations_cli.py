"""yihui stations, as a user types it: what works, and what every bad input gets."""

import contextlib
import csv
import io
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from pyproj import Geod
from sqlalchemy import text

from geo.crs import Datum
from geo.station import Access, Entry, Kind
from store import open_database
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
    assert set(document) == {"query", "results", "skipped"}
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


@pytest.mark.parametrize("suffix", ["csv", "json"])
@pytest.mark.parametrize("datum", ["wgs84", "gcj02"])
def test_an_export_comes_back_in_without_a_change(filled: Desk, suffix: str, datum: str) -> None:
    file = str(filled.folder / f"out.{suffix}")
    assert filled("export", file, "--datum", datum).code == 0
    diff = filled("import", file, "--register", "stations", "--dry-run", "--json").json()["diff"]
    assert isinstance(diff, dict)
    moved = [move for move in diff["moved"] if move["distance_m"] > 0.02]
    assert (diff["added"], moved, diff["changed"], diff["gone"]) == (0, [], [], [])


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
    checked = desk("check", "--json")
    assert checked.code == 1
    assert checked.json()["hours_not_understood"]
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
    "GeoJSON without features": Bad('{"type": "FeatureCollection"}', "bad.json", "0", WGS84, "bad.json"),
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
