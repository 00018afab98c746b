"""The map of the rider's page: the ground under it, many places, and what happens where something can't be had."""

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.awaited import awaited
from tests.yihui.http.mapping import Shown
from tests.yihui.http.riding import NEAR, NOW, PHONE, Visit

pytestmark = [pytest.mark.endure, pytest.mark.needs("chromium")]

CONTROLLED = """() => new Promise((held) => navigator.serviceWorker.controller
  ? held() : navigator.serviceWorker.addEventListener("controllerchange", () => held(), { once: true }))"""


def test_missing_outlines_are_not_drawn_as_sea_and_are_requested_again_later(visit: Visit) -> None:
    """The map is moved aside, its middle still in view; then the zoom is another."""
    asked: list[str] = []

    def perhaps(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(status=503) if len(asked) == 1 else route.continue_()

    visit.context.route("**/map/outlines/**", perhaps)
    page = visit.open(NEAR)
    Shown.on(page)
    all_there = """() => { const all = [...document.querySelectorAll('#map canvas.leaflet-tile')];
      return all.length && all.every((one) => one.style.opacity === '1'); }"""
    is_drawn = "document.querySelector('#map .leaflet-container').classList.contains('drawn')"
    awaited(page, all_there)
    page.locator(".map-canvas").focus()
    with page.expect_response("**/map/outlines/**"):
        page.keyboard.press("Shift+ArrowRight")
    awaited(page, all_there)
    assert not page.evaluate(is_drawn)
    page.get_by_role("button", name="缩小").click()
    awaited(page, is_drawn)
    assert asked.count(asked[0]) > 1


def test_without_a_network_the_map_shows_what_the_phone_has_saved(browser: Browser, address: str) -> None:
    visit = Visit(browser, address, PHONE, service_workers="allow")
    visit.context.clock.set_fixed_time(NOW)
    page = visit.open(NEAR)
    shown = Shown.on(page)
    shown.settled()
    page.locator("html[data-saved]").wait_for(state="attached")
    page.evaluate(CONTROLLED)
    visit.context.set_offline(True)
    for _ in range(2):
        page.get_by_role("button", name="缩小").click()
    expect(shown.note).to_contain_text("图中共")
    visit.close()
