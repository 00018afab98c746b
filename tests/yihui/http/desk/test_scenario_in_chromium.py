"""A planner types added stations: each whole row is measured, nothing typed is lost, and a next row is there."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.yihui.http.conftest import NOW, STATIONS, import_into
from tests.yihui.http.serving import serving
from yihui.bootstrap import Settings, build_wiring

pytestmark = [pytest.mark.endure, pytest.mark.needs("chromium")]
PHONE, SCREENS = {"width": 390, "height": 844}, 4


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("scenario_page")
    wiring = build_wiring(Settings(database=str(folder / "yihui.db"), data_folder=folder), lambda: NOW)
    import_into(wiring, STATIONS)
    wiring.database.close()
    with serving(folder) as site:
        yield site


def make(page: Page, address: str, name: str) -> str:
    """Make a scenario of 历下区; return the address of its stations."""
    page.goto(f"{address}/desk/planning/scenarios/create")
    page.fill("[name=name]", name)
    page.fill("[name=area]", "历下区（370102）")
    page.locator("main form[method=post] button[type=submit]").first.click()
    page.wait_for_url(re.compile(r"/scenarios/\d+"))
    page.goto(f"{page.url.partition('?')[0]}/stations")
    return page.url


def test_added_rows_are_measured_once_whole_and_grow_as_they_are_typed(
    browser: Browser, address: str
) -> None:
    page = browser.new_page(locale="zh-CN")
    make(page, address, "边填边算")
    page.locator("details", has=page.locator("#added")).locator("summary").click()
    rows, drawn = page.locator("#added > p"), page.locator("#drawn")
    expect(rows).to_have_count(3)
    with page.expect_response("**/stations") as half:
        page.fill("[name='added.2.lon']", "117.05")
        page.locator("[name='added.2.lat']").press_sequentially(
            "36.66"
        )  # leaves the longitude: it is measured
    assert half.value.ok, "a row that isn't whole yet is no fault"
    expect(rows).to_have_count(4)
    with page.expect_response("**/stations"):
        page.locator("[name='added.3.name']").press_sequentially("还在写")  # leaves the latitude
    page.wait_for_function("document.getElementById('drawn').textContent.includes('scenario-1')")
    assert "scenario-2" not in (drawn.text_content() or "")
    expect(page.locator("[name='added.3.name']")).to_be_focused()
    expect(page.locator("[name='added.3.name']")).to_have_value("还在写")
    expect(rows).to_have_count(5)


def test_the_slider_and_a_click_on_the_map_measure_on_a_phone(browser: Browser, address: str) -> None:
    page = browser.new_page(locale="zh-CN", viewport=PHONE)  # type: ignore[arg-type]
    told: list[str] = []
    page.on("pageerror", lambda error: told.append(str(error)))
    make(page, address, "地图上点选")
    expect(page.locator(".is-drawn")).to_be_visible()
    size = page.evaluate("[document.documentElement.scrollHeight, document.documentElement.scrollWidth]")
    assert size[0] <= SCREENS * PHONE["height"] and size[1] <= PHONE["width"]
    hour = page.input_value("[name=at]")
    with page.expect_response("**/stations"):
        page.locator(".week .on").click()
    assert page.input_value("[name=at]") != hour
    place, badge = page.locator(".drawn-map .place"), page.locator(".drawn-map .badge")
    while not place.count():  # a badge shows its stations from nearer
        badge.first.click()
    with page.expect_response("**/stations"):
        place.first.click()
    expect(page.locator("#listed [name=late]:checked")).to_have_count(1)
    page.wait_for_function("JSON.parse(document.getElementById('drawn').textContent).stations.length == 1")
    card, ground = (page.locator(one).bounding_box() for one in (".leaflet-popup", ".leaflet-container"))
    assert card and ground
    for start, size in (("x", "width"), ("y", "height")):
        assert ground[start] <= card[start], "the map holds the whole popup"
        assert card[start] + card[size] <= ground[start] + ground[size], "the map holds the whole popup"
    assert not told
    page.close()
