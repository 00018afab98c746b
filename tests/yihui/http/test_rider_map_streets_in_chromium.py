"""The streets under the riders' map: drawn when they are looked at, light and dark, and without a network."""

import math
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.awaited import awaited
from tests.street_map_town import build_town_map, make_mapped_town
from tests.yihui.http.mapping import Shown
from tests.yihui.http.riding import HERE, NEAR, NOW, PHONE, Visit, served

pytestmark = [pytest.mark.endure, pytest.mark.needs("chromium", "tilemaker")]

MOST_SAVED_BYTES = 1_500_000
SAVED_RINGS = {14: 3, 13: 2, 12: 1, 11: 1, 10: 1}  # zoom: tiles to each side of the middle one
IS_DRAWN_IN = """(colour) => [...document.querySelectorAll(".streets canvas")].some((canvas) => {
  if (!canvas.width) return false;
  const pen = Object.assign(document.createElement("canvas"), { width: canvas.width, height: canvas.height })
    .getContext("2d", { willReadFrequently: true });
  pen.drawImage(canvas, 0, 0);
  const pixels = pen.getImageData(0, 0, canvas.width, canvas.height).data;
  for (let at = 0; at < pixels.length; at += 4)
    if (pixels[at + 3] === 255 && colour.every((value, band) => pixels[at + band] === value)) return true;
  return false;
})"""
SAVED_TILES = """async () => {
  const cache = await caches.open("ground");
  const addresses = (await cache.keys()).map((one) => new URL(one.url).pathname);
  return addresses.filter((one) => one.startsWith("/map/streets/"));
}"""
SAVED_BYTES = """async () => {
  const cache = await caches.open("ground");
  const all = await Promise.all((await cache.keys()).map((one) => cache.match(one)));
  const streets = all.filter((one) => one.url.includes("/map/streets/"));
  return streets.reduce((sum, one) => sum + Number(one.headers.get("content-length")), 0);
}"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("site")
    with served(folder, YIHUI_STREETS=str(build_town_map(folder, make_mapped_town()))) as running:
        httpx.get(f"{running}/map/base.json", timeout=60)  # the outlines are read once
        yield running


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Visit]:
    made = Visit(browser, address, color_scheme="light")
    yield made
    assert made.foreign == []
    made.close()


def colour(page: Page, name: str) -> list[int]:
    """A colour of the map's style sheet, as it is at the moment: red, green, blue."""
    style = f"getComputedStyle(document.querySelector('#map')).getPropertyValue('--map-{name}')"
    digits = str(page.evaluate(style)).strip().removeprefix("#")
    digits = "".join(2 * one for one in digits) if len(digits) == 3 else digits
    return [int(digits[at : at + 2], 16) for at in (0, 2, 4)]


def expect_drawn(page: Page, *names: str) -> None:
    for name in names:
        awaited(page, IS_DRAWN_IN, arg=colour(page, name))


def test_a_town_is_saved_and_drawn_without_a_network(browser: Browser, address: str) -> None:
    visit = Visit(browser, address, PHONE, service_workers="allow", color_scheme="light")
    visit.context.clock.set_fixed_time(NOW)
    page = visit.open(NEAR)
    Shown.on(page).settled()
    wanted = sorted(iter_saved(HERE["longitude"], HERE["latitude"]))
    awaited(page, f"async (count) => (await ({SAVED_TILES})()).length >= count", arg=len(wanted))
    saved = [one.partition(".mvt")[0].split("/")[4:] for one in page.evaluate(SAVED_TILES)]
    tiles = {(int(z), int(x), int(y)) for z, x, y in saved}
    assert set(wanted) <= tiles
    assert 10_000 < page.evaluate(SAVED_BYTES) <= MOST_SAVED_BYTES
    page.locator("html[data-saved]").wait_for(state="attached")
    visit.context.set_offline(True)
    page.reload()
    shown = Shown.on(page)
    expect_drawn(page, "main", "water")
    page.locator("[data-on-map]").first.dispatch_event("click")
    expect_drawn(page, "building")
    expect(shown.pins).not_to_have_count(0)
    visit.close()


def iter_saved(lon: float, lat: float) -> Iterator[tuple[int, int, int]]:
    """The tiles around a point, each zoom as far as it is saved."""
    for z, reach in SAVED_RINGS.items():
        x = (lon + 180) / 360 * 2**z
        y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**z
        for dx in range(-reach, reach + 1):
            for dy in range(-reach, reach + 1):
                yield z, int(x) + dx, int(y) + dy
