"""Cards of keepers' keys in a browser: readable, one sheet of paper for four cards, and gone with the back button."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.yihui.http.desk.readers import planted_site
from tests.yihui.http.riding import DESK, PHONE, Visit
from tests.yihui.http.test_rider_access_in_chromium import found_by_axe

pytestmark = [pytest.mark.endure, pytest.mark.needs("chromium")]
KEYS = "/desk/stations/keys"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with planted_site(tmp_path_factory.mktemp("site")) as running:
        yield running


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_cards_are_printed_once_and_the_back_button_shows_nothing(
    browser: Browser, address: str, size: object, tmp_path: Path
) -> None:
    visit = Visit(browser, address, size)  # type: ignore[arg-type]
    page = visit.open(f"{KEYS}?station=spring&lang=zh")
    assert found_by_axe(visit) == []
    page.locator("#stations").fill("spring\nalways\nmother")
    page.screenshot(path=tmp_path / "form.png", full_page=True)
    page.get_by_label("打印机在旁").check()
    page.get_by_role("button", name="发放密钥并显示卡片").click()
    expect(page.locator("article")).to_have_count(3)
    assert found_by_axe(visit) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= visit.page.viewport_size["width"]  # type: ignore[index]
    page.screenshot(path=tmp_path / "cards.png", full_page=True)
    page.emulate_media(media="print")
    for card in page.locator("article").all():
        inside = card.evaluate("one => one.scrollHeight <= one.clientHeight + 1")
        assert inside, "a card is cut off on paper"
    printed = page.pdf(prefer_css_page_size=True)
    (tmp_path / "cards.pdf").write_bytes(printed)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1, "four cards fit on a sheet of A4"
    page.emulate_media(media="screen")
    secret = page.locator(".key").first.inner_text()
    page.get_by_role("link", name="返回密钥").click()
    expect(page.locator("h1")).to_contain_text("站点密钥")
    page.go_back()
    page.wait_for_load_state()
    assert secret not in page.content()
    visit.close()
