"""What is written in the data is shown, never run: in every layer and every box."""

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pytest

from maps import MapView
from tests.maps.conftest import HOSTILE
from tests.maps.opened import Opened

pytestmark = pytest.mark.needs("chromium")

STRANGE = "document.querySelectorAll('.card img, .card script, .scope img, .panel img, .leaflet-tooltip img, .name img, .leaflet-control-layers img').length"


@pytest.fixture
def hostile(full: MapView) -> MapView:
    """Every text is hostile; one place, one gap, one proposal, apart from each other."""
    levels: list[gpd.GeoDataFrame] = [frame.assign(name=HOSTILE) for frame in full.levels]
    return replace(
        full,
        stations=[replace_name(station) for station in full.stations if station.id == "b"],
        levels=levels,
        gaps=[full.gaps[1]],
        proposals=[full.proposals[1]],
        sources=[HOSTILE],
        served=HOSTILE,
    )


def replace_name(station):  # type: ignore[no-untyped-def]
    return station.model_copy(update={"name": HOSTILE, "phone": HOSTILE, "facilities": frozenset({HOSTILE})})


def test_the_popup_of_a_place_shows_it(opened: Opened, hostile: MapView, tmp_path: Path) -> None:
    page = opened.draw(hostile, tmp_path)
    opened.look(15, 116.95, 36.65)
    page.locator(".place").click()
    assert page.locator(".card h2").inner_text() == HOSTILE
    assert page.locator(".card dd").filter(has_text=HOSTILE).count() >= 5
    assert page.evaluate(STRANGE) == 0
    assert opened.complaints == []


def test_the_popup_of_a_gap_shows_it(opened: Opened, hostile: MapView, tmp_path: Path) -> None:
    page = opened.draw(hostile, tmp_path)
    opened.look(14, 116.93, 36.62)
    page.locator("path.gap").click()
    assert page.locator(".card h2").inner_text() == HOSTILE
    assert page.locator(".card dt").inner_text() == HOSTILE
    assert page.evaluate(STRANGE) == 0
    assert opened.complaints == []


def test_the_popup_of_a_proposal_shows_it(opened: Opened, hostile: MapView, tmp_path: Path) -> None:
    page = opened.draw(hostile, tmp_path)
    opened.look(15, 116.96, 36.66)
    assert page.locator(".pin span").inner_text() == "2"
    page.locator(".pin").click()
    assert page.locator(".card h2").inner_text() == HOSTILE
    assert page.evaluate(STRANGE) == 0
    assert opened.complaints == []


def test_names_of_districts_are_shown_in_steps_lists_and_on_the_map(
    opened: Opened, hostile: MapView, tmp_path: Path
) -> None:
    page = opened.draw(hostile, tmp_path)
    opened.look(11, 120.5, 36.5)
    page.mouse.move(*centre(page.viewport_size))
    opened.settle()
    assert HOSTILE in page.locator(".leaflet-tooltip").inner_text()
    assert page.locator(".scope ol button").inner_text() == HOSTILE
    assert page.locator(".scope select option").all_text_contents()[1] == HOSTILE
    assert HOSTILE in page.locator(".name span").all_text_contents()
    assert page.evaluate(STRANGE) == 0
    assert opened.complaints == []


def test_sources_and_units_are_shown(opened: Opened, hostile: MapView, tmp_path: Path) -> None:
    page = opened.draw(hostile, tmp_path)
    assert page.locator(".panel").inner_html().count("&lt;img src=x onerror=alert(1)&gt;") >= 2
    assert page.locator(".panel img, .panel script").count() == 0
    assert opened.complaints == []


def centre(size) -> tuple[float, float]:  # type: ignore[no-untyped-def]
    return size["width"] / 2, size["height"] / 2
