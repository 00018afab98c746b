"""Where the rider is, the map with what is there, news that come while an answer is on its way, and places that are suggested."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import APIResponse, Browser, Page, Route, expect

from tests.awaited import awaited
from tests.street_town import build_town_names
from tests.yihui.http.mapping import Shown, box
from tests.yihui.http.riding import NEAR, PHONE, TAP, Visit, card_of, from_another_phone, served, tap

pytestmark = [pytest.mark.endure, pytest.mark.needs("chromium")]


@pytest.fixture
def map_visit(browser: Browser, address: str) -> Iterator[Visit]:
    made = Visit(browser, address)
    yield made
    assert (made.foreign, made.complaints) == ([], [])
    made.close()


def test_the_map_can_be_used_by_keys_alone(map_visit: Visit) -> None:
    page = map_visit.open(NEAR)
    shown = Shown.on(page)
    shown.settled()
    shown.pin(1).focus()
    page.keyboard.press("Enter")
    expect(shown.note).to_contain_text(map_visit.names()[0])
    page.locator(".map-canvas").focus()
    expect(page.locator(".map-canvas .middle")).to_be_visible()
    before = box(shown.pins.first)["x"]
    page.keyboard.press("ArrowRight")
    awaited(
        page, "x => document.querySelector('.pin').getBoundingClientRect().x < x - 40", arg=before
    )  # what is on the right has come nearer


def test_a_hostile_name_stays_text_on_the_map(browser: Browser, address: str) -> None:
    map_visit = Visit(browser, address, PHONE)
    map_visit.context.route(
        "**/stations/within?*",
        lambda route: route.fulfill(
            json={"count": 1, "cells": [], "stations": [
                {"id": "x", "name": "<img src=x onerror=alert(1)>", "kind": "<b>", "lon": 117.0170, "lat": 36.6735, "state": "open"}
            ]}
        ),
    )  # fmt: skip
    shown = Shown.on(map_visit.open(NEAR))
    shown.spots.first.click()
    expect(shown.note.get_by_role("heading")).to_have_text("<img src=x onerror=alert(1)>")
    assert map_visit.page.locator("#map img, #map b").count() == 0
    assert map_visit.complaints == []
    map_visit.close()


def test_a_refused_position_leads_to_address_district_and_map_at_once(visit: Visit) -> None:
    page = visit.open("/")
    tap(visit)
    expect(page.get_by_role("status")).to_contain_text("请说一下在哪儿")
    expect(page.get_by_role("status")).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.activeElement.id") == "q"
    assert page.get_by_label("区县").is_visible()
    assert page.get_by_role("button", name=TAP).is_enabled()  # it may be allowed after all


def test_a_share_hands_over_the_place_and_not_the_rider(visit: Visit) -> None:
    visit.context.add_init_script("navigator.share = async (given) => { window.shared = given; };")
    page = visit.open(NEAR)
    page.locator("#answer .card").first.get_by_text("更多").click()
    page.get_by_role("link", name="分享").click()
    awaited(page, "window.shared")
    assert page.evaluate("window.shared") == {"title": "泉边驿站", "url": f"{visit.address}/?station=spring"}


def test_a_search_by_words_tells_the_town_alone(visit: Visit) -> None:
    visit.open(NEAR)
    page = visit.open("/")
    page.get_by_label("地址或名称").fill("驿站")
    with page.expect_request(re.compile("part=answer")) as asked:
        page.get_by_role("button", name="搜索").click()
    assert "near=117.0%2C36.7" in asked.value.url and "lon=" not in asked.value.url


# Counts what is heard, and tells when somebody listens.
HEARING = """window.heard = 0;
EventSource = class extends EventSource {
  constructor(...of) { super(...of); window.stream = this; }
  addEventListener(name, hear) {
    super.addEventListener(name, name !== "news" ? hear : (event) => { hear(event); window.heard++; });
  }
};"""
ANSWERS = "**/?*part=answer*"


def test_news_that_come_while_an_answer_is_on_its_way_are_in_the_list_all_the_same(
    visit: Visit, address: str
) -> None:
    """The answer was made before them, and shows a place that the one before did not."""
    page = visit.page
    page.add_init_script(HEARING)
    made: list[tuple[Route, APIResponse]] = []

    def late(route: Route) -> None:
        made.append((route, route.fetch()))

    visit.open(f"{NEAR}&k=1")
    awaited(page, "stream.readyState === EventSource.OPEN")
    expect(card_of(page, "more6")).to_have_count(0)
    page.route(ANSWERS, late, times=1)
    with page.expect_request(ANSWERS):
        page.evaluate(
            "history.replaceState(null, '', '/?lon=117.11&lat=36.66&datum=wgs84'); dispatchEvent(new PopStateEvent('popstate'))"
        )
    while not made:
        page.wait_for_timeout(50)  # the answer is made, and held back
    before = page.evaluate("heard")
    from_another_phone(address, "more6", observation="locked")
    awaited(page, "before => heard > before", before)
    ((route, answer),) = made
    route.fulfill(response=answer)
    expect(card_of(page, "more6").get_by_text("1 人说门锁着")).to_be_attached()


@pytest.fixture(scope="module")
def named_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("site")
    streets = build_town_names(tmp_path_factory.mktemp("town") / "streets")
    with served(folder, YIHUI_STREETS=str(streets)) as address:
        yield address


@pytest.fixture
def named_visit(browser: Browser, named_address: str) -> Iterator[Visit]:
    opened = Visit(browser, named_address, PHONE)
    yield opened
    opened.close()


def typing(visit: Visit, text: str, field: str = "#q", path: str = "/") -> Page:
    """Type into a field; what suggests is loaded when the field has the focus."""
    page = visit.open(path)
    page.locator("#by-hand").evaluate("details => { details.open = true; }")
    page.locator(field).focus()
    expect(page.locator(field)).to_have_attribute("role", "combobox")
    page.locator(field).press_sequentially(text)
    return page


def options(page: Page, field: str = "q") -> list[str]:
    return [text.split("\n")[0] for text in page.locator(f"#{field}-suggestions li").all_inner_texts()]


def test_a_suggestion_is_chosen_by_keys_and_answers(named_visit: Visit) -> None:
    page = typing(named_visit, "quanchengl")
    page.locator("#q").fill("泉城路200号")
    expect(page.locator("#q-suggestions li").first).to_contain_text("门牌号")
    page.keyboard.press("ArrowDown")
    chosen = page.locator("#q").get_attribute("aria-activedescendant")
    expect(page.locator(f"#{chosen}")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")  # from the first one to the last
    assert (
        page.locator("#q").get_attribute("aria-activedescendant") == f"q-suggestions-{len(options(page)) - 1}"
    )
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#answer[data-state=answered] .card").first).to_be_visible()
    assert "lon=117.01400" in page.url
    assert "q=" not in page.url
