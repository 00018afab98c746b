"""From the province to the county and back, by mouse, by keys, by touch."""

from dataclasses import replace
from pathlib import Path

import pytest

from maps import MapView
from tests.maps.opened import MAP, Opened

pytestmark = [pytest.mark.endure, pytest.mark.needs("chromium")]

BOUNDS = (
    f"() => {{ const b = {MAP}.getBounds(); return [b.getWest(), b.getSouth(), b.getEast(), b.getNorth()]; }}"
)
STEPS = ".scope ol button"


def click_on(opened: Opened, lon: float, lat: float) -> None:
    at = opened.page.evaluate(f"([lon, lat]) => {MAP}.latLngToContainerPoint([lat, lon])", [lon, lat])
    opened.page.mouse.click(at["x"], at["y"])
    opened.settle()


def way(opened: Opened) -> list[str]:
    return opened.page.locator(STEPS).all_inner_texts()


def figures(opened: Opened) -> str:
    return " ".join(opened.page.locator(".scope dl").inner_text().split())


def test_a_click_goes_down_a_level_and_the_steps_lead_back(
    opened: Opened, full: MapView, tmp_path: Path
) -> None:
    page = opened.draw(replace(full, stations=full.stations[:1], gaps=(), proposals=()), tmp_path)
    whole = page.evaluate(BOUNDS)
    assert way(opened) == ["山东省"]
    assert "Residents 819,139" in figures(opened)
    opened.look(9, 116.95, 36.65)
    click_on(opened, 116.96, 36.65)
    assert way(opened) == ["山东省", "济南市"]
    west, south, east, north = page.evaluate(BOUNDS)
    assert west < 116.9 and south < 36.6 and east > 117.1 and north > 36.7
    assert east - west < whole[2] - whole[0]
    click_on(opened, 116.96, 36.65)
    assert way(opened) == ["山东省", "济南市", "市中区"]
    assert "Share served 2.0 %" in figures(opened)
    opened.at_hour(10)
    assert "Share served 50.0 %" in figures(opened)
    page.locator(STEPS).first.click()
    opened.settle()
    assert way(opened) == ["山东省"]
    assert page.evaluate(BOUNDS) == pytest.approx(whole)
    assert opened.complaints == []
