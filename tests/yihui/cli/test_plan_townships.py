"""plan coverage, plan gaps and a report by township: outlines of the built streets, of the user's file, or none."""

import json
from collections import Counter
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from geo.datum import Datum
from geo.registry.diff import Register
from geo.registry.stations import import_stations
from geo.station import Access, Kind, Station, Status
from tests.township_town import (
    LIXIA_EAST,
    LIXIA_MIDDLE,
    LIXIA_WEST,
    build_townships,
    write_own_townships,
)
from tests.yihui.commands import Command, Done
from yihui.bootstrap import build_wiring, load_settings

FRIDAY = "2026-09-18T10:00+08:00"

# In each township of 历下区 some orders, more in its rest (by the hills), and some in 市中区, of which none is known.
ORDERS = """lon,lat,orders
117.0400,36.6600,100
117.0800,36.6600,40
117.1200,36.6600,20
117.0800,36.6100,7
116.9500,36.6300,5
"""
PLACES = (
    ("泉城驿站", 117.04, 36.66, Status.ACTIVE),
    ("关闭的驿站", 117.12, 36.66, Status.CLOSED_FOR_GOOD),
    ("山脚驿站", 117.08, 36.61, Status.ACTIVE),
    ("没有位置的驿站", None, None, Status.ACTIVE),
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, data_folder: Path) -> Path:
    """A folder with a register and the townships of an extract; tests only read it."""
    folder = tmp_path_factory.mktemp("townships")
    wiring = build_wiring(load_settings({"YIHUI_DATA_FOLDER": str(data_folder)}, str(folder / "plan.db")))
    build_townships(wiring, folder)
    stations = [
        Station(id=name, name=name, kind=Kind.OUTDOOR_STATION, lon=lon, lat=lat, status=status, district="370102",
                hours_text="24小时", access=Access.PUBLIC, calendar="CN")
        for name, lon, lat, status in PLACES
    ]  # fmt: skip
    with wiring.database.write() as connection:
        import_stations(connection, Register("r", "示例", "r.csv", "1"), stations, wiring.now())
    wiring.close()
    (folder / "orders.csv").write_text(ORDERS, encoding="utf-8")
    return folder


@pytest.fixture
def streets(built: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("YIHUI_STREETS", str(built / "streets"))
    return built / "streets"


@pytest.fixture
def plan(built: Path, on_register: Command, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setenv("YIHUI_NOW", FRIDAY)

    def asked(command: str, *arguments: object, lang: str = "zh") -> Done:
        usual = ("--area", "370100", "--demand", built / "orders.csv", "--demand-datum", "wgs84")
        line = {"report": ("report", "coverage"), "map": ("map",)}.get(command, ("plan", command))
        return on_register("--db", built / "plan.db", *line, *usual, *arguments, lang=lang)

    return asked


def own_file(tmp_path: Path, *rows: tuple[str, str, tuple[float, float, float, float]]) -> Path:
    path = tmp_path / "own.geojson"
    frame = gpd.GeoDataFrame(
        {"code": [code for code, *_ in rows], "name": [name for _, name, _ in rows]},
        geometry=[shapely.box(*box) for *_, box in rows],
        crs="EPSG:4326",
    )
    frame.to_file(path, driver="GeoJSON")
    return path


def by_township(plan: Command, *arguments: object) -> dict[str, tuple[float, float]]:
    done = plan("coverage", "--by", "township", *arguments, "--json")
    assert done.code == 0, done.words
    return {row["name"]: (row["demand"], row["served"]) for row in json.loads(done.out)["tables"]["areas"]}


def test_coverage_goes_down_to_townships_and_keeps_the_sums(plan: Command, streets: Path) -> None:
    assert by_township(plan) == {
        "历下区泉城路街道": (100, 100),
        "历下区建筑新村街道": (40, 0),
        "历下区<b>智远</b>街道": (20, 0),
        "历下区其余地区": (7, 7),
        "市中区": (5, 0),
    }
    counties = json.loads(plan("coverage", "--json").out)
    towns = json.loads(plan("coverage", "--by", "township", "--json").out)
    for county in counties["tables"]["areas"]:
        inside = [row for row in towns["tables"]["areas"] if row["code"][:6] == county["code"]]
        assert sum(row["demand"] for row in inside) == county["demand"]
        assert sum(row["served"] for row in inside) == county["served"]
    source = towns["figures"]["townships"]["source"]
    assert source == "乡镇街道：12 个区县中的 2 个有，共 4 个，边界 © OpenStreetMap 贡献者（ODbL）"
    assert "townships" not in counties["figures"]
    assert counties["figures"]["covered"]["demand"] == towns["figures"]["covered"]["demand"]


@pytest.mark.endure
@pytest.mark.parametrize("command", ["coverage", "access"])
def test_townships_without_any_demand_are_counted(plan: Command, tmp_path: Path, command: str) -> None:
    own = own_file(
        tmp_path,
        ("370102001", "甲街道", LIXIA_WEST),
        ("370102002", "空街道", (117.10, 36.62, 117.11, 36.63)),
    )
    arguments = ("--by", "township", "--townships", own)
    told = json.loads(plan(command, *arguments, "--json").out)
    assert told["figures"]["townships_not_listed"]["count"] == 1
    assert "历下区空街道" not in {row["name"] for row in told["tables"]["areas"]}
    assert "有 1 个乡镇街道内没有需求点，未列出" in plan(command, *arguments).out
    assert "townships_not_listed" not in json.loads(plan(command, "--json").out)["figures"]


@pytest.mark.endure
def test_the_users_outlines_win_over_those_of_the_streets(
    plan: Command, streets: Path, tmp_path: Path
) -> None:
    own = own_file(tmp_path, ("370102009", "自绘街道", (117.02, 36.64, 117.10, 36.68)))
    assert by_township(plan, "--townships", own) == {
        "历下区自绘街道": (140, 100),
        "历下区其余地区": (27, 7),
        "市中区": (5, 0),
    }
    done = plan("gaps", "--at", FRIDAY, "--townships", own)
    assert "历下区自绘街道，泉城驿站" in done.out
    assert "边界来自 own.geojson" in done.out


def test_without_outlines_gaps_say_so_and_coverage_refuses(plan: Command) -> None:
    done = plan("gaps", "--at", FRIDAY)
    assert (done.code, "乡镇街道：这里没有边界，因此最小到区县" in done.out) == (0, True)
    assert json.loads(plan("gaps", "--at", FRIDAY, "--json").out)["tables"]["lasting"][0]["township"] is None
    for command in ("coverage", "access"):
        refused = plan(command, "--by", "township")
        assert (refused.code, refused.out) == (1, "")
        assert "370100 没有乡镇街道边界" in refused.err


def test_every_faulty_outline_of_the_users_is_named(plan: Command, tmp_path: Path) -> None:
    far, off = (117.5, 36.5, 117.6, 36.6), (116.7, 36.4, 116.8, 36.5)
    file = own_file(
        tmp_path,
        *(("370102001", "甲街道", far), ("370199001", "乙街道", off), ("370102002", "丙街道", LIXIA_EAST)),
    )
    done = plan("gaps", "--townships", file)
    assert done.code == 1
    assert "边界 370102001 不在其代码所属的历下区内" in done.err
    assert "代码 370199001 的前六位不是该地区的区县" in done.err
    assert "370102002" not in done.err
    levels = own_file(tmp_path, ("370102", "历下区", LIXIA_WEST), ("370102001002", "某社区", LIXIA_MIDDLE))
    done = plan("gaps", "--townships", levels)
    assert done.code == 1
    assert "370102 不是乡镇街道代码" in done.err
    assert "370102001002 不是乡镇街道代码" in done.err
    county = own_file(tmp_path, ("370102000", "历下区", LIXIA_WEST), ("370102000000", "历下区", LIXIA_EAST))
    done = plan("gaps", "--townships", county)
    assert "370102000 不是乡镇街道代码" in done.err
    assert "370102000000 不是乡镇街道代码" in done.err
    both = own_file(tmp_path, ("370102001", "甲", LIXIA_WEST), ("370102001000", "甲", LIXIA_MIDDLE))
    assert "370102001" in plan("gaps", "--townships", both).err
    assert plan("gaps", "--townships", both).code == 1


@pytest.mark.parametrize("command", ["gaps", "coverage", "access", "map"])
def test_an_outline_that_crosses_itself_is_repaired_and_named(
    plan: Command, tmp_path: Path, command: str
) -> None:
    path = tmp_path / "bow.geojson"
    bow = shapely.Polygon([(117.02, 36.64), (117.06, 36.68), (117.06, 36.64), (117.02, 36.68)])
    columns = {"code": ["370102001"], "name": ["结街道"]}
    gpd.GeoDataFrame(columns, geometry=[bow], crs="EPSG:4326").to_file(path)
    usual: tuple[object, ...] = {
        "gaps": ("--at", FRIDAY),
        "map": ("--no-hours", "--out", tmp_path / "map.html"),
    }.get(command, ("--by", "township"))
    for option in ("--townships",) if command == "map" else ("--townships", "--outlines"):
        done = plan(command, *usual, option, path)
        assert (done.code, "有 1 个多边形自相交，已修复：1 结街道" in done.err) == (0, True), done.words


def test_outlines_of_another_meridian_are_one_fault(plan: Command, tmp_path: Path) -> None:
    path = tmp_path / "moved.gpkg"
    frame = gpd.read_file(
        own_file(tmp_path, ("370102001", "甲", LIXIA_WEST), ("370102002", "乙", LIXIA_EAST))
    )
    frame.to_crs("EPSG:4547").set_crs("EPSG:4548", allow_override=True).to_file(path)
    for command, option in (
        ("gaps", "--townships"),
        *((one, "--outlines") for one in ("gaps", "coverage", "access")),
    ):
        done = plan(command, option, path)
        assert (done.code, done.err.count("→")) == (1, 1), done.words
        assert "moved.gpkg: 所有边界都在济南市以外" in done.err
    for option in ("--townships", "--outlines"):
        done = plan("gaps", option, path, "--area", "370000")
        assert (done.code, done.err.count("→")) == (1, 1), done.words
        assert "2 个边界中有 2 个不在其代码所属的区县内" in done.err


def test_options_that_exclude_each_other_are_refused(plan: Command, tmp_path: Path) -> None:
    own = own_file(tmp_path, ("370102001", "甲街道", LIXIA_WEST))
    for command in ("gaps", "coverage", "access"):
        done = plan(command, "--townships", own, "--outlines", own)
        assert done.code == 2
        assert "--townships 和 --outlines 都指定了区域" in done.err
    done = plan("coverage", "--townships", own)
    assert done.code == 2
    assert "请加上 --by township" in done.err
    elsewhere = plan(
        "coverage", "--townships", own, "--by", "township", "--area", "370700", "--demand", "area"
    )
    assert elsewhere.code == 1
    assert "own.geojson" in elsewhere.err


@pytest.mark.endure
def test_own_townships_of_a_report_are_moved_from_their_datum(
    plan: Command, streets: Path, tmp_path: Path
) -> None:
    """A township of 400 m around the first station: in another datum it would lie 600 m beside it."""
    own = write_own_townships(tmp_path / "own.geojson", Datum.GCJ02, 117.038, 36.658, 117.042, 36.662)
    found = {}
    for datum in ("gcj02", "wgs84"):
        done = plan("report", "--townships", own, "--townships-datum", datum, "--json")
        assert done.code == 0, done.words
        rows = {row["code"]: row["demand"] for row in json.loads(done.out)["tables"]["townships"]}
        found[datum] = rows.get("370102001")
    assert found == {"gcj02": 100, "wgs84": 0}
    wrong = plan("report", "--townships", own, "--townships-datum", "moon", "--json")
    assert [one["field"] for one in json.loads(wrong.out)["errors"]] == ["--townships-datum"]


def test_a_datum_of_townships_without_their_file_is_refused(plan: Command) -> None:
    done = plan("report", "--townships-datum", "gcj02", "--json")
    assert done.code == 1
    assert [one["field"] for one in json.loads(done.out)["errors"]] == ["--townships-datum"]


def test_a_report_goes_down_to_townships_whose_rows_sum_up_to_the_counties(
    plan: Command, streets: Path
) -> None:
    done = plan("report", "--json")
    assert done.code == 0, done.words
    told = json.loads(done.out)
    rows = {row["code"]: row for row in told["tables"]["townships"]}
    names = {
        row["name"]: (row["demand"], row["served"], row["places"], row["usable"]) for row in rows.values()
    }
    assert names == {
        "历下区泉城路街道": (100, 100, 1, 1),
        "历下区建筑新村街道": (40, 0, 0, 0),
        "历下区<b>智远</b>街道": (20, 0, 0, 0),
        "历下区其余地区": (7, 7, 2, 1),
        "市中区": (5, 0, 0, 0),
        "长清区文昌街道": (0, 0, 0, 0),
    }
    sums: Counter[tuple[str, str]] = Counter()
    for code, row in rows.items():
        for figure in ("demand", "served", "night_served", "places", "usable"):
            sums[code[:6], figure] += row[figure]
    for county in told["tables"]["counties"]:
        for figure in ("demand", "served", "night_served", "places", "usable"):
            assert sums[county["code"], figure] == county[figure], (county["name"], figure)
    note = told["figures"]["townships"]["note"]
    assert note.startswith("乡镇街道：12 个区县中的 2 个有，共 4 个，边界 © OpenStreetMap")
    gaps = {gap["demand"]: gap["township_code"] for gap in told["tables"]["gaps"]}
    assert gaps[40] == (next(code for code, row in rows.items() if "建筑新村" in row["name"]))
