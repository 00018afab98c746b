"""Everybody can use the rider's page: axe-core finds nothing, thumbs hit, it is light enough for a bad network."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.yihui.http.riding import DESK, NEAR, PHONE, Visit, served

pytestmark = pytest.mark.needs("chromium")

AXE = Path(__file__).parents[3] / "web" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
MOST_BYTES = 100_000


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("site")) as running:
        yield running


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


STATES = {
    "asking": "/",
    "answered": f"{NEAR}&accuracy=2500",
    "along": f"{NEAR}&to_lon=117.0300&to_lat=36.6684",
    "district": "/?district=370102",
    "choosing": "/?q=驿站",
    "nothing": f"{NEAR}&facility=microwave",
    "far": "/?lon=121.5&lat=31.2",
    "wrong": "/?lon=36.6&lat=117",
    "shared": "/?station=spring",
    "english": f"{NEAR}&lang=en",
}


@pytest.mark.parametrize("path", STATES.values(), ids=STATES.keys())
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(browser: Browser, address: str, path: str, theme: str) -> None:
    visit = Visit(browser, address, PHONE if theme == "light" else DESK, color_scheme=theme)
    page = visit.open(path)
    expect(page.locator("#locate")).to_be_visible()  # the script has begun
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert found_by_axe(visit) == []
    visit.close()


def test_axe_finds_what_is_wrong(browser: Browser, address: str) -> None:
    visit = Visit(browser, address)
    page = visit.open(NEAR)
    page.evaluate("document.querySelector('#locate button').textContent = ''")
    assert "button-name" in [rule for rule, _ in found_by_axe(visit)]
    visit.close()


def test_every_target_is_big_enough_for_a_thumb_and_nothing_is_cut_off(
    browser: Browser, address: str
) -> None:
    visit = Visit(browser, address)
    for path in STATES.values():
        page = visit.open(path)
        expect(page.locator("#locate")).to_be_visible()
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
        out = page.evaluate(
            """() => [...document.querySelectorAll("details > *")]
              .filter((one) => one.getBoundingClientRect().right > one.parentElement.getBoundingClientRect().right)
              .map((one) => one.outerHTML)"""
        )
        assert out == [], path
        low = page.evaluate(
            """() => [...document.querySelectorAll("button, summary, select, input[type=search], .chip, a")]
              .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 44)
              .map((one) => one.outerHTML)"""
        )
        assert low == [], path
    visit.close()


TWICE = """() => {
  const all = [...document.querySelectorAll("body *")];
  const sizes = all.map((one) => parseFloat(getComputedStyle(one).fontSize));
  all.forEach((one, nth) => { one.style.fontSize = `${2 * sizes[nth]}px`; });
}"""


@pytest.mark.parametrize("twice", [False, True], ids=["as it is", "twice as large"])
def test_nothing_runs_out_of_the_narrowest_page_though_text_be_twice_as_large(
    browser: Browser, address: str, twice: bool
) -> None:
    """WCAG 2.2, 1.4.4 and 1.4.10; large text is what many set WeChat to."""
    visit = Visit(browser, address, {"width": 320, "height": 640})
    for path in STATES.values():
        page = visit.open(path)
        expect(page.locator("#locate")).to_be_visible()
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        if twice:
            page.evaluate(TWICE)
        assert page.evaluate("document.documentElement.scrollWidth") == 320, path
        page.evaluate("document.querySelectorAll('.ask details').forEach((one) => { one.open = false; })")
        bar = page.locator("#bar").bounding_box()
        assert bar is None or (bar["height"] < 160 and bar["width"] == 320), path
        for step in page.locator("#bar:visible button").all():
            box = step.locator("svg").bounding_box()
            assert box is not None and 0 < box["x"] < 320 - box["width"], path
    visit.close()


def test_the_first_load_is_less_than_100_kb_without_the_map(browser: Browser, address: str) -> None:
    visit = Visit(browser, address)
    session = visit.context.new_cdp_session(visit.page)
    session.send("Network.enable")
    loaded: dict[str, str] = {}
    sizes: dict[str, float] = {}
    session.on("Network.responseReceived", lambda e: loaded.update({e["requestId"]: e["response"]["url"]}))
    session.on("Network.loadingFinished", lambda e: sizes.update({e["requestId"]: e["encodedDataLength"]}))
    visit.open(NEAR)
    visit.page.wait_for_load_state("load")
    expect(visit.page.locator("#bar")).to_be_visible()
    visit.page.wait_for_load_state("networkidle")  # with what the page fetches ahead for later
    own = {loaded[id].removeprefix(address): size for id, size in sizes.items()}
    own = {one: size for one, size in own.items() if not one.startswith(("/map/", "/api/"))}
    leaflet = {one for one in own if "leaflet-pane" in visit.context.request.get(address + one).text()}
    own = {one: size for one, size in own.items() if one not in leaflet or one.startswith("/?")}
    assert 10_000 < sum(own.values()) < MOST_BYTES, own
    visit.close()


def test_the_list_is_there_before_any_other_file_has_come(browser: Browser, address: str) -> None:
    """No style sheet, script or icon stands between a bad network and the list."""
    visit = Visit(browser, address)
    visit.page.route("**/static/**", lambda route: None)  # never answered
    visit.page.goto(f"{address}{NEAR}", wait_until="commit")
    card = visit.page.locator("#answer .card").first
    expect(card).to_contain_text("泉边驿站")
    assert card.evaluate("one => getComputedStyle(one).borderRadius") == "12px"  # and looks as it will
    visit.page.unroute_all(behavior="ignoreErrors")
    visit.close()
