"""yihui stations check, unplaced and place, as a user types them."""

import json
import shutil
from pathlib import Path

import pytest

from tests.yihui.commands import commands_in
from tests.yihui.officer_commands import Desk, Said

REGISTER = (
    "编号,名称,类型,经度,纬度,地址,区县,开放时间,设施,核实日期\n"
    "A,历下区泉城公园工会驿站3,户外劳动者驿站,117.020412,36.661234,济南市历下区泉城路1号,历下区,24小时,饮水、桌椅,2026-09-20\n"
    "B,劳动者驿站3号（泉城公园）,户外劳动者驿站,117.026401,36.661764,泉城路1号,历下区,24小时,饮水,2026-09-20\n"
    "P,市中区工人文化宫,工人文化宫,117.001234,36.651234,济南市市中区经二路5号,市中区,每天9:00-17:00,游泳馆、阅览室、报告厅、培训教室,2026-09-20\n"
    "M,文化宫妈妈小屋,妈妈小屋,117.001301,36.651301,经二路5号2楼,市中区,每天9:00-17:00,,2026-09-20\n"
    "U,没有位置的驿站,驿站,,,济南市历下区泉城路街道泉城路1号,,24小时,饮水,\n"
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with REGISTER in it."""
    folder = tmp_path_factory.mktemp("built")
    (folder / "stations.csv").write_text(REGISTER, encoding="utf-8")
    with commands_in(folder) as yihui:
        assert yihui("stations", "import", folder / "stations.csv", "--datum", "wgs84").code == 0
    return folder / "yihui.db"


@pytest.fixture
def desk(desk: Desk, built: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("YIHUI_NOW", "2026-10-03T12:00:00+08:00")
    shutil.copy(built, desk.database)
    return desk


def place(desk: Desk, id: str, point: str, datum: str = "wgs84", *more: str) -> Said:
    return desk.run("register", "place", id, "--point", point, "--datum", datum, "--as", "zhang.san", *more)


def test_a_check_tells_findings_with_reasons_and_remedies_and_fails_on_errors(desk: Desk) -> None:
    told = desk("check")
    assert told.code == 1
    assert "重复录入 (duplicate): 1" in told.out
    assert "已检查 5 个站点" in told.err
    document = json.loads(desk("check", "--json").out)
    assert document["errors"] >= 1
    twice = next(f for f in document["findings"] if f["code"] == "duplicate")
    assert (twice["stations"], twice["severity"]) == (["A", "B"], "error")
    assert twice["figures"]["distance_m"] > 400
    assert twice["reasons"]


def test_warnings_do_not_fail_and_the_days_of_a_verification_are_chosen(desk: Desk) -> None:
    assert desk("check", "--district", "市中区", "--json").code == 0
    found = json.loads(desk("check", "--stale-days", "7", "--json").out)["findings"]
    assert [one["code"] for one in found].count("stale") == 4


def test_the_queue_says_what_is_known_and_a_placing_empties_it(desk: Desk) -> None:
    (waiting,) = json.loads(desk("unplaced", "--json").out)
    assert (waiting["id"], waiting["located_in"], waiting["township"]) == ("U", "370102", "泉城路街道")
    assert waiting["same_address_as"]["id"] == "A"
    assert "370102 济南市历下区" in desk("unplaced").out
    assert place(desk, "U", "117.0265,36.6617", "gcj02").code == 0
    assert json.loads(desk("unplaced", "--json").out) == []
    again = desk("import", desk.file(REGISTER), "--datum", "wgs84")
    assert "未变 5" in again.out
    document = json.loads(desk("show", "U", "--json").out)
    assert document["lon"] == pytest.approx(117.0205, abs=0.0005)  # half a kilometre west of what AMap says
    assert [entry["change"] for entry in document["history"]] == ["added", "placed"]
    assert "人工落点  zhang.san" in desk("show", "U").out


def test_what_can_not_be_placed_is_told(desk: Desk) -> None:
    for id, point, datum, said in (
        ("U", "117.02,36.66", "火星", "火星"),
        ("U", "117.02", "wgs84", "117.02"),
        ("U", "117,36", "wgs84", "117"),  # a placeholder
        ("X", "117.02,36.66", "wgs84", "X"),
    ):
        told = place(desk, id, point, datum)
        assert told.code != 0
        assert said in told.err
        assert len(json.loads(desk("unplaced", "--json").out)) == 1


def test_a_point_in_another_district_wants_to_be_confirmed(desk: Desk) -> None:
    place(desk, "U", "117.02,36.66")
    told = place(desk, "U", "117.3,36.9")
    assert told.code == 1
    assert "界外" in told.err
    assert place(desk, "U", "117.3,36.9", "wgs84", "--outside").code == 0
