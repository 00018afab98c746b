"""``yihui stations devices`` and ``stations use --by hour``: what an officer types and reads."""

import json
import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from events import parse_event
from events.envelope import Event
from tests.events.sending import Sender
from tests.yihui.commands import Command
from yihui.bootstrap import build_wiring, choose_clock, load_settings
from yihui.services.stations.devices import find_device, record_device_readings

pytestmark = pytest.mark.endure

ROWS = "编号,名称,类型,经度,纬度,开放时间\na,太白楼驿站,驿站,116.6,35.4,24小时\nb,任城驿站,驿站,116.61,35.41,24小时\n"
NOON = datetime.fromisoformat("2026-11-20T12:30:00+08:00")


@pytest.fixture
def folder(yihui: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("YIHUI_NOW", NOON.isoformat())
    (tmp_path / "stations.csv").write_text(ROWS, "utf-8")
    assert yihui("stations", "import", tmp_path / "stations.csv", "--datum", "wgs84").code == 0
    return tmp_path


def record(key: str, id: str, *readings: tuple[int, dict[str, object]]) -> None:
    """Store readings, each so many minutes before noon."""
    wiring = build_wiring(load_settings(os.environ), choose_clock(os.environ))
    send, events = Sender(), list[Event]()
    for n, (minutes, data) in enumerate(readings):
        at = (NOON - timedelta(minutes=minutes)).isoformat()
        text = send("station.sensed", "a", at, envelope={"id": f"{id}-{n}"}, station="a", device=id, **data)
        event = parse_event(text, NOON)
        assert isinstance(event, Event)
        events.append(event)
    device = find_device(wiring, key)
    assert device is not None
    assert record_device_readings(wiring, device, events) == [None] * len(events)
    wiring.database.close()


def test_a_key_is_shown_once_and_only_its_hash_is_stored(yihui: Command, folder: Path) -> None:
    added = json.loads(yihui("stations", "devices", "add", "a", "--label", "门锁", "--json").out)
    key = added["key"]
    listed = yihui("stations", "devices", "list", "a")
    assert "从未上报" in listed.out and "门锁" in listed.out and key not in listed.out
    (one,) = json.loads(yihui("stations", "devices", "list", "--json").out)
    assert (one["device"], one["last_stated_at"], one["revoked_at"]) == (key[:8], None, None)
    stored = [path.read_bytes() for path in folder.iterdir() if path.is_file()]
    assert not any(key.encode() in content for content in stored)
    assert "已吊销" in yihui("stations", "devices", "revoke", key[:8]).out
    assert "2026-11-20 12:30" in yihui("stations", "devices", "list").out.replace("T", " ")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("add", "nowhere"), "没有编号为 nowhere 的站点"),
        (("add", "a", "--label", "长" * 81), "超过 80 个字"),
        (("list", "nowhere"), "没有编号为 nowhere 的站点"),
        (("revoke", "aaaaaaaa"), "没有设备 aaaaaaaa"),
    ],
)
def test_what_is_not_there_is_said(
    yihui: Command, folder: Path, arguments: tuple[str, ...], told: str
) -> None:
    answer = yihui("stations", "devices", *arguments)
    assert answer.code == 1 and told in answer.err


def test_use_by_hour_is_a_table_a_csv_and_a_workbook(yihui: Command, folder: Path) -> None:
    key = json.loads(yihui("stations", "devices", "add", "a", "--json").out)["key"]
    busy, free = {"occupied": True, "door": "closed"}, {"occupied": False, "door": "locked"}
    record(key, key[:8], (40, busy), (50, free), (45, busy), (60 * 3, {"door": "open"}))
    by_hour = ("stations", "use", "--by", "hour")
    (nine, eleven) = json.loads(yihui(*by_hour, "--json").out)["hours"]
    assert (nine["hour"], nine["occupied_percent"], nine["readings"]) == (9, None, 1)
    assert (eleven["hour"], eleven["occupied_percent"], eleven["locked_percent"]) == (11, 66.7, 33.3)
    told = yihui(*by_hour)
    assert "11:00  66.7 % 的时间有人用，1 天里有 1 天  锁门 33.3 %" in told.out
    assert "没有设备说明是否有人用" in told.out
    assert yihui(*by_hour, "--out", folder / "use.csv").code == 0
    lines = (folder / "use.csv").read_text("utf-8-sig").splitlines()
    assert lines[2] == "a,太白楼驿站,11,1,1,66.7,33.3,3"
    assert yihui(*by_hour, "--out", folder / "use.xlsx").code == 0
    sheet = CalamineWorkbook.from_path(str(folder / "use.xlsx")).get_sheet_by_index(0)
    assert sheet.to_python()[2] == ["a", "太白楼驿站", 11, 1, 1, 66.7, 33.3, 3]
    assert "既不是 CSV 也不是 XLSX" in yihui(*by_hour, "--out", folder / "use.pdf").err
    assert yihui("stations", "use", "--by", "day").code == 2
    assert "没有设备上报" in yihui(*by_hour, "--since", "2026-11-21").err


def test_the_station_shows_what_its_device_states(yihui: Command, folder: Path) -> None:
    key = json.loads(yihui("stations", "devices", "add", "a", "--json").out)["key"]
    record(key, key[:8], (10, {"door": "locked", "temperature_c": 5}))
    told = yihui("stations", "show", "a").out
    assert "门锁着（设备，12:20）" in told and "室内 5 °C（设备，12:20）" in told
