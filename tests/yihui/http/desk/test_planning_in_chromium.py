"""A planner in a browser: the whole way without script, then the live map, its hours, and a job's progress."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.yihui.http.desk.readers import LAPTOP
from tests.yihui.http.riding import DESK, PHONE, Visit, served
from yihui.runtime.demo_marker import DEMO_MARKER_FILE

pytestmark = [pytest.mark.endure, pytest.mark.needs("chromium")]

WITHIN_MS = 120_000  # a comparison on a busy machine


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("site")
    (folder / DEMO_MARKER_FILE).touch()
    with served(folder) as running:
        yield running


@pytest.fixture(scope="module")
def scenario(browser: Browser, address: str) -> str:
    """The path of a scenario that a planner made and compared without script, by typed places."""
    visit = Visit(browser, address, PHONE, java_script_enabled=False)
    page = visit.open("/desk/planning")
    page.locator("#name").fill("历下夜间补点")
    page.locator("#area").select_option("370102")
    page.get_by_role("button", name="新建").click()
    expect(page.locator("[role=status]")).to_contain_text("方案已新建")
    path = page.url.removeprefix(address).split("?")[0]
    page.locator("#q").fill("夜间驿站")
    page.get_by_role("button", name="搜索").last.click()
    page.locator(".rows").get_by_role("link", name="夜间驿站").first.click()
    assert page.locator("#new-lon").input_value().startswith("117.0")
    page.locator("#new-lon").fill("117.1")
    page.locator("#new-name").fill("新驿站")
    page.locator("#new-hours").fill("随便")
    page.get_by_role("button", name="新增", exact=True).click()
    expect(page.locator("[role=alert]")).to_contain_text("随便")
    assert page.locator("#new-lon").input_value() == "117.1"
    page.locator("#new-hours").fill("24小时")
    page.get_by_role("button", name="新增", exact=True).click()
    expect(page.locator("ol")).to_contain_text("新增“新驿站”")
    page.get_by_role("button", name="在后台比较").click()
    wait_without_script(page)
    page.get_by_role("link", name="查看结果").click()
    expect(page.locator("main")).to_contain_text("新增覆盖")
    visit.close()
    return path


def wait_without_script(page: Page) -> None:
    """Reload as the page offers it until the job has ended."""
    again = page.get_by_role("link", name="查看当前进度")
    for _ in range(400):
        if not again.count():
            break
        again.click()
        page.wait_for_load_state()
    expect(page.get_by_role("link", name="查看结果")).to_be_visible(timeout=WITHIN_MS)


def test_the_map_follows_the_hour_and_a_click_fills_in_a_place(
    browser: Browser, address: str, scenario: str
) -> None:
    visit = Visit(browser, address, DESK)
    page = visit.open(scenario)
    section = page.locator("#scenario-map")
    expect(section.locator(".station-mark.added")).to_have_count(1)
    expect(section.locator("output")).to_contain_text("现状覆盖")
    page.locator("#map-hour").focus()
    page.keyboard.press("End")
    expect(section.locator("output")).to_contain_text("23:00")
    late = section.locator("output").inner_text()
    page.keyboard.press("Home")
    expect(section.locator("output")).to_contain_text("00:00")
    assert section.locator("output").inner_text() != late
    for layer in ("gaps-today", "difference", "coverage-today"):
        page.locator("#map-layer").select_option(layer)
    box = section.locator(".map-canvas").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2 + 40, box["y"] + box["height"] / 2 + 40)
    expect(page.locator("#add-station")).to_have_attribute("open", "")
    assert page.locator("#new-lon").input_value().startswith("117.")
    assert page.locator("#moved-lat").input_value().startswith("36.")
    filled = page.locator("#new-lon").input_value()
    page.locator("summary", has_text="只看区域的一部分").click()
    page.get_by_role("button", name="在地图上画").click()
    box = section.locator(".map-canvas").bounding_box()
    assert box
    for right, down in ((60, 150), (160, 150), (160, 220)):
        page.mouse.click(box["x"] + right, box["y"] + down)
    lines = page.locator("#outline").input_value().splitlines()
    assert len(lines) == 3 and all(line.startswith("11") for line in lines)
    assert page.locator("#new-lon").input_value() == filled  # a corner of the outline is no new station
    page.get_by_role("button", name="清除边界").click()
    assert page.locator("#outline").input_value() == ""
    page.locator("#outline-file").set_input_files(
        {"name": "area.geojson", "mimeType": "application/geo+json", "buffer": b'{"type": "Polygon"}'}
    )
    expect(page.locator("#outline")).to_have_value('{"type": "Polygon"}')
    assert visit.complaints == []
    visit.close()


def test_the_progress_of_a_job_comes_by_itself(browser: Browser, address: str, scenario: str) -> None:
    visit = Visit(browser, address, LAPTOP)
    page = visit.open(scenario)
    page.get_by_role("button", name="在后台比较").click()
    expect(page.get_by_role("link", name="查看结果")).to_be_visible(timeout=WITHIN_MS)
    assert visit.complaints == []
    visit.close()
