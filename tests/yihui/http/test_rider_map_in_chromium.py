"""The map of the rider's page: what the list holds, what else is there, and asking from anywhere on it."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, expect

from tests.awaited import awaited
from tests.yihui.http.mapping import Shown, box
from tests.yihui.http.riding import DESK, NEAR, PHONE, Visit

pytestmark = [pytest.mark.endure, pytest.mark.needs("chromium")]


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Visit]:
    made = Visit(browser, address)
    yield made
    assert (made.foreign, made.complaints) == ([], [])
    made.close()


def asked(page_url: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page_url).query)


def test_the_page_is_loaded_without_the_map_until_it_comes_into_view(visit: Visit) -> None:
    loaded: list[str] = []
    visit.page.on("request", lambda request: loaded.append(request.url))
    page = visit.open(NEAR)
    page.wait_for_load_state("networkidle")
    assert [url for url in loaded if "/view-" in url or "/map" in url or "within" in url] == []
    Shown.on(page)
    assert [
        bool([url for url in loaded if part in url]) for part in ("/view-", "/map-", "/map/base.json")
    ] == [True] * 3


def test_all_other_places_in_view_are_there_too_each_once(visit: Visit) -> None:
    shown = Shown.on(visit.open(NEAR + "&k=2"))
    shown.settled()
    visit.page.get_by_role("button", name="缩小").click()
    expect(shown.spots).not_to_have_count(0)
    names = visit.names()
    titles = [spot.get_attribute("title") for spot in shown.spots.all()]
    assert len(titles) == len(set(titles))
    assert not set(titles) & set(names)


def test_a_state_is_told_by_shape_as_well_as_by_colour(visit: Visit) -> None:
    shown = Shown.on(visit.open(NEAR + "&k=4"))
    by_state = {
        state: page_style(shown, f".pin.{state} span")
        for state in ("open", "unknown")
        if visit.page.locator(f".pin.{state}").count()
    }
    assert by_state["open"] == "solid"
    assert by_state["unknown"] == "dashed"
    assert "开放时间不明" in (visit.page.locator(".pin.unknown").first.get_attribute("aria-label") or "")


def page_style(shown: Shown, selector: str) -> str:
    style = "getComputedStyle(document.querySelector(selector)).borderTopStyle"
    return str(shown.page.evaluate(f"(selector) => {style}", selector))


def test_a_card_leads_to_its_pin_and_the_pin_back_to_its_card(visit: Visit) -> None:
    page = visit.open(NEAR)
    name = visit.names()[1]
    page.locator("#answer .card").nth(1).get_by_text("更多").click()
    page.get_by_role("button", name="在地图上看 2 号").click()
    shown = Shown(page)
    expect(shown.pin(2)).to_have_class(re.compile("chosen"))
    expect(shown.note).to_contain_text(name)
    expect(shown.pin(2)).to_be_in_viewport()
    shown.note.get_by_role("button", name="在列表里看").click()
    card = page.locator("#answer .card").nth(1)
    expect(card).to_be_in_viewport()
    expect(card).to_have_attribute("aria-current", "true")
    expect(card.locator("h3")).to_be_focused()


def test_beside_the_list_a_pin_brings_its_card_into_view_at_once(browser: Browser, address: str) -> None:
    visit = Visit(browser, address, DESK)
    shown = Shown.on(visit.open(NEAR))
    last = len(visit.names())
    shown.pin(last).click()
    card = visit.page.locator("#answer .card").nth(last - 1)
    expect(card).to_be_in_viewport()
    expect(card).to_have_attribute("aria-current", "true")
    visit.page.get_by_role("button", name="上一个").click()
    expect(shown.pin(last - 1)).to_have_class(re.compile("chosen"))
    expect(shown.pin(last)).not_to_have_class(re.compile("chosen"))
    visit.close()


def test_a_rider_without_a_position_asks_from_the_middle_of_the_map(visit: Visit) -> None:
    page = visit.open("/")
    shown = Shown.on(page)
    shown.note.get_by_role("button", name="以地图中心查附近").click()
    expect(page.locator("#answer .card")).not_to_have_count(0)
    assert asked(page.url)["datum"] == ["wgs84"]
    expect(shown.pins).to_have_count(len(visit.names()))


def test_another_place_is_looked_at_and_then_in_the_list(visit: Visit) -> None:
    page = visit.open(NEAR + "&k=1")
    shown = Shown.on(page)
    shown.settled()
    spot = shown.spot_in_view()
    name = spot.get_attribute("title") or ""
    spot.click()
    expect(shown.note).to_contain_text(name)
    shown.note.get_by_role("button", name="看这个站点").click()
    page.wait_for_url(re.compile("station="))
    expect(page.locator("#answer .card [data-of=name]")).to_have_text([name])


def test_a_filter_acts_on_the_map_too(visit: Visit) -> None:
    page = visit.open(NEAR)
    shown = Shown.on(page)
    shown.settled()
    with page.expect_response(re.compile("/within.*facility=pool")) as answer:
        page.get_by_text("需要什么").click()
        page.locator("#filters .chip:has(input[value=pool])").click()
    assert [one["name"] for one in answer.value.json()["stations"]] in ([], ["市工人文化宫"])
    expect(shown.pins).to_have_count(1)
    expect(shown.spots).to_have_count(0)


def test_news_of_the_same_places_leaves_in_place_what_is_looked_at(visit: Visit) -> None:
    page = visit.open(NEAR)
    shown = Shown.on(page)
    shown.settled()
    shown.pin(1).click()
    expect(shown.pin(1)).to_have_class(re.compile("chosen"))
    before = shown.lonlat(2), shown.tip(2)
    with page.expect_response("**/stations/within?*"):  # all others are asked for anew
        page.evaluate(
            "dispatchEvent(new PopStateEvent('popstate'))"
        )  # as if one came back to the same question
    expect(shown.note).to_contain_text(visit.names()[0])
    expect(shown.pin(1)).to_have_class(re.compile("chosen"))
    assert (shown.lonlat(2), shown.tip(2)) == before


def test_the_map_can_be_used_by_keys_alone(visit: Visit) -> None:
    page = visit.open(NEAR)
    shown = Shown.on(page)
    shown.settled()
    shown.pin(1).focus()
    page.keyboard.press("Enter")
    expect(shown.note).to_contain_text(visit.names()[0])
    page.locator(".map-canvas").focus()
    expect(page.locator(".map-canvas .middle")).to_be_visible()
    before = box(shown.pins.first)["x"]
    page.keyboard.press("ArrowRight")
    awaited(
        page, "x => document.querySelector('.pin').getBoundingClientRect().x < x - 40", arg=before
    )  # what is on the right has come nearer


def test_a_button_under_a_thumb_outlives_the_next_count(visit: Visit) -> None:
    page = visit.open(NEAR)
    shown = Shown.on(page)
    shown.settled()
    button = shown.note.get_by_role("button")
    button.focus()
    counted = shown.note.inner_text()
    page.evaluate("document.querySelector('.map-note p').textContent = ''")
    with page.expect_response("**/stations/within?*"):
        page.evaluate("dispatchEvent(new PopStateEvent('popstate'))")
    expect(shown.note).to_have_text(re.compile(re.escape(counted.splitlines()[0])))
    expect(button).to_be_focused()


def test_a_hostile_name_stays_text_on_the_map(browser: Browser, address: str) -> None:
    visit = Visit(browser, address, PHONE)
    visit.context.route(
        "**/stations/within?*",
        lambda route: route.fulfill(
            json={"count": 1, "cells": [], "stations": [
                {"id": "x", "name": "<img src=x onerror=alert(1)>", "kind": "<b>", "lon": 117.0170, "lat": 36.6735, "state": "open"}
            ]}
        ),
    )  # fmt: skip
    shown = Shown.on(visit.open(NEAR))
    shown.spots.first.click()
    expect(shown.note.get_by_role("heading")).to_have_text("<img src=x onerror=alert(1)>")
    assert visit.page.locator("#map img, #map b").count() == 0
    assert visit.complaints == []
    visit.close()
