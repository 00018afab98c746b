"""yihui keepers: keys, their links, and the sheet to print."""

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


def test_an_unknown_station_or_key_is_refused(yihui: Command, key: str) -> None:
    assert yihui("keepers", "add", "历下-9").code == 1
    assert yihui("keepers", "list", "历下-9").code == 1
    assert yihui("keepers", "revoke", "aaaaaaaa").code == 1
    assert yihui("keepers", "revoke", key).code == 0


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
