"""What follows the hour and the area on a map: the tooltip, the ground within reach, the badges, the address."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from geo.station import Kind, Station
from maps import MapView, ReachCells, ReachDiscs
from tests.maps.opened import Opened

pytestmark = pytest.mark.needs("chromium")

# The pixel of the ground within reach that is drawn at a point; 0 where none is.
REACHED = """([lon, lat]) => {
  const map = Object.values(window).find((value) => value instanceof L.Map);
  const box = map.getContainer().getBoundingClientRect(), at = map.latLngToContainerPoint([lat, lon]);
  for (const canvas of document.querySelectorAll("canvas.reach")) {
    const tile = canvas.getBoundingClientRect(), [x, y] = [box.left + at.x - tile.left, box.top + at.y - tile.top];
    if (x < 0 || y < 0 || x >= tile.width || y >= tile.height) continue;
    const scale = canvas.width / tile.width;
    return canvas.getContext("2d").getImageData(x * scale, y * scale, 1, 1).data[3];
  }
  return 0;
}"""


@pytest.fixture
def reaching(full: MapView) -> MapView:
    """Place c, open by day, counts, and so does one beyond the border; a does not."""
    beyond = Station(id="z", name="界外", kind=Kind.LIBRARY, lon=117.102, lat=36.65)
    return replace(full, ground=ReachDiscs(1_000, {"c", "z"}, [beyond], np.ones((1, 168), dtype=np.int8)))


def over(page: Page, lon: float, lat: float) -> None:
    x, y = page.evaluate(
        """([lon, lat]) => {
          const map = Object.values(window).find((value) => value instanceof L.Map);
          const box = map.getContainer().getBoundingClientRect(), at = map.latLngToContainerPoint([lat, lon]);
          return [box.left + at.x, box.top + at.y];
        }""",
        [lon, lat],
    )
    page.mouse.move(x, y)


def test_the_tooltip_follows_the_hour(opened: Opened, full: MapView, tmp_path: Path) -> None:
    page = opened.draw(full, tmp_path)
    opened.look(12, 117.05, 36.65)
    over(page, 117.08, 36.65)
    assert page.locator(".leaflet-tooltip").inner_text() == "历下区 2.0 %"
    opened.at_hour(10)
    assert page.locator(".leaflet-tooltip").inner_text() == "历下区 50.0 %"


def test_inside_a_county_the_ground_within_reach_is_drawn_by_the_hour(
    opened: Opened, reaching: MapView, tmp_path: Path
) -> None:
    page = opened.draw(reaching, tmp_path)
    page.evaluate("yihui.place.set('370102')")
    opened.look(12, 117.05, 36.65)
    assert page.locator("path.area").first.get_attribute("fill-opacity") == "0"
    assert page.evaluate(REACHED, [117.06, 36.63]) == 0, "c is closed at 23"
    assert page.evaluate(REACHED, [117.098, 36.65]) == 255, "what lies beyond the border reaches in"
    opened.at_hour(10)
    assert page.evaluate(REACHED, [117.06, 36.63]) == 255
    assert page.evaluate(REACHED, [117.06, 36.6415]) == 0, "1.3 km away"
    assert page.evaluate(REACHED, [117.02, 36.66]) == 0, "open, but not for all"
    page.evaluate("yihui.place.set('370000')")
    opened.look(9, 117.05, 36.65)
    assert page.locator("canvas.reach").count() == 0
    assert float(page.locator("path.area").first.get_attribute("fill-opacity") or 0) > 0


def test_where_reach_is_by_street_the_cells_that_it_serves_are_drawn(
    opened: Opened, full: MapView, tmp_path: Path
) -> None:
    by_day = np.array([[8 <= hour % 24 < 18 for hour in range(168)]])
    cells = ReachCells(1_000, np.array([[117.05, 36.65]]), by_day)
    page = opened.draw(replace(full, ground=cells), tmp_path)
    page.evaluate("yihui.place.set('370102')")
    opened.look(13, 117.05, 36.65)
    corner, beyond = [117.0545, 36.6535], [117.0565, 36.65]  # 400 m to the east and north; 580 m to the east
    assert page.evaluate(REACHED, corner) == 0, "closed at 23"
    opened.at_hour(10)
    assert (page.evaluate(REACHED, corner), page.evaluate(REACHED, beyond)) == (255, 0)


def test_a_badge_holds_places_of_one_area_and_stands_in_it(
    opened: Opened, view: MapView, tmp_path: Path
) -> None:
    """Three places west of a border and two east of it, all within 300 m."""
    lons = [116.997, 116.9975, 116.998, 117.001, 117.0015]
    near = [Station(id=str(lon), name="站", kind=Kind.LIBRARY, lon=lon, lat=36.65) for lon in lons]
    page = opened.draw(replace(view, stations=near), tmp_path)
    opened.look(13, 117.0, 36.65)
    page.wait_for_selector(".cluster")
    assert sorted(page.locator(".cluster span").all_inner_texts()) == ["0", "0"]
    groups = page.evaluate(
        """() => Object.values(Object.values(window).find((value) => value instanceof L.Map)._layers)
          .filter((layer) => layer.group).map(({ group, _latlng }) => [group.rows.length, _latlng.lng < 117])"""
    )
    assert sorted(groups) == [[2, False], [3, True]]


def test_badges_and_cards_are_opened_and_left_by_keyboard(
    opened: Opened, view: MapView, tmp_path: Path
) -> None:
    near = [
        Station(id=name, name=name, kind=Kind.LIBRARY, lon=117.05 + step, lat=36.65)
        for name, step in (("甲", 0.0), ("乙", 0.0004), ("丙", 0.02))
    ]
    page = opened.draw(replace(view, stations=near), tmp_path)
    opened.look(11, 117.05, 36.65)
    page.get_by_role("button", name="甲 … 3").press(" ")
    page.get_by_role("button", name="甲 … 2").press("Enter")
    first = page.get_by_role("button", name="library 甲")
    expect(first).to_be_focused()
    first.press("Enter")
    expect(page.get_by_role("button", name="Close")).to_be_focused()
    page.keyboard.press("Enter")
    expect(first).to_be_focused()
    assert opened.complaints == []


def test_hour_and_area_are_in_the_address_and_come_back(
    opened: Opened, full: MapView, tmp_path: Path
) -> None:
    page = opened.draw(full, tmp_path)
    steps = page.locator(".scope ol button")
    page.get_by_label("go to …").select_option(label="济南市")
    page.wait_for_url("**area=370100**")
    opened.at_hour(10)
    page.wait_for_url("**hour=10&area=370100**")
    address = page.url
    page.go_back()
    page.wait_for_url("**hour=143&area=370100**")
    opened.settle()
    assert page.locator(".week output").inner_text() == "10/3/2026 Sat 23:00"
    page.go_back()
    page.wait_for_url("**area=370000**")
    opened.settle()
    assert steps.all_inner_texts() == ["山东省"]
    page.goto("about:blank")
    page.goto(address)
    assert steps.all_inner_texts() == ["山东省", "济南市"]
    assert page.locator(".week output").inner_text() == "9/28/2026 Mon 10:00"
    assert page.locator(".week .axis span").all_inner_texts() == ["50 %", "25 %", "0 %"]
    assert opened.complaints == []
