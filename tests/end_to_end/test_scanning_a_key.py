"""The keeper's sheet, as a phone's camera reads it: a decoder of others' making, then the page that it opens."""

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, ViewportSize

from tests.end_to_end.town import NEAR, STATIONS
from tests.yihui.http.riding import NOW, PHONE, served

pytestmark = pytest.mark.needs("chromium")

PAPER: ViewportSize = {
    "width": 480,
    "height": 680,
}  # the sheet as a browser shows it, coarser than any printer


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sheets")


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    with served(folder, STATIONS, NOW) as started:
        yield started


def _print_sheet(folder: Path, address: str, name: str) -> Path:
    """As an officer does it, who sees the key's name and no more."""
    sheet = folder / name
    made = subprocess.run(
        [sys.executable, "-m", "yihui", "keepers", "add", NEAR.id, "--base", address, "--qr", str(sheet)],
        env={**os.environ, "YIHUI_DATA_FOLDER": str(folder), "YIHUI_NOW": NOW.isoformat()},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    return sheet


def _shot(browser: Browser, sheet: Path) -> Image.Image:
    """What stands on paper, or on a screen that is held up to a phone."""
    if sheet.suffix == ".png":
        return Image.open(sheet)
    context = browser.new_context(viewport=PAPER)
    page = context.new_page()
    page.goto(sheet.as_uri())
    shot = page.screenshot()
    context.close()
    return Image.open(io.BytesIO(shot))


@pytest.mark.parametrize("name", ["sheet.png", "sheet.svg"])
@pytest.mark.parametrize("turned_by", [0, 7], ids=["held straight", "held askew"])
def test_a_keeper_scans_the_sheet_and_the_page_of_the_station_opens(
    browser: Browser, address: str, folder: Path, name: str, turned_by: int
) -> None:
    seen = _shot(browser, _print_sheet(folder, address, name)).convert("L")
    codes = zxingcpp.read_barcodes(seen.rotate(turned_by, Image.Resampling.BICUBIC, fillcolor=255))
    assert len(codes) == 1
    link = codes[0].text
    assert link.startswith(f"{address}/keep#")
    context = browser.new_context(viewport=PHONE, locale="zh-CN")
    page = context.new_page()
    page.goto(link)
    page.get_by_role("heading", name="骑手现在看到的").wait_for()
    assert NEAR.name in page.locator("main").inner_text()
    assert page.url == f"{address}/keep", "the key stays in no history"
    context.close()
