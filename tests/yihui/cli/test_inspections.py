"""yihui inspections, as a keeper of the register types it."""

import json
from pathlib import Path

import pytest

from tests.yihui.commands import Command
from tests.yihui.files.test_pictures import picture

BY = ("--as", "li.min")
ROWS = "编号,名称,类型,经度,纬度,开放时间\nA,泉边驿站,驿站,117.0254,36.6733,9:00-17:00\nB,湖边驿站,驿站,117.0300,36.6733,9:00-17:00\n"


@pytest.fixture
def office(yihui: Command, target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Two stations of a district, in a database of each kind."""
    monkeypatch.setenv("YIHUI_DATABASE_URL", target)
    monkeypatch.setenv("YIHUI_NOW", "2026-11-18T01:00:00+00:00")
    file = tmp_path / "stations.csv"
    file.write_text(ROWS, "utf-8")
    assert yihui("stations", "import", file, "--datum", "wgs84").code == 0
    return yihui


def shown(office: Command, *arguments: object) -> object:
    done = office("inspections", *arguments, "--json")
    assert done.code == 0, done.err
    return json.loads(done.out)


def test_an_inspection_from_its_plan_to_what_is_to_be_mended(office: Command, tmp_path: Path) -> None:
    assert office("inspections", "list").out == "没有巡检\n"
    planned = office("inspections", "plan", "A", "--remark", "看看饮水机", *BY)
    assert planned.out == "已安排在 2026-12-02 前：1\n", planned.err
    file = shown(office, "show", "1")
    assert isinstance(file, dict) and {"open", "sign", "water"} <= set(file["items"])
    assert "water  饮水" in office("inspections", "show", "1").out
    done = office("inspections", "record", "1", "--fine", "open", "--wrong", "water=不出水", *BY)
    assert done.out == "1  A  泉边驿站  已检查：2026-11-18  饮水：不出水\n", done.err
    tasks = shown(office, "tasks")
    assert tasks == [{"number": 1, "station": "A", "station_name": "泉边驿站", "item": "water", "note": "不出水",
                      "due_on": "2026-12-18", "inspection": 1}]  # fmt: skip
    assert "不出水，整改期限 2026-12-18" in office("inspections", "tasks").out
    assert office("inspections", "tasks", "--late").out == "没有待整改的问题\n"
    (tmp_path / "door.png").write_bytes(picture())
    assert office("inspections", "photo", "1", tmp_path / "door.png", "--title", "门口", *BY).code == 0
    again = shown(office, "show", "1")
    assert isinstance(again, dict) and [one["title"] for one in again["photos"]] == ["门口"]
    assert again["answers"]["open"] == {"is_met": True, "note": ""} and again["by"] == "li.min"
    district = shown(office, "plan", "--district", "370102", "--due", "2026-11-30", *BY)
    assert district == {"due_on": "2026-11-30", "inspections": [2, 3]}
    assert office("inspections", "withdraw", "2", "--reason", "站点搬迁", *BY).out.endswith("撤回\n")
    entries = office("audit", "list", "--json").out
    for act, count in (("photo", 1), ("plan", 2), ("record", 1), ("withdraw", 1)):
        assert entries.count(f"stations.change: inspections {act}") == count


def test_what_is_typed_wrongly_is_refused_in_words(office: Command) -> None:
    for arguments, code, told in (
        (("plan", *BY), 2, "--district"),
        (("plan", "A", "--district", "370102", *BY), 2, "--district"),
        (("plan", "nowhere", *BY), 1, "没有站点 nowhere"),
        (("plan", "--district", "370102", "--kind", "palace", *BY), 2, "palace"),
        (("plan", "A", "--due", "yesterday", *BY), 2, "yesterday"),
        (("plan", "A", "--due", "2026-11-17", *BY), 1, "2026-11-17"),
        (("list", "--show", "tasks"), 2, "yihui inspections tasks"),
        (("list", "--show", "all"), 1, "all"),
        (("show", "77"), 1, "77"),
        (("record", "77", "--fine", "open", *BY), 1, "77"),
        (("record", "1", "--wrong", "water", *BY), 2, "ITEM=NOTE"),
        (("withdraw", "77", "--reason", "搬迁", *BY), 1, "77"),
    ):
        refused = office("inspections", *arguments)
        assert refused.code == code and told in refused.words, refused.words
        assert shown(office, "list") == []
