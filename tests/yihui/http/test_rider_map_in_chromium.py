"""Where the rider is, the map with what is there, news that come while an answer is on its way, and places that are suggested."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import APIResponse, Browser, Route, expect

from tests.awaited import awaited
from tests.yihui.http.mapping import Shown, box
from tests.yihui.http.riding import NEAR, PHONE, Visit, card_of, from_another_phone

pytestmark = [pytest.mark.endure, pytest.mark.needs("chromium")]


@pytest.fixture
def map_visit(browser: Browser, address: str) -> Iterator[Visit]:
    made = Visit(browser, address)
    yield made
    assert (made.foreign, made.complaints) == ([], [])
    made.close()


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


def test_the_first_page_of_a_phone_loads_the_map_once_somebody_scrolls_to_it(visit: Visit) -> None:
    page = visit.open("/")
    page.wait_for_load_state("networkidle")
    expect(page.locator("#map")).to_have_text("地图")
    page.locator("#map").evaluate("(map) => map.scrollIntoView({block: 'center', behavior: 'instant'})")
    expect(page.locator("#map .leaflet-container")).to_be_attached()


def test_the_bar_of_the_list_gives_way_to_the_map(visit: Visit) -> None:
    """On a phone both stand at the lower edge."""
    page = visit.open(NEAR)
    expect(page.locator("#bar")).to_be_visible()
    shown = Shown.on(page)
    awaited(page, _HALF_UP)
    expect(page.locator("#bar")).to_be_hidden()
    assert box(shown.note)["y"] + box(shown.note)["height"] <= PHONE["height"]
    page.evaluate("scrollTo({top: 0, behavior: 'instant'})")
    expect(page.locator("#bar")).to_be_visible()


def test_without_streets_a_place_is_shown_beside_the_rider_with_a_link_that_leads_there(visit: Visit) -> None:
    page = visit.open(NEAR)
    page.locator("#answer [data-on-map]").first.dispatch_event("click")
    shown = Shown.on(page)
    leads = shown.note.get_by_role("link", name="带我去")
    expect(leads).to_be_visible()
    assert leads.get_attribute("href") == page.locator("#answer .card a.go").first.get_attribute("href")
    dot, pin, below = box(page.locator("#map .here")), box(shown.pin(1)), box(shown.note)["y"]
    assert dot["y"] + dot["height"] <= below
    assert pin["y"] + pin["height"] <= below
    assert "500 米" in page.locator("#map .leaflet-control-scale").inner_text(), (
        "wide enough to see what is around"
    )


def test_a_share_hands_over_the_place_and_not_the_rider(visit: Visit) -> None:
    visit.context.add_init_script("navigator.share = async (given) => { window.shared = given; };")
    page = visit.open(NEAR)
    page.locator("#answer .card").first.get_by_text("更多").click()
    page.get_by_role("link", name="分享").click()
    awaited(page, "window.shared")
    name, url = "泉边驿站", f"{visit.address}/?station=spring"
    assert page.evaluate("window.shared") == {"title": name, "text": name, "url": url}


def test_where_nothing_shares_or_copies_by_itself_the_link_is_copied_and_said_to_be(visit: Visit) -> None:
    visit.context.add_init_script("delete Navigator.prototype.share; delete Navigator.prototype.clipboard;")
    page = visit.open(NEAR)
    before = page.url
    page.locator("#answer .card").first.get_by_text("更多").click()
    page.get_by_role("link", name="分享").click()
    expect(page.locator("#answer .card").first.get_by_role("status")).to_have_text("泉边驿站的链接已复制。")
    assert page.url == before


def test_a_search_by_words_tells_the_town_alone(visit: Visit) -> None:
    visit.open(NEAR)
    page = visit.open("/")
    page.get_by_label("站名或区县").fill("驿站")
    with page.expect_request(re.compile("part=answer")) as asked:
        page.get_by_role("button", name="搜索").click()
    assert "near=117.0%2C36.7" in asked.value.url and "lon=" not in asked.value.url


# Scrolls the map's upper edge to the middle of the screen, again where something came in above it meanwhile.
_HALF_UP = """(() => {
  const stage = document.querySelector(".map-stage");
  scrollBy({top: stage.getBoundingClientRect().top - innerHeight / 2, behavior: "instant"});
  return !document.querySelector("#bar").checkVisibility();
})()"""
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
