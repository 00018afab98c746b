"""The map of the rider's page: the ground under it, many places, and what happens where something can't be had."""

from collections.abc import Iterator

import httpx
import numpy as np
import pytest
from playwright.sync_api import Browser, Route, expect

from geo.station import Access, Kind, Station
from maps.outline_tiles import project_to_unit_square
from tests.awaited import awaited
from tests.yihui.http.mapping import Shown
from tests.yihui.http.pictures import METADATA, png, write_mbtiles
from tests.yihui.http.riding import HERE, NEAR, NOW, PHONE, STATIONS, Visit, served

pytestmark = [pytest.mark.endure, pytest.mark.needs("chromium")]

CONTROLLED = """() => new Promise((held) => navigator.serviceWorker.controller
  ? held() : navigator.serviceWorker.addEventListener("controllerchange", () => held(), { once: true }))"""
MANY = [
    *STATIONS,
    *(
        Station(id=f"grid{n}", name=f"格子驿站{n}", kind=Kind.OUTDOOR_STATION, lon=116.8 + n % 40 / 100,
                lat=36.5 + n // 40 / 100, hours_text="24小时", access=Access.PUBLIC)
        for n in range(1200)
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A register of 1,213 places, and one picture over the town."""
    folder = tmp_path_factory.mktemp("site")
    write_mbtiles(
        folder / "town.mbtiles", {(z, *_tile(z)): png(120, 160, 90) for z in range(6, 17)}, METADATA
    )
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("YIHUI_BASE_MAP", str(folder / "town.mbtiles"))
        with served(folder, MANY) as running:
            httpx.get(f"{running}/map/base.json", timeout=60)  # the outlines are read once
            yield running


def _tile(z: int) -> tuple[int, int]:
    """Column and row of the tile in which the rider stands."""
    x, y = project_to_unit_square(np.array([[HERE["longitude"], HERE["latitude"]]]))[0] * 2**z
    return int(x), int(y)


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Visit]:
    made = Visit(browser, address)
    yield made
    assert made.foreign == []
    made.close()


def test_missing_outlines_are_not_drawn_as_sea_and_are_requested_again_later(
    visit: Visit,
) -> None:
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
