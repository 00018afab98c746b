"""yihui plan compare: two files, registers or dates, told for people and for programs."""

import csv
import io
import json
import re
import shutil
from contextlib import redirect_stdout
from datetime import UTC, datetime
from pathlib import Path

import pytest

from geo.datum import Datum
from tests.yihui.cli.test_stations import (
    places,  # noqa: F401 a fixture
    register_in,
)
from tests.yihui.commands import Command
from yihui.bootstrap import build_wiring, load_settings
from yihui.cli.station_import import StationImportOrder, import_register_file
from yihui.services.stations.station_import import RegisterRequest

HEAD = "编号,名称,类型,经度,纬度,开放时间,开放对象\n"
DAY = "a,历下驿站,驿站,117.0210,36.6690,08:00-18:00,公众\n"
LONG = "a,历下驿站,驿站,117.0210,36.6690,24小时,公众\n"
OLD = "b,老站,驿站,117.1000,36.7000,24小时,公众\n"
NEW = "c,新站,驿站,117.2000,36.7000,24小时,公众\n"
NIGHT = "2026-11-18T23:30+08:00"


@pytest.fixture
def yihui(on_register: Command, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setenv("YIHUI_NOW", "2026-11-18T12:00+08:00")
    return on_register


def write(folder: Path, name: str, *rows: str) -> Path:
    file = folder / name
    file.write_text(HEAD + "".join(rows), encoding="utf-8")
    return file


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    return write(tmp_path, "一月.csv", DAY, OLD), write(tmp_path, "二月.csv", LONG, NEW)


@pytest.fixture
def riders(tmp_path: Path) -> Path:
    """Five at a, three at b, two at c."""
    file = tmp_path / "riders.csv"
    file.write_text(
        "经度,纬度,骑手数\n117.0212,36.6691,5\n117.1001,36.7001,3\n117.2001,36.7001,2\n", encoding="utf-8"
    )
    return file


@pytest.fixture
def asked(files: tuple[Path, Path], riders: Path) -> list[object]:
    before, after = files
    sides = ["--before", before, "--after", after, "--datum", "wgs84"]
    return ["plan", "compare", *sides, "--demand", riders, "--demand-datum", "wgs84", "--area", "370100"]


def test_two_files_are_compared_as_json(yihui: Command, asked: list[object]) -> None:
    noon = json.loads(yihui(*asked, "--json").out)
    assert noon["figures"]["served"] == {"before": 8, "after": 7, "gained": 2, "lost": 3}
    night = json.loads(yihui(*asked, "--at", NIGHT, "--hours", "--json").out)
    figures, tables = night["figures"], night["tables"]
    assert [(e["id"], e["demand"]) for e in tables["gaining"]] == [("a", 5), ("c", 2)]
    assert [(e["id"], e["demand"]) for e in tables["losing"]] == [("b", 3)]
    assert figures["changes"]["hours"] == 1
    assert len(figures["week"]["share_before"]) == 168
    wednesday_noon, wednesday_night = 2 * 24 + 12, 2 * 24 + 23
    assert figures["week"]["gained"][wednesday_noon] == 2 and figures["week"]["gained"][wednesday_night] == 7
    assert sum(area["gained"] - area["lost"] for area in tables["areas"]) == 4


def test_the_points_that_gain_and_lose_are_written(
    yihui: Command, asked: list[object], tmp_path: Path
) -> None:
    out = tmp_path / "points.csv"
    assert yihui(*asked, "--at", NIGHT, "--points", out).code == 0
    rows = list(csv.DictReader(io.StringIO(out.read_text("utf-8-sig"))))
    assert sorted((row["change"], float(row["people"])) for row in rows) == [
        ("gained", 2),
        ("gained", 5),
        ("lost", 3),
    ]


# --- the register and its history


@pytest.fixture(scope="module")
def history(data_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database into which both files were imported, a month apart."""
    folder = tmp_path_factory.mktemp("history")
    files = write(folder, "一月.csv", DAY, OLD), write(folder, "二月.csv", LONG, NEW)
    settings = load_settings({"YIHUI_DATA_FOLDER": str(data_folder)}, str(folder / "yihui.db"))
    for month, file in enumerate(files, 1):
        wiring = build_wiring(settings, lambda month=month: datetime(2026, month, 10, tzinfo=UTC))  # type: ignore[misc]
        request = RegisterRequest(file, Datum.WGS84, register="站点")
        order = StationImportOrder(request, False, False, True, False, None, True)
        with redirect_stdout(io.StringIO()):
            assert import_register_file(wiring, order) == 0
        wiring.close()
    return folder / "yihui.db"


@pytest.fixture
def imported(history: Path, tmp_path: Path) -> None:
    shutil.copy(history, tmp_path / "yihui.db")


@pytest.mark.usefixtures("imported")
@pytest.mark.parametrize(
    ("before", "after", "added", "removed"),
    [
        ("2026-01-31", "now", 1, 1),
        ("2026-02-09", "2026-02-10", 1, 1),
        ("2026-02-10T07:59:59+08:00", "2026-02-10T08:00+08:00", 1, 1),  # to the second
        ("站点@2026-01-31", "站点", 1, 1),
        ("2026-02-11", "now", 0, 0),
    ],
)
def test_dates_are_looked_up_in_the_history(
    yihui: Command, before: str, after: str, added: int, removed: int
) -> None:
    told = yihui("plan", "compare", "--before", before, "--after", after, "--area", "370100", "--json")
    counts = json.loads(told.out)["figures"]["changes"]
    assert (counts["added"], counts["removed"]) == (added, removed)


@pytest.mark.usefixtures("imported")
def test_days_and_what_changed_are_told_in_words(yihui: Command) -> None:
    told = yihui("plan", "compare", "--before", "站点@2026-01-31", "--after", "now", "--area", "370100").out
    assert "站点 · 2026年1月31日" in told and "2026-01-31" not in told
    assert re.search("改动 .*历下驿站 .*开放时间：08:00-18:00 → 24小时", told)


@pytest.mark.endure
@pytest.mark.usefixtures("imported")
def test_a_file_without_ids_is_compared_with_the_register_that_it_came_into(
    yihui: Command, tmp_path: Path
) -> None:
    bare = tmp_path / "无编号.csv"
    bare.write_text("名称,类型,地址,经度,纬度\n甲,驿站,一号,117.02,36.66\n", encoding="utf-8")
    wider = tmp_path / "无编号二.csv"
    wider.write_text(bare.read_text("utf-8") + "乙,驿站,二号,117.03,36.66\n", encoding="utf-8")
    assert yihui("stations", "import", bare, "--datum", "wgs84", "--register", "别的").code == 0
    for side in ("别的", "别的@2026-11-18"):
        told = yihui(
            *("plan", "compare", "--before", side, "--after", wider, "--datum", "wgs84"),
            "--area",
            "370102",
            "--json",
        )
        counts = json.loads(told.out)["figures"]["changes"]
        assert (counts["added"], counts["removed"], counts["unchanged"]) == (1, 0, 1)


@pytest.mark.usefixtures("imported")
@pytest.mark.parametrize(
    ("side", "code"),
    [
        ("2025-12-31", 1),  # before the first import
        ("无此站点", 1),
        ("没有/这个.csv", 3),
        ("2026-13-01", 2),
        ("2026-02-10T08:00", 2),  # no offset
    ],
)
def test_a_side_that_is_none_is_told(yihui: Command, side: str, code: int) -> None:
    told = yihui("plan", "compare", "--before", side, "--after", "now", "--area", "370102")
    assert told.code == code and told.err


def test_faults_of_a_registers_file_are_told(
    yihui: Command, asked: list[object], files: tuple[Path, Path]
) -> None:
    files[1].write_text(HEAD + "c,新站,驿站,36.7,117.2,24小时,公众\n,,驿站,1,2,,\n", encoding="utf-8")
    refused = yihui(*asked, lang="en")
    assert refused.code == 1 and "swapped" in refused.err and files[1].name in refused.err


@pytest.mark.endure
def test_a_side_whose_points_contradict_its_datum_is_refused(
    yihui: Command,
    tmp_path: Path,
    places: list[tuple[float, float, str]],  # noqa: F811
) -> None:
    sides = {datum: tmp_path / f"{datum}.csv" for datum in (Datum.WGS84, Datum.BD09)}
    for datum, file in sides.items():
        file.write_text(register_in(places, datum), encoding="utf-8")
    before, after = sides.values()
    asked = ("plan", "compare", "--before", before, "--after", after, "--area", "370100")
    refused = yihui(*asked, "--datum", "wgs84")
    assert refused.code == 1 and after.name in refused.err and "--datum bd09" in refused.err
