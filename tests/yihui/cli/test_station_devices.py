"""``yihui stations devices``: what an officer types and reads."""

import json
import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from geo.status.devices import DeviceReading
from tests.yihui.commands import Command
from yihui.bootstrap import build_wiring, choose_clock, load_settings
from yihui.services.stations.devices import find_device, record_device_reading

pytestmark = pytest.mark.endure

ROWS = "编号,名称,类型,经度,纬度,开放时间\na,太白楼驿站,驿站,116.6,35.4,24小时\nb,任城驿站,驿站,116.61,35.41,24小时\n"
NOON = datetime.fromisoformat("2026-11-20T12:30:00+08:00")


@pytest.fixture
def folder(yihui: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("YIHUI_NOW", NOON.isoformat())
    (tmp_path / "stations.csv").write_text(ROWS, "utf-8")
    assert yihui("stations", "import", tmp_path / "stations.csv", "--datum", "wgs84").code == 0
    return tmp_path


def record(key: str, reading: DeviceReading) -> None:
    wiring = build_wiring(load_settings(os.environ), choose_clock(os.environ))
    device = find_device(wiring, key)
    assert device is not None and record_device_reading(wiring, device, reading)
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


def test_the_station_and_the_list_show_what_its_device_states(yihui: Command, folder: Path) -> None:
    key = json.loads(yihui("stations", "devices", "add", "a", "--json").out)["key"]
    record(key, DeviceReading(NOON - timedelta(minutes=10), "closed", 5))
    told = yihui("stations", "show", "a").out
    assert "门关着，进不去（设备，12:20）" in told and "空位 5 个（设备，12:20）" in told
    (one,) = json.loads(yihui("stations", "devices", "list", "--json").out)
    assert (one["door"], one["free_places"], one["last_stated_at"][:16]) == ("closed", 5, "2026-11-20T12:20")
