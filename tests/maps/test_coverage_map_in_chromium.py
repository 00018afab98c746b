"""The finished file in a real browser, with the network unplugged."""

from dataclasses import replace
from pathlib import Path

import pytest

from geo.station import Kind, Station
from maps import MapView
from tests.awaited import awaited
from tests.maps.conftest import HOSTILE
from tests.maps.opened import Opened

pytestmark = pytest.mark.needs("chromium")

MOST_BYTES = 3_000_000


@pytest.mark.always
def test_the_map_opens_without_a_network_and_follows_a_hand(
    opened: Opened, full: MapView, tmp_path: Path
) -> None:
    """It goes down to a county, and to another hour; what is written in the data is shown as text."""
    page = opened.draw(full, tmp_path)
    page.wait_for_selector(".leaflet-marker-icon.cluster, .leaflet-marker-icon.place")
    assert opened.requests == [(tmp_path / "map.html").as_uri()]
    assert page.locator("path.area").count() == 3
    assert page.locator(".week output").inner_text() == "2026-10-03 Sat 23:00"
    inner, steps = page.get_by_label("go to …"), page.locator(".scope ol button")
    for name in ("济南市", "市中区"):
        inner.select_option(label=name)
        opened.settle()
    assert steps.all_inner_texts() == ["山东省", "济南市", "市中区"]
    assert "2.0 %" in page.locator(".scope dl").inner_text()
    opened.at_hour(10)
    assert "50.0 %" in page.locator(".scope dl").inner_text()
    opened.look(15, 116.95, 36.65)
    page.locator(".place[title^='<img']").click()
    assert page.locator(".card h2").inner_text() == HOSTILE
    assert page.locator(".card img, .card script").count() == 0
    assert opened.complaints == []


@pytest.mark.endure
def test_a_kind_can_be_switched_off(opened: Opened, view: MapView, tmp_path: Path) -> None:
    page = opened.draw(replace(view, levels=[frame.iloc[:2] for frame in view.levels]), tmp_path)
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


@pytest.mark.endure
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
    page = opened.draw(replace(view, stations=many, states={}), tmp_path)
    assert (tmp_path / "map.html").stat().st_size < MOST_BYTES
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


@pytest.mark.endure
def test_names_stand_clear_of_badges_at_every_zoom(opened: Opened, view: MapView, tmp_path: Path) -> None:
    """A badge stands on each district's middle, where its name would."""
    middles = view.levels[-1].representative_point()
    stations = [
        Station(id=f"{n}-{i}", name="站", kind=Kind.MOTHER_ROOM, lon=middle.x + i * 1e-4, lat=middle.y)
        for n, middle in enumerate(middles)
        for i in range(3)
    ]
    page = opened.draw(replace(view, stations=stations), tmp_path)
    seen = 0
    for zoom in (7, 9, 10, 12, 8):
        page.evaluate(ZOOM, zoom)
        shown = page.evaluate(OVERLAPPING)
        assert (shown["covered"], shown["crossing"]) == (0, 0), zoom
        seen += shown["names"]
    assert seen > 0, "no name was ever shown"
    assert opened.complaints == []
