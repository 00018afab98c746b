"""An organisation's page in a browser: readable on a phone and a desk, in both languages, by everybody, without script."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from tests.yihui.demo_folder import mark_demo
from tests.yihui.http.organisation_page_town import CODE, plant_pages
from tests.yihui.http.riding import DESK, NOW, PHONE, Visit, served
from tests.yihui.http.test_rider_access_in_chromium import found_by_axe
from yihui.bootstrap import Settings, build_wiring

pytestmark = pytest.mark.needs("chromium")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = mark_demo(tmp_path_factory.mktemp("site"))
    with served(folder) as running:
        wiring = build_wiring(Settings(str(folder / "yihui.db"), folder), now=lambda: NOW)
        plant_pages(wiring, "spring, night, mother")
        wiring.database.close()
        yield running


@pytest.mark.parametrize(
    ("path", "size", "scheme"),
    [
        ("", PHONE, "light"),
        ("/members", PHONE, "dark"),
        ("?embed", PHONE, "light"),
        ("?lang=en", DESK, "dark"),
    ],
    ids=["phone", "members", "embedded", "desk"],
)
def test_everybody_can_read_it(
    browser: Browser, address: str, path: str, size: ViewportSize, scheme: Any
) -> None:
    visit = Visit(browser, address, size, color_scheme=scheme)
    page = visit.open(f"/organisations/{CODE}{path}")
    assert found_by_axe(visit) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert visit.complaints == [] and visit.refused == [] and visit.foreign == []
    visit.close()


def test_it_needs_no_script_and_shows_its_own_colours_and_the_stations_state(
    browser: Browser, address: str
) -> None:
    visit = Visit(browser, address, java_script_enabled=False)
    page = visit.open(f"/organisations/{CODE}")
    expect(page.locator("h1")).to_have_text("解放路职工之家")
    assert visit.complaints == []
    expect(page.locator(".band")).to_have_css("background-color", "rgb(163, 35, 27)")
    expect(page.locator(".words a")).to_have_css("color", "rgb(138, 58, 0)")
    expect(page.locator(".rows li", has_text="夜间驿站").locator(".state")).to_contain_text("20:00")
    page.get_by_role("link", name="用本单位的入会链接").click()
    expect(page.locator("h1")).to_have_text("这是该组织的入会码")
    visit.close()
