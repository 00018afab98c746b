"""More places than markers can be: dots on a canvas."""

from dataclasses import replace
from pathlib import Path

import pytest

from geo.station import Kind, Station
from maps import MapView
from maps.places import MAX_MARKERS
from tests.maps.opened import Opened

pytestmark = [pytest.mark.endure, pytest.mark.needs("chromium")]

SIDE = 150
COLOURED = """() => [...document.querySelectorAll("canvas.dots")].reduce((sum, canvas) => {
  const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  let count = 0;
  for (let i = 3; i < pixels.length; i += 4) if (pixels[i] > 0) count += 1;
  return sum + count;
}, 0)"""


@pytest.fixture
def many(view: MapView) -> MapView:
    """A grid of places, a hundred metres apart, the last kind hostile by name."""
    stations = [
        Station(
            id=str(i),
            name="<b>站</b>" if i == SIDE * SIDE // 2 + SIDE // 2 else f"站{i}",
            kind=Kind.MOTHER_ROOM if i % 2 else Kind.OUTDOOR_STATION,
            lon=116.95 + (i % SIDE) * 0.001,
            lat=36.60 + (i // SIDE) * 0.001,
        )
        for i in range(SIDE * SIDE)
    ]
    assert len(stations) > MAX_MARKERS
    return replace(view, stations=stations, states={})


def test_each_dot_can_be_asked_who_it_is(opened: Opened, many: MapView, tmp_path: Path) -> None:
    page = opened.draw(many, tmp_path)
    chosen = many.stations[SIDE * SIDE // 2 + SIDE // 2]
    assert chosen.lon and chosen.lat
    opened.look(17, chosen.lon, chosen.lat)
    assert page.evaluate(COLOURED) > 100
    size = page.viewport_size
    assert size
    page.mouse.click(size["width"] / 2, size["height"] / 2)
    assert page.locator(".card h2").inner_text() == "<b>站</b>"
    assert page.locator(".scope ol button").count() == 1, "the click was the dot's, not the district's"
    assert opened.complaints == []
