"""Everybody can use the pages for riders, keepers and visitors: axe-core finds nothing, thumbs hit, nothing is cut off."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from geo.registry.keys import issue_keeper_key
from tests.yihui.demo_folder import mark_demo
from tests.yihui.http.organisation_page_town import plant_pages
from tests.yihui.http.riding import DESK, NEAR, NOW, PHONE, Visit, served
from tests.yihui.http.targets import find_small_targets
from tools.browser import CHROMIUM_FLAGS, CHROMIUM_PATH
from yihui.bootstrap import Settings, build_wiring

pytestmark = [pytest.mark.endure, pytest.mark.needs("chromium")]

AXE = Path(__file__).parents[3] / "web" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
TARGETS = (
    "button:visible, summary:visible, select:visible, input[type=search]:visible, .chip:visible, a:visible"
)
KEEPERS_TARGETS = "button:visible, summary:visible, .chip:visible, .language, input:not([type=radio]):visible"
OPEN_ALL = "for (const one of document.querySelectorAll('details')) { one.removeAttribute('name'); one.open = true; }"
OVERFLOWING = """() => [...document.querySelectorAll("details > *")]
  .filter((one) => one.getBoundingClientRect().right > one.parentElement.getBoundingClientRect().right)
  .map((one) => one.outerHTML)"""
STATES = {
    "asking": "/",
    "answered": f"{NEAR}&accuracy=2500",
    "along": f"{NEAR}&to_lon=117.0300&to_lat=36.6684",
    "choosing": "/?q=驿站",
    "district": "/?district=370102",
    "nothing": f"{NEAR}&facility=microwave",
    "far": "/?lon=121.5&lat=31.2",
    "wrong": "/?lon=36.6&lat=117",
    "shared": "/?station=spring",
    "english": f"{NEAR}&lang=en",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return mark_demo(tmp_path_factory.mktemp("site"))


def plant_pages_and_key(folder: Path) -> str:
    """Publish the page of an organisation; return a keeper's key."""
    wiring = build_wiring(Settings(str(folder / "yihui.db"), folder), now=lambda: NOW)
    plant_pages(wiring, "spring, night, mother")
    with wiring.database.write() as connection:
        text = issue_keeper_key(connection, "more5", NOW).text
    wiring.database.close()
    return text


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    with served(folder) as running:
        yield running


@pytest.fixture(scope="module", params=[(PHONE, "light"), (DESK, "dark")], ids=["phone", "dark desk"])
def visit(browser: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Visit]:
    size, theme = request.param
    made = Visit(browser, address, size, color_scheme=theme)
    yield made
    assert made.foreign == []
    made.close()


def found_by_axe(visit: Visit) -> list[tuple[str, str]]:
    return breaches(visit.page)


def breaches(page: Page) -> list[tuple[str, str]]:
    """Each breach of a rule, and where. Pins that lie close together do so on the ground (2.5.8: essential)."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: dict[str, Any] = page.evaluate(
        "rules => axe.run({ runOnly: { type: 'tag', values: rules } })", RULES
    )
    assert found["passes"]  # it did look
    told = [(one["id"], node["html"][:200]) for one in found["violations"] for node in one["nodes"]]
    return [
        (rule, where) for rule, where in told if not (rule == "target-size" and "leaflet-marker" in where)
    ]


def is_usable(page: Page) -> None:
    """Breaks no rule, and nothing of it is cut off."""
    assert breaches(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.evaluate(OVERFLOWING) == []


def opened(visit: Visit, path: str) -> Page:
    page = visit.open(path)
    expect(page.locator("#locate")).to_be_visible()  # the script has begun
    page.evaluate(OPEN_ALL)
    return page


@pytest.mark.parametrize("path", STATES.values(), ids=STATES)
def test_everybody_can_use_the_riders_page(visit: Visit, path: str) -> None:
    page = opened(visit, path)
    is_usable(page)
    assert find_small_targets(page.locator(TARGETS), ("height",)) == []


def opened_by_keeper(visit: Visit, key: str) -> Page:
    """The keeper's page, which everybody can use."""
    page = visit.open(f"/keep#{key}")
    expect(page.locator("#live")).to_be_visible()
    page.evaluate(OPEN_ALL)
    is_usable(page)
    assert find_small_targets(page.locator(KEEPERS_TARGETS)) == []
    return page


TWICE = "--blink-settings=defaultFontSize=32"  # as somebody sets it in the browser, whose own size is 16


@pytest.mark.parametrize(("set_to", "size_px"), [(None, 16), (TWICE, 32)], ids=["as it is", "twice as large"])
def test_nothing_runs_out_of_the_narrowest_page_though_text_be_twice_as_large(
    browser: Browser, address: str, set_to: str | None, size_px: int
) -> None:
    """WCAG 2.2, 1.4.4 and 1.4.10; large text is what many set their phone to."""
    flags = [*CHROMIUM_FLAGS, *filter(None, [set_to])]
    opened_so = browser.browser_type.launch(executable_path=CHROMIUM_PATH, args=flags)
    visit = Visit(opened_so, address, {"width": 320, "height": 640})
    for path in STATES.values():
        page = opened(visit, path)
        assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") == size_px * 17 / 16
        assert page.evaluate("document.documentElement.scrollWidth") == 320, path
        assert page.evaluate(OVERFLOWING) == [], path
        page.evaluate("document.querySelectorAll('.ask details').forEach((one) => { one.open = false; })")
        bar = page.locator("#bar").bounding_box()
        assert bar is None or (bar["height"] < 160 and bar["width"] == 320), path
        for step in page.locator("#bar:visible button").all():
            box = step.locator("svg").bounding_box()
            assert box is not None and 0 < box["x"] < 320 - box["width"], path
    opened_so.close()
