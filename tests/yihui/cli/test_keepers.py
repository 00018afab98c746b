"""yihui keepers: keys, what is said with them, and what everybody is told then."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
import segno
import zxingcpp
from PIL import Image

from tests.yihui.commands import Command
from yihui.views.keeper_keys import WIDTH_MM

STATIONS = (
    "编号,名称,类型,经度,纬度,地址,区县,开放时间,备注,设施\n"
    "历下-1,泉城路驿站,户外劳动者驿站,117.0204,36.6683,泉城路1号,历下区,24小时,自行前往,饮水、充电\n"
    "历下-2,大明湖驿站,户外劳动者驿站,117.0254,36.6733,明湖路2号,历下区,24小时,自行前往,饮水\n"
)


@pytest.fixture(autouse=True)
def register(yihui: Command, tmp_path: Path) -> None:
    file = tmp_path / "stations.csv"
    file.write_text(STATIONS)
    assert yihui("stations", "import", file, "--datum", "wgs84").code == 0


@pytest.fixture
def key(yihui: Command) -> str:
    issued = yihui("keepers", "add", "历下-1", "--json")
    return str(json.loads(issued.out)["key"])


def nearest(yihui: Command, *options: str) -> str:
    return yihui("stations", "nearest", "117.0204", "36.6683", "--datum", "wgs84", *options).out


def test_a_key_is_shown_once_with_its_link_and_never_again(yihui: Command) -> None:
    issued = yihui("keepers", "add", "历下-1", "--base", "https://yihui.example/")
    key = issued.out.split("钥匙：")[1].split()[0]
    link = f"https://yihui.example/keep#{key}"
    assert link in issued.out
    assert "系统不保存" in issued.err
    listed = yihui("keepers", "list")
    assert key[:8] in listed.out
    assert key not in listed.words
    assert yihui("keepers", "list", "历下-2").out == ""
    assert "digest" not in yihui("keepers", "list", "--json").out


def test_closing_for_today_is_known_at_once_with_its_reason(yihui: Command, key: str) -> None:
    said = yihui("keepers", "closed-today", "历下-1", "--key", key, "--reason", "停电")
    assert (said.code, said.out) == (0, "今天关门：停电（站点管理员 23:10）\n")
    assert "今天关门：停电（站点管理员 23:10）" in nearest(yihui, "--usable")
    shown = yihui("stations", "show", "历下-1").out
    assert "最近反馈：今天关门：停电（站点管理员 23:10）" in shown
    assert "今天关门" not in nearest(yihui, "--usable", "--at", "2026-10-04T09:00+08:00")
    assert "坏了（站点管理员 23:10）" in yihui("keepers", "broken", "历下-1", "饮水机", "--key", key).out
    assert yihui("keepers", "inspected", "历下-1", "--key", key, "--missing", "微波炉").code == 0
    assert json.loads(yihui("stations", "show", "历下-1", "--json").out)["inspection"]["missing"] == [
        "微波炉"
    ]
    assert yihui("keepers", "revoke", key).code == 0
    assert yihui("keepers", "fine", "历下-1", "--key", key).code == 1


def test_dated_hours_replace_the_days_own(yihui: Command, key: str) -> None:
    days = ("--from", "2027-02-05", "--until", "2027-02-08", "--key", key)
    assert yihui("keepers", "hours", "历下-1", "10:00-16:00", *days, "--reason", "春节").code == 0
    on = ("--open", "-k", "1", "--json", "--at")
    early = json.loads(nearest(yihui, *on, "2027-02-06T09:00+08:00"))
    assert [hit["id"] for hit in early["results"]] == ["历下-2"]
    assert early["skipped"][0]["reason"].startswith("2027-02-05 至 2027-02-08 春节：10:00-16:00")
    late = json.loads(nearest(yihui, *on, "2027-02-06T10:00+08:00"))
    assert (late["results"][0]["id"], late["results"][0]["until"]) == ("历下-1", "2027-02-06T16:00:00+08:00")
    assert late["results"][0]["live"][0]["state"] == "hours"
    assert yihui("keepers", "hours", "历下-1", "照常", *days).out == "该站点目前没有异常\n"
    usual = json.loads(nearest(yihui, *on, "2027-02-06T09:00+08:00"))
    assert usual["results"][0]["id"] == "历下-1"


def test_what_can_not_be_said_names_its_option(yihui: Command, key: str) -> None:
    keyed = ("--key", key)
    backwards = yihui(
        "keepers", "hours", "历下-1", "--closed", "--from", "2027-02-05", "--until", "2027-02-04", *keyed
    )
    assert (backwards.code, "最后一天早于第一天" in backwards.err) == (1, True)
    assert (
        yihui("keepers", "hours", "历下-1", "--from", "2027-02-05", "--until", "2027-02-05", *keyed).code == 2
    )
    assert yihui("keepers", "closed-today", "历下-1", "--on", "morgen", *keyed).code == 2
    personal = yihui("keepers", "closed-today", "历下-1", "--reason", "电话13812345678", *keyed)
    assert personal.code == 1
    assert "13812345678" not in personal.words
    assert yihui("keepers", "add", "历下-9").code == 1
    assert yihui("keepers", "revoke", "aaaaaaaa").code == 1
    assert yihui("keepers", "list", "历下-9").code == 1


def test_the_key_may_come_from_the_environment(
    yihui: Command, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YIHUI_KEEPER_KEY", key)
    assert yihui("keepers", "fine", "历下-1").code == 0


def test_the_sheet_to_print_holds_the_link_as_a_code_and_says_what_it_is_for(
    yihui: Command, tmp_path: Path
) -> None:
    site, sheet, photo = "https://yihui.example", tmp_path / "sheet.svg", tmp_path / "sheet.PNG"
    for file in (sheet, photo):
        added = yihui("keepers", "add", "历下-1", "--base", site, "--qr", file, "--json")
        link = json.loads(added.out)["link"]
        assert link.startswith(f"{site}/keep#")
        assert file.stat().st_mode & 0o077 == 0, "a key is for its keeper's eyes"
        if file == sheet:
            code = segno.make(link, error="m", micro=False).matrix
            matrix = [[bool(module) for module in row] for row in code]
            dark = dark_in_svg(sheet)
            assert [
                [dark(x, y, len(matrix)) for x in range(len(row))] for y, row in enumerate(matrix)
            ] == matrix
        else:
            (found,) = zxingcpp.read_barcodes(Image.open(photo).convert("L"))
            assert found.text == link
    words = ElementTree.parse(tmp_path / "sheet.svg").getroot().itertext()
    told = "".join(words)
    assert told.startswith("泉城路驿站站点管理员专用：扫码告诉骑手")
    assert "https://yihui.example/keep" in told


def dark_in_svg(sheet: Path) -> Callable[[int, int, int], bool]:
    path = ElementTree.parse(sheet).getroot().find("{http://www.w3.org/2000/svg}path")
    assert path is not None
    found = re.findall(r"M([\d.]+) ([\d.]+)h([\d.]+)v([\d.]+)", path.attrib["d"])
    bars = [tuple(map(float, bar)) for bar in found]

    def dark(x: int, y: int, size: int) -> bool:
        across, down = middle_mm(x, y, size)
        return any(left < across < left + wide and top < down < top + high for left, top, wide, high in bars)

    return dark


def middle_mm(x: int, y: int, size: int) -> tuple[float, float]:
    """The middle of a module: 72 mm of code with four modules of white around, 46 mm from the top."""
    module = 72.0 / (size + 8)
    return (WIDTH_MM - 72.0) / 2 + (x + 4.5) * module, 46.0 + (y + 4.5) * module


def test_what_is_no_site_or_no_picture_makes_no_key(yihui: Command, tmp_path: Path) -> None:
    for wrong in (
        ("--base", "yihui.example"),
        ("--base", "https://x/?a=1"),
        ("--qr", tmp_path / "sheet.pdf"),
    ):
        refused = yihui("keepers", "add", "历下-1", *wrong)
        assert (refused.code, wrong[0] in refused.err or str(wrong[1]) in refused.err) == (1, True)
    assert yihui("keepers", "add", "历下-1", "--qr", tmp_path / "nowhere" / "sheet.svg").code != 0
    assert yihui("keepers", "list").out == ""


def test_a_link_that_can_be_read_on_the_way_is_warned_of(yihui: Command, key: str) -> None:
    for site, warned in (
        ("http://yizhan.example.cn", True),
        ("http://192.168.1.5:8000", True),
        ("https://yizhan.example.cn", False),
        ("http://127.0.0.1:8000", False),
        ("http://[::1]:8000", False),
        ("http://localhost", False),
    ):
        done = yihui("keepers", "add", "历下-1", "--base", site, lang="en")
        assert done.code == 0
        assert ("the link is plain http" in done.err) is warned
