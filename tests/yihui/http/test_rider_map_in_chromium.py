"""The map of the rider's page: what the list holds, what else is there, and asking from anywhere on it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.awaited import awaited
from tests.yihui.http.mapping import Shown, box
from tests.yihui.http.riding import NEAR, PHONE, Visit

pytestmark = [pytest.mark.endure, pytest.mark.needs("chromium")]


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Visit]:
    made = Visit(browser, address)
    yield made
    assert (made.foreign, made.complaints) == ([], [])
    made.close()


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
