"""From the province to the county and back, by mouse, by keys, by touch."""

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import expect

from maps import MapView
from tests.awaited import awaited
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


def test_colours_are_by_city_or_by_county(opened: Opened, full: MapView, tmp_path: Path) -> None:
    page = opened.draw(full, tmp_path)
    assert page.locator("path.area").count() == 3
    page.get_by_text("by city").click()
    opened.settle()
    assert page.locator("path.area").count() == 2
    page.get_by_label("go to …").select_option(label="济南市")
    opened.settle()
    assert page.locator("path.area").count() == 3, "a city is shown by its counties"
    assert page.locator(".scope fieldset").is_hidden()
    assert opened.complaints == []


def test_several_areas_without_one_above_them_begin_everywhere(
    opened: Opened, full: MapView, tmp_path: Path
) -> None:
    opened.draw(replace(full, levels=full.levels[1:], gaps=(), proposals=()), tmp_path)
    assert way(opened) == ["Everywhere"]
    opened.page.get_by_label("go to …").select_option(label="济南市")
    opened.settle()
    assert way(opened) == ["Everywhere", "济南市"]
    opened.page.locator(STEPS).first.click()
    opened.settle()
    assert way(opened) == ["Everywhere"]
    assert opened.complaints == []


BOXES = """() => Object.fromEntries([".panel", ".scope", ".week", ".leaflet-top.leaflet-right", ".leaflet-bottom.leaflet-right"].map(
  (name) => { const b = document.querySelector(name).getBoundingClientRect(); return [name, [b.left, b.top, b.right, b.bottom]]; }))"""


def test_no_box_lies_on_another_and_all_can_be_touched(opened: Opened, full: MapView, tmp_path: Path) -> None:
    page = opened.draw(full, tmp_path)
    size = page.viewport_size
    assert size
    boxes = page.evaluate(BOXES)
    for name, (left, top, right, bottom) in boxes.items():
        assert left >= 0 and top >= 0 and right <= size["width"] and bottom <= size["height"], name
        for other, (west, north, east, south) in boxes.items():
            apart = right <= west or east <= left or bottom <= north or south <= top
            assert apart or name == other, (name, other)
    if size["width"] < 640:
        for target in page.locator(".week button").all():
            box = target.bounding_box()
            assert box and box["height"] >= 36 and box["width"] >= 36


def test_a_popup_opens_clear_of_the_boxes(opened: Opened, full: MapView, tmp_path: Path) -> None:
    page = opened.draw(full, tmp_path)
    size = page.viewport_size
    assert size
    opened.look(14, 117.06, 36.63)
    box = page.locator(".scope").bounding_box()
    assert box
    down = size["height"] / 2 - (box["y"] + box["height"] + 40)
    page.evaluate(f"(down) => {MAP}.panBy([0, down], {{ animate: false }})", down)
    opened.settle()
    page.locator(".place[title=市工人文化宫]").click()
    popup = page.locator(".leaflet-popup-content-wrapper")
    awaited(
        page,
        "(below) => document.querySelector('.leaflet-popup-content-wrapper').getBoundingClientRect().top >= below",
        arg=box["y"] + box["height"],
    )
    shown = popup.bounding_box()
    week = page.locator(".week").bounding_box()
    assert shown and week
    assert shown["y"] + shown["height"] <= week["y"]
    assert shown["x"] >= 0 and shown["x"] + shown["width"] <= size["width"]


def test_the_townships_of_a_province_come_within_a_county_and_go_on_the_way_up(
    opened: Opened, view: MapView, tmp_path: Path
) -> None:
    """Counties are shown at first; names of townships stand there only where one looks at them closely."""
    counties = view.levels[-1]
    towns = counties.assign(
        code=[f"{code}001" for code in counties["code"]], name=["甲街道", "乙街道", "丙街道"]
    )
    drawn = replace(view, stations=(), levels=[*view.levels, towns], week=None)
    page = opened.draw(drawn, tmp_path)
    chosen, inner = page.locator(".scope input:checked"), page.get_by_label("go to …")
    shown = chosen.locator("xpath=..")
    assert shown.inner_text() == "by county"
    assert page.get_by_text("甲街道").count() == 0
    inner.select_option(label="济南市")
    inner.select_option(label="历下区")
    opened.settle()
    assert shown.inner_text() == "by township"
    opened.look(13, 117.05, 36.65)
    expect(page.locator(".name.near").get_by_text("甲街道")).to_be_visible()
    assert page.locator(".name.near").get_by_text("丙街道").count() == 0  # out of view
    page.locator(STEPS).first.click()
    opened.settle()
    assert shown.inner_text() == "by county"
    page.get_by_text("by township").click()
    inner.select_option(label="济南市")
    opened.settle()
    assert shown.inner_text() == "by township"  # whoever chose it keeps it on the way down
    assert opened.complaints == []
