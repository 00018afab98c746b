"""What is written in the data is shown, never run: in every layer and every box."""

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pytest
from playwright.sync_api import Locator

from geo.station import Station
from maps import MapView
from tests.maps.conftest import HOSTILE
from tests.maps.opened import Opened

pytestmark = [pytest.mark.endure, pytest.mark.needs("chromium")]

STRANGE = ".card img, .card script, .scope img, .panel img, .panel script, .leaflet-tooltip img, .name img, .leaflet-control-layers img"


@pytest.fixture
def hostile(full: MapView) -> MapView:
    """Every text is hostile; one place, one gap, one proposal, apart from each other."""
    levels: list[gpd.GeoDataFrame] = [frame.assign(name=HOSTILE) for frame in full.levels]
    return replace(
        full,
        stations=[_rename(station) for station in full.stations if station.id == "b"],
        levels=levels,
        gaps=[full.gaps[1]],
        proposals=[full.proposals[1]],
        sources=[HOSTILE],
        served=HOSTILE,
    )


def _rename(station: Station) -> Station:
    return station.model_copy(update={"name": HOSTILE, "phone": HOSTILE, "facilities": frozenset({HOSTILE})})


def test_every_text_of_the_data_is_shown_and_none_is_run(
    opened: Opened, hostile: MapView, tmp_path: Path
) -> None:
    page = opened.draw(hostile, tmp_path)

    def card_of(target: str, zoom: float, lon: float, lat: float) -> Locator:
        """The card of what is clicked on the map as it opens: a former card would fade out meanwhile."""
        page.reload()
        opened.look(zoom, lon, lat)
        page.locator(target).click()
        assert page.locator(".card h2").inner_text() == HOSTILE
        assert page.locator(STRANGE).count() == 0
        return page.locator(".card")

    assert page.locator(".panel").inner_html().count("&lt;img src=x onerror=alert(1)&gt;") >= 2
    place = card_of(".place", 15, 116.95, 36.65)
    assert place.locator("dd").filter(has_text=HOSTILE).count() >= 5
    assert card_of("path.gap", 14, 116.93, 36.62).locator("dt").inner_text() == HOSTILE
    card_of(".pin", 15, 116.96, 36.66)
    page.reload()
    opened.look(11, 120.5, 36.5)
    size = page.viewport_size
    assert size
    page.mouse.move(size["width"] / 2, size["height"] / 2)
    opened.settle()
    assert HOSTILE in page.locator(".leaflet-tooltip").inner_text()
    assert page.locator(".scope ol button").inner_text() == HOSTILE
    assert page.locator(".scope select option").all_text_contents()[1] == HOSTILE
    assert HOSTILE in page.locator(".name span").all_text_contents()
    assert page.locator(STRANGE).count() == 0
    assert opened.complaints == []
