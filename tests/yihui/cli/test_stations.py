"""yihui stations, as a user types it: what works, and what every bad input gets."""

import csv
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from geo.crs import from_wgs84
from geo.datum import Datum
from geo.registry.diff import Register
from geo.registry.stations import import_stations
from geo.station import Kind, Station
from tests.core.sheets.workbooks import workbook
from tests.yihui.officer_commands import AT, GOOD, WGS84, XLSX_HEAD, Desk, geodesic_m
from yihui.bootstrap import build_wiring, load_settings


def test_a_register_is_imported_and_again_without_any_change(desk: Desk) -> None:
    first = desk("import", desk.file(GOOD), "--datum", "wgs84")
    assert first.code == 0
    assert "新增 3" in first.out
    assert "名称" in first.err
    assert "没有位置的驿站" in first.err
    before = desk.contents()
    moved = desk.file(GOOD.replace("117.0204", "117.0304"))
    assert desk("import", moved, "--datum", "wgs84", "--dry-run").code == 0
    again = desk("import", desk.file(GOOD), "--datum", "wgs84")
    assert "未变 3" in again.out
    assert desk.contents() == before


def test_the_nearest_places_are_told_in_the_shape_that_others_rely_on(filled: Desk) -> None:
    said = filled("nearest", "117.0254", "36.6683", "--datum", "wgs84", "-k", "5", *AT, "--json")
    document = said.json()
    assert set(document) == {
        "query",
        "results",
        "skipped",
        "grown_to_m",
        "first_to_open",
        "off_streets",
        "beyond",
    }
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


def test_filters_are_obeyed(filled: Desk) -> None:
    for options, ids in (
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
        (("--usable", "--member"), ["A"]),
        (("--not-closed",), ["A"]),
        (("--benefit", "summer-cooling"), []),
    ):
        results = filled(
            "nearest", "117.0204", "36.6683", "--datum", "wgs84", *AT, *options, "--json"
        ).json()["results"]
        assert isinstance(results, list)
        assert [hit["id"] for hit in results] == ids


def test_many_points_are_answered_one_line_each(filled: Desk) -> None:
    file = filled.file("lon,lat\n117.0204,36.6683\n117.0254,36.6733\n", "points.csv")
    said = filled("nearest", "--points", file, "--datum", "wgs84", "-k", "1", *AT)
    documents = [json.loads(line) for line in said.out.splitlines()]
    assert [document["results"][0]["id"] for document in documents] == ["A", "B"]
    assert [document["query"]["row"] for document in documents] == [2, 3]
    total = filled.file("name,lon,lat\n合计,,\n甲,117.0204,36.6683\n", "points.csv")
    said = filled("nearest", "--points", total, "--datum", "wgs84", "-k", "1", *AT)
    assert len(said.out.splitlines()) == 1 and "points.csv:2" in said.err


def test_a_place_that_is_not_placed_is_listed_by_its_district(filled: Desk) -> None:
    listed = json.loads(filled("list", "--district", "370102", "--json").out)
    assert [(row["id"], row["lon"]) for row in listed] == [("A", 117.0204), ("B", 117.0254), ("C", None)]
    assert "未定位" in filled("list", "--district", "3701").out
    assert json.loads(filled("list", "--district", "370103", "--json").out) == []
    assert json.loads(filled("registers", "--json").out)[0]["stations"] == 3


def test_an_export_comes_back_in_without_a_change(filled: Desk) -> None:
    file = str(filled.folder / "out.csv")
    assert filled("export", file, "--datum", "gcj02").code == 0
    diff = filled("import", file, "--register", "stations", "--dry-run", "--json").json()["diff"]
    assert isinstance(diff, dict)
    moved = [move for move in diff["moved"] if move["distance_m"] > 0.02]
    assert (diff["added"], moved, diff["changed"], diff["gone"]) == (0, [], [], [])


def test_a_format_that_is_wgs84_is_not_written_in_another_datum(filled: Desk) -> None:
    for suffix in ("geojson", "gpkg", "parquet"):
        file = filled.folder / f"out.{suffix}"
        said = filled("export", str(file), "--datum", "gcj02")
        assert (said.code, file.exists()) == (1, False)
        assert "gcj02" in said.err


def test_a_layer_in_the_crs_of_a_neighbouring_zone_is_refused_in_one_sentence(desk: Desk) -> None:
    import geopandas as gpd

    columns = {"名称": [f"驿站{n}" for n in range(9)], "类型": ["library"] * 9, "区划代码": ["370102"] * 9}
    points = gpd.points_from_xy([117.05 + n / 1000 for n in range(9)], [36.66] * 9, crs="EPSG:4490")
    layer = gpd.GeoDataFrame(columns, geometry=points).to_crs("EPSG:4547")
    file = desk.folder / "stations.gpkg"
    layer.set_crs("EPSG:4548", allow_override=True).to_file(file)
    said = desk("import", str(file))
    assert said.code == 1 and "相邻投影带" in said.err and said.err.count("→") == 1
    layer.to_file(file)
    assert desk("import", str(file)).code == 0


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


@pytest.fixture(scope="session")
def places(data_folder: Path) -> list[tuple[float, float, str]]:
    """1,200 places of Shandong by towns, each with its district's code."""
    districts = build_wiring(load_settings({"YIHUI_DATA_FOLDER": str(data_folder)})).outlines
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


def test_asking_for_the_datum_tells_it_with_figures_and_imports_nothing(
    desk: Desk, places: list[tuple[float, float, str]]
) -> None:
    file = desk.file(register_in(places, Datum.BD09))
    said = desk("import", file, "--datum", "ask")
    assert said.code == 0
    assert "bd09 明显最吻合" in said.out
    assert all(datum in said.out for datum in ("wgs84", "gcj02", "bd09"))
    document = desk("import", file, "--datum", "ask", "--json").json()
    assert (document["best"], document["sure"], document["compared"]) == ("bd09", True, 1_200)
    assert json.loads(desk("registers", "--json").out) == []


@pytest.mark.parametrize(
    "options",
    [
        pytest.param((), marks=pytest.mark.endure),
        ("--partial",),
        pytest.param(("--dry-run", "--partial"), marks=pytest.mark.endure),
    ],
)
def test_a_datum_that_the_points_contradict_is_refused_and_the_right_one_named(
    desk: Desk, places: list[tuple[float, float, str]], options: tuple[str, ...]
) -> None:
    file = desk.file(register_in(places, Datum.BD09))
    said = desk("import", file, "--datum", "gcj02", *options, "--json")
    assert said.code == 1
    (fault,) = [error for error in said.json()["errors"] if error["field"] == "datum"]  # type: ignore[attr-defined]
    assert fault["severity"] == "error"
    assert "bd09" in fault["message"]
    assert "%" in fault["message"]
    assert "--datum bd09" in fault["remedy"]
    assert "没有别的坐标系" not in said.err
    assert "加 --partial 也一样" in said.err
    assert json.loads(desk("registers", "--json").out) == []
