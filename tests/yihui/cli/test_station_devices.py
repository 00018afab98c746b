"""``yihui stations devices``: what an officer types and reads."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from tests.yihui.commands import Command

pytestmark = pytest.mark.endure

ROWS = "编号,名称,类型,经度,纬度,开放时间\na,太白楼驿站,驿站,116.6,35.4,24小时\nb,任城驿站,驿站,116.61,35.41,24小时\n"
NOON = datetime.fromisoformat("2026-11-20T12:30:00+08:00")


@pytest.fixture
def folder(yihui: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("YIHUI_NOW", NOON.isoformat())
    (tmp_path / "stations.csv").write_text(ROWS, "utf-8")
    assert yihui("stations", "import", tmp_path / "stations.csv", "--datum", "wgs84").code == 0
    return tmp_path


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
