"""The finished file in a real browser, with the network unplugged."""

from dataclasses import replace
from pathlib import Path

import pytest

from geo.station import Kind, Station
from maps import MapView
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
