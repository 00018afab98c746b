"""yihui report coverage: a city and a county by township, a province by county."""

import json
from collections import Counter
from pathlib import Path

import pytest

from geo.datum import Datum
from geo.registry import Register, import_stations
from geo.station import Access, Kind, Station, Status
from tests.township_town import build_townships, write_own_townships
from tests.yihui.commands import Command, commands_through
from yihui.bootstrap import build_wiring, load_settings

FRIDAY = "2026-09-18T10:00+08:00"
ORDERS = "lon,lat,orders\n117.04,36.66,100\n117.08,36.66,40\n117.12,36.66,20\n117.08,36.61,7\n117.1,36.5,5\n"
PLACES = (
    ("a", 117.04, 36.66, Status.ACTIVE),
    ("b", 117.12, 36.66, Status.CLOSED_FOR_GOOD),
    ("c", 117.08, 36.61, Status.ACTIVE),
    ("d", None, None, Status.ACTIVE),
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, data_folder: Path) -> Path:
    """A folder with a register and the townships of an extract; tests only read it."""
    folder = tmp_path_factory.mktemp("townships")
    wiring = build_wiring(load_settings({"YIHUI_DATA_FOLDER": str(data_folder)}, str(folder / "plan.db")))
    build_townships(wiring, folder)
    stations = [
        Station(
            id=id_, name=f"{id_}驿站", kind=Kind.OUTDOOR_STATION, lon=lon, lat=lat, status=status,
            hours_text="24小时", access=Access.PUBLIC, district="370102",
        )
        for id_, lon, lat, status in PLACES
    ]  # fmt: skip
    with wiring.database.write() as connection:
        import_stations(connection, Register("r", "示例", "r.csv", "1"), stations, wiring.now())
    wiring.close()
    (folder / "orders.csv").write_text(ORDERS, encoding="utf-8")
    return folder


@pytest.fixture
def report(
    built: Path, data_folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Command:
    call = commands_through(capsys)
    monkeypatch.setenv("YIHUI_DATA_FOLDER", str(data_folder))
    monkeypatch.setenv("YIHUI_NOW", FRIDAY)
    monkeypatch.setenv("YIHUI_STREETS", str(built / "streets"))
    usual = ("--demand", built / "orders.csv", "--demand-column", "orders", "--demand-datum", "wgs84")
    return lambda *arguments, lang="zh": call(
        "--db", built / "plan.db", "report", "coverage", *usual, *arguments, lang=lang
    )


@pytest.mark.endure
def test_own_townships_of_a_report_are_moved_from_their_datum(report: Command, tmp_path: Path) -> None:
    """A township of 400 m around the first station: in another datum it would lie 600 m beside it."""
    own = write_own_townships(tmp_path / "own.geojson", Datum.GCJ02, 117.038, 36.658, 117.042, 36.662)
    found = {}
    for datum in ("gcj02", "wgs84"):
        done = report("--area", "370100", "--townships", own, "--townships-datum", datum, "--json")
        assert done.code == 0, done.words
        rows = {row["code"]: row["demand"] for row in json.loads(done.out)["townships"]["rows"]}
        found[datum] = rows.get("370102001")
    assert found == {"gcj02": 100, "wgs84": 0}
    wrong = report("--area", "370100", "--townships", own, "--townships-datum", "moon", "--json")
    assert [one["field"] for one in json.loads(wrong.out)["errors"]] == ["--townships-datum"]


def test_a_datum_of_townships_without_their_file_is_refused(report: Command) -> None:
    done = report("--area", "370100", "--townships-datum", "gcj02", "--json")
    assert done.code == 1
    assert [one["field"] for one in json.loads(done.out)["errors"]] == ["--townships-datum"]


def test_a_city_goes_down_to_townships_whose_rows_sum_up_to_the_counties(report: Command) -> None:
    done = report("--area", "370100", "--json")
    assert done.code == 0, done.words
    told = json.loads(done.out)
    rows = {row["code"]: row for row in told["townships"]["rows"]}
    names = {
        row["name"]: (row["demand"], row["served"], row["places"], row["usable"]) for row in rows.values()
    }
    assert names == {
        "历下区泉城路街道": (100, 100, 1, 1),
        "历下区建筑新村街道": (40, 0, 0, 0),
        "历下区<b>智远</b>街道": (20, 0, 0, 0),
        "历下区其余地区": (7, 7, 2, 1),
        "历城区": (5, 0, 0, 0),
        "长清区文昌街道": (0, 0, 0, 0),
    }
    sums: Counter[tuple[str, str]] = Counter()
    for code, row in rows.items():
        for figure in ("demand", "served", "night_served", "places", "usable"):
            sums[code[:6], figure] += row[figure]
    for county in (area for area in told["areas"] if area["level"] == "county"):
        for figure in ("demand", "served", "night_served", "places", "usable"):
            assert sums[county["code"], figure] == county[figure], (county["name"], figure)
    assert told["townships"]["note"].startswith(
        "乡镇街道：12 个区县中的 2 个有，共 4 个，边界 © OpenStreetMap"
    )
    gaps = {gap["demand"]: (gap["district"], gap["township"]) for gap in told["gaps"]["lasting"]}
    assert gaps[40] == ("370102", next(code for code, row in rows.items() if "建筑新村" in row["name"]))
