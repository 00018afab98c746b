"""The finished file in a real browser, with the network unplugged."""

from dataclasses import replace
from pathlib import Path

import pytest

from geo.station import Kind, Station
from maps import Labels, MapView, coverage_map
from tests.awaited import awaited
from tests.maps.opened import Opened
from yihui.runtime.assets import load_map_assets

pytestmark = pytest.mark.needs("chromium")

MOST_BYTES = 3_000_000


def test_the_map_opens_without_a_network_and_asks_for_nothing(
    opened: Opened, view: MapView, tmp_path: Path
) -> None:
    file = tmp_path / "map.html"
    file.write_text(coverage_map(view, Labels(), load_map_assets()), encoding="utf-8")
    page = opened.show(file)
    page.wait_for_selector(".leaflet-marker-icon.cluster, .leaflet-marker-icon.place")
    assert opened.requests == [file.as_uri()]
    assert opened.complaints == []
    assert page.locator("path.area").count() == 3
    assert page.locator(".leaflet-control-scale-line").inner_text().endswith("km")


def test_the_legend_states_its_breaks(opened: Opened, view: MapView, tmp_path: Path) -> None:
    file = tmp_path / "map.html"
    file.write_text(coverage_map(view, Labels(), load_map_assets()), encoding="utf-8")
    page = opened.show(file)
    if not page.locator(".panel details").evaluate("node => node.open"):
        page.locator(".panel summary").click()
    assert page.get_by_text("6 % to under 10 %").is_visible()
    assert page.get_by_text("25 % to 100 %").is_visible()
    assert page.locator(".panel .mark").inner_text() == "sample"


def test_a_hostile_name_is_shown_and_not_run(opened: Opened, view: MapView, tmp_path: Path) -> None:
    hostile = replace(
        view,
        stations=[s for s in view.stations if s.kind is Kind.MOTHER_ROOM],
        levels=[],
    )
    file = tmp_path / "map.html"
    file.write_text(coverage_map(hostile, Labels(), load_map_assets()), encoding="utf-8")
    page = opened.show(file)
    page.locator(".leaflet-marker-icon.place").click()
    page.wait_for_selector(".leaflet-popup .card")
    assert page.locator(".card h2").inner_text() == hostile.stations[0].name
    assert page.locator(".card img, .card script").count() == 0
    assert opened.complaints == []


def test_a_kind_can_be_switched_off(opened: Opened, view: MapView, tmp_path: Path) -> None:
    file = tmp_path / "map.html"
    file.write_text(
        coverage_map(
            replace(view, levels=[frame.iloc[:2] for frame in view.levels]), Labels(), load_map_assets()
        ),
        encoding="utf-8",
    )
    page = opened.show(file)
    corner = page.locator(".leaflet-control-layers-toggle").bounding_box()
    assert corner
    page.mouse.move(corner["x"] + 10, corner["y"] + 10)
    boxes = page.locator(".leaflet-control-layers-overlays label")
    assert boxes.count() == 5  # coverage, names, three kinds
    drawn = (
        "() => document.querySelectorAll('.leaflet-marker-icon.place, .leaflet-marker-icon.cluster').length"
    )
    assert page.evaluate(drawn) > 0
    for box in boxes.all()[2:]:
        box.click()
    awaited(page, f"({drawn})() === 0")
    assert opened.complaints == []


def test_a_register_of_the_size_of_shandong_fits_and_is_drawn(
    opened: Opened, view: MapView, tmp_path: Path
) -> None:
    kinds = [Kind.OUTDOOR_STATION] * 5_500 + [Kind.MOTHER_ROOM] * 5_159 + [Kind.CULTURAL_PALACE] * 131
    many = [
        Station(
            id=str(i),
            name=f"历下区泉城路街道户外劳动者服务站点第{i}号",
            kind=kind,
            sample=True,
            lon=116.9 + (i % 104) * 0.0019,
            lat=36.6 + (i // 104) * 0.00095,
            address=f"山东省济南市历下区泉城路{i}号",
            hours_text="周一至周五 09:00-17:30",
            source="示例：由 2020 年人口普查数据生成",
        )
        for i, kind in enumerate(kinds)
    ]
    file = tmp_path / "map.html"
    file.write_text(
        coverage_map(replace(view, stations=many, states={}), Labels(), load_map_assets()), encoding="utf-8"
    )
    assert file.stat().st_size < MOST_BYTES
    page = opened.show(file)
    page.wait_for_selector(".leaflet-marker-icon.cluster")
    counts = page.locator(".cluster span").all_inner_texts()
    assert sum(map(int, counts)) + page.locator(".place").count() == len(many)
    assert opened.complaints == []


# Two frames later all that follows a change of zoom has been drawn.
ZOOM = """(zoom) => new Promise((done) => {
  Object.values(window).find((value) => value instanceof L.Map).setZoom(zoom, { animate: false });
  requestAnimationFrame(() => requestAnimationFrame(done));
})"""
OVERLAPPING = """() => {
  const boxes = (wanted) => [...document.querySelectorAll(wanted)]
    .filter((node) => node.style.visibility !== "hidden").map((node) => node.getBoundingClientRect());
  const names = boxes(".name span"), badges = boxes(".cluster, .place");
  const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  return {
    names: names.length,
    covered: names.filter((name) => badges.some((badge) => meet(name, badge))).length,
    crossing: names.filter((name, i) => names.some((other, j) => i < j && meet(name, other))).length,
  };
}"""


def test_names_stand_clear_of_badges_at_every_zoom(opened: Opened, view: MapView, tmp_path: Path) -> None:
    """A badge stands on each district's middle, where its name would."""
    middles = view.levels[-1].representative_point()
    stations = [
        Station(id=f"{n}-{i}", name="站", kind=Kind.MOTHER_ROOM, lon=middle.x + i * 1e-4, lat=middle.y)
        for n, middle in enumerate(middles)
        for i in range(3)
    ]
    file = tmp_path / "map.html"
    file.write_text(
        coverage_map(replace(view, stations=stations), Labels(), load_map_assets()), encoding="utf-8"
    )
    page = opened.show(file)
    seen = 0
    for zoom in (7, 9, 10, 12, 8):
        page.evaluate(ZOOM, zoom)
        shown = page.evaluate(OVERLAPPING)
        assert (shown["covered"], shown["crossing"]) == (0, 0), zoom
        seen += shown["names"]
    assert seen > 0, "no name was ever shown"
    assert opened.complaints == []
