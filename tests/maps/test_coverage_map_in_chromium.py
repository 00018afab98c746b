"""The finished file in a real browser: offline, with many places, with a base map, with hostile texts."""

import re
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pytest
from playwright.sync_api import Browser, Locator, Route

from geo.station import Kind, Station
from maps import BaseMapTiles, Labels, MapView, coverage_map
from maps.places import MAX_MARKERS
from tests.maps.conftest import HOSTILE
from tests.maps.opened import Opened
from tests.yihui.http.organisation_page_town import png
from yihui.runtime.assets import load_map_assets

pytestmark = pytest.mark.needs("chromium")

MOST_BYTES = 3_000_000


@pytest.mark.always
def test_the_map_opens_without_a_network_and_follows_a_hand(
    opened: Opened, full: MapView, tmp_path: Path
) -> None:
    """It goes down to a county, and to another hour; what is written in the data is shown as text."""
    page = opened.draw(full, tmp_path)
    page.wait_for_selector(".cluster, .place")
    assert opened.requests == [(tmp_path / "map.html").as_uri()]
    assert page.locator("path.area").count() == 3
    assert page.locator(".week output").inner_text() == "10/3/2026 Sat 23:00"
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
    page.wait_for_selector(".cluster")
    counts = page.locator(".cluster span").all_inner_texts()
    assert sum(map(int, counts)) + page.locator(".place").count() == len(many)
    assert opened.complaints == []


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


@pytest.mark.endure
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


@pytest.mark.endure
def test_only_the_named_hosts_are_asked(browser: Browser, full: MapView, tmp_path: Path) -> None:
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(body=png(), content_type="image/png")

    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.route(re.compile("^https?:"), answer)
    file = tmp_path / "map.html"
    tiles = BaseMapTiles.parse("gcj02:https://t{1-2}.example.org/{z}/{x}/{y}.png")
    file.write_text(coverage_map(replace(full, tiles=tiles), Labels(), load_map_assets()), encoding="utf-8")
    page.goto(file.as_uri())
    page.wait_for_selector("img.leaflet-tile-loaded")
    assert asked
    assert {url.split("/")[2] for url in asked} <= {"t1.example.org", "t2.example.org"}
    assert page.get_by_text("these servers see who looks").is_visible()
    assert complaints == []
    page.evaluate(
        """() => new Promise((done) => {
          const image = new Image();
          image.onload = image.onerror = done;
          image.src = "https://elsewhere.example.org/x.png";
        })"""
    )
    assert not any("elsewhere" in url for url in asked)
    context.close()


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


@pytest.mark.endure
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
