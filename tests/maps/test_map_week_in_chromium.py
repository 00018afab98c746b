"""The hour slider: places, shares, gaps and words follow it."""

from pathlib import Path

import pytest

from maps import MapView
from maps.classes import ColourClasses
from tests.maps.opened import Opened

pytestmark = [pytest.mark.endure, pytest.mark.needs("chromium")]

SATURDAY_23, SATURDAY_10 = 5 * 24 + 23, 5 * 24 + 10
COLOURS = "() => [...document.querySelectorAll('path.area')].map((path) => path.getAttribute('fill'))"
PLACES = """() => Object.fromEntries([...document.querySelectorAll('.place')].map((place) =>
  [place.title, ["open", "closed", "unknown"].find((state) => place.firstChild.classList.contains(state))]))"""


def test_places_and_colours_and_gaps_are_those_of_the_hour(
    opened: Opened, full: MapView, tmp_path: Path
) -> None:
    page = opened.draw(full, tmp_path)
    none, low, high = "#d9d9d9", ColourClasses().colour(0.02), ColourClasses().colour(0.5)
    opened.look(13, 117.0, 36.65)
    for hour, colour, cultural, gaps in (
        (SATURDAY_23, low, "closed", 2),
        (SATURDAY_10, high, "open", 1),
        (0, low, "closed", 2),
        (167, low, "closed", 2),
    ):
        opened.at_hour(hour)
        colours = page.evaluate(COLOURS)
        assert colours.count(colour) == 2, hour
        assert colours.count(none) == len(colours) - 2, hour
        states = page.evaluate(PLACES)
        assert states["泉城路户外劳动者驿站"] == "open"
        assert states["市工人文化宫"] == cultural
        assert sum(state == "unknown" for state in states.values()) == 1, "unknown is shown as unknown"
        assert page.locator("path.gap").count() == gaps
        assert f"{hour % 24:02d}:00" in page.locator(".panel .at").text_content()
    assert opened.complaints == []


def test_keys_move_the_hour_and_it_is_read_aloud(opened: Opened, full: MapView, tmp_path: Path) -> None:
    page = opened.draw(full, tmp_path)
    slider = page.get_by_role("slider", name="Hour of the week")
    slider.focus()
    for key, hour, said in (
        ("ArrowRight", 144, "2026-10-04 Sun 00:00"),
        ("PageDown", 120, "2026-10-03 Sat 00:00"),
        ("PageUp", 144, "2026-10-04 Sun 00:00"),
        ("End", 167, "2026-10-04 Sun 23:00"),
        ("Home", 0, "2026-09-28 Mon 00:00"),
    ):
        page.keyboard.press(key)
        opened.settle()
        assert slider.input_value() == str(hour)
        assert slider.get_attribute("aria-valuetext") == said
    page.get_by_role("button", name="An hour earlier").click()
    opened.settle()
    assert slider.input_value() == "167"
    page.get_by_role("button", name="Wed", exact=True).click()
    opened.settle()
    assert slider.input_value() == str(2 * 24 + 23)
    assert opened.complaints == []
