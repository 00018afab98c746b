"""The list of stations on a map: unfolded above the list, and drawn anew for the stations that a filter leaves."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.yihui.http.conftest import NOW, STATIONS, import_into
from tests.yihui.http.serving import serving
from yihui.bootstrap import Settings, build_wiring

pytestmark = [pytest.mark.endure, pytest.mark.needs("chromium")]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("station_map")
    wiring = build_wiring(Settings(database=str(folder / "yihui.db"), data_folder=folder), lambda: NOW)
    import_into(wiring, STATIONS)
    wiring.database.close()
    with serving(folder) as site:
        yield site


def test_the_stations_of_the_list_are_marks_that_lead_to_their_pages(browser: Browser, address: str) -> None:
    page = browser.new_page(locale="zh-CN")
    page.goto(f"{address}/desk/register")
    page.locator("#map summary").click()
    told = page.locator(".map-note")
    expect(told).to_contain_text(f"图中共 {sum(one.is_placed for one in STATIONS)} 处")
    page.locator(".filters input[name=text]").fill("泉城路")
    page.keyboard.press("Tab")
    expect(page.locator("#list tbody tr")).to_have_count(1)
    expect(told).to_contain_text("图中共 1 处")
    page.locator(".map .place").click()
    expect(page.locator(".leaflet-popup a", has_text="泉城路")).to_have_attribute(
        "href", "/desk/register/quancheng"
    )
    page.close()
