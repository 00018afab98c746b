"""Online base maps and built streets inside of a map's page: never both."""

import gzip
import json
import re
from base64 import b64decode
from dataclasses import replace

import numpy as np
import pytest

from geo.crs import from_wgs84
from geo.datum import Datum
from maps import BaseMapTiles, Labels, MapView, StreetTiles, coverage_map
from maps.tiles import leaflet_template, subdomains
from yihui.runtime.assets import load_map_assets

AMAP = "https://webrd0{1-4}.example.org/tile?x={x}&y={y}&z={z}"


def data(page: str, key: str) -> dict[str, object]:
    found = re.search(rf'<script type="application/json" id="data-{key}">(.*?)</script>', page)
    assert found
    content: dict[str, object] = json.loads(found[1])
    return content


def policy(page: str) -> str:
    found = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert found
    return found[1]


def test_tianditu_is_two_layers_of_eight_hosts_in_wgs84() -> None:
    tiles = BaseMapTiles.parse("tianditu:0123456789abcdef")
    assert [("LAYER=vec" in t, "LAYER=cva" in t) for t in tiles.templates] == [(True, False), (False, True)]
    assert all("tk=0123456789abcdef" in template for template in tiles.templates)
    assert tiles.datum is Datum.WGS84
    assert tiles.hosts == tuple(f"https://t{i}.tianditu.gov.cn" for i in range(8))


def test_a_range_of_hosts_is_what_leaflet_calls_s() -> None:
    assert (leaflet_template(AMAP), subdomains(AMAP)) == (AMAP.replace("{1-4}", "{s}"), "1234")


@pytest.mark.parametrize(
    "text",
    [
        "osm",  # no address
        "tianditu:",  # no key
        "tianditu:abc def",
        "tianditu:'; script-src *",
        "gcj02:ftp://tiles.example.org/{z}/{x}/{y}",
        "gcj02:https:///{z}/{x}/{y}",  # no host
        "gcj02:https://a.example.org; script-src */{z}/{x}/{y}",  # would end the policy's directive
        "gcj02:https://user:word@a.example.org/{z}/{x}/{y}",
        "gcj02:javascript:alert(1)",
        "wgs84:https://tiles.example.org/{z}/{x}",  # no y
        "wgs84:https://{s}.example.org/{z}/{x}/{y}",  # which hosts?
        "wgs84:https://{4-1}.example.org/{z}/{x}/{y}",
    ],
)
def test_what_is_no_base_map_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        BaseMapTiles.parse(text)


def test_the_policy_lets_just_the_chosen_hosts_through_and_the_page_says_so(full: MapView) -> None:
    page = coverage_map(replace(full, tiles=BaseMapTiles.parse(f"gcj02:{AMAP}")), Labels(), load_map_assets())
    hosts = " ".join(f"https://webrd0{i}.example.org" for i in range(1, 5))
    assert policy(page).endswith(f"img-src data: {hosts}")
    assert "these servers see who looks" in page
    offline = coverage_map(full, Labels(), load_map_assets())
    assert policy(offline).endswith("img-src data:")
    assert "these servers see who looks" not in offline


def test_on_a_gcj02_base_map_every_layer_is_shifted(full: MapView) -> None:
    """Against geo/crs.py, to the digits that each layer keeps: some 500 m in Shandong."""
    shifted = coverage_map(
        replace(full, tiles=BaseMapTiles.parse(f"gcj02:{AMAP}")), Labels(), load_map_assets()
    )
    plain = coverage_map(full, Labels(), load_map_assets())
    for points, expected, digits in _points_of(plain, shifted):
        moved = from_wgs84(points, Datum.GCJ02)
        assert np.abs(moved - points).max() > 0.002
        assert np.abs(expected - moved).max() <= digits
    assert "shifted from WGS84 to GCJ-02" in shifted


def _points_of(plain: str, shifted: str) -> list[tuple[np.ndarray, np.ndarray, float]]:
    """Of each layer: where points are, where the shifted page has them, and the rounding of both. lon, lat."""

    def both(key: str, points: object) -> tuple[np.ndarray, np.ndarray]:
        return tuple(np.array(points(data(page, key)), dtype=float) for page in (plain, shifted))  # type: ignore[operator,return-value]

    def packed(content: dict[str, dict[str, str]]) -> list[list[float]]:
        lon, lat = (np.frombuffer(b64decode(content[axis]["data"]), "<i4") / 1e5 for axis in ("lon", "lat"))
        return np.column_stack((lon, lat)).tolist()

    def corner(row: list[list[list[int]]]) -> list[float]:
        return [row[0][0][0] / 1e4, row[0][0][1] / 1e4]

    return [
        (*both("places", packed), 2e-5),
        (*both("areas", lambda d: [corner(one) for one in d["outlines"]]), 2e-4),
        (*both("gaps", lambda d: [corner(one["outline"]) for one in d["rows"]]), 2e-4),
        (*both("proposals", lambda d: [[one["lon"], one["lat"]] for one in d["rows"]]), 2e-6),
        (*both("names", lambda d: [[one[1], one[0]] for one in d["far"] + d["near"]]), 2e-3),
        (*both("frame", lambda d: [corner[::-1] for corner in d["bounds"]]), 1e-9),
    ]


TILES = {(7, 105, 49): gzip.compress(b"b"), (6, 52, 24): gzip.compress(b"a")}
STREETS = StreetTiles((6, 7), TILES, "© <OSM>")


def test_the_page_holds_each_tile_as_it_is_stored(view: MapView) -> None:
    page = coverage_map(replace(view, streets=STREETS), Labels(), load_map_assets(with_streets=True))
    content = data(page, "streets")
    assert (content["min_zoom"], content["max_zoom"]) == (6, 7)
    tiles = content["tiles"]
    assert isinstance(tiles, dict)
    read = {(int(z), x, y): b64decode(text) for z, rows in tiles.items() for x, y, text in rows}
    assert read == TILES
    assert data(page, "frame")["attribution"] == "© <OSM>"
    assert policy(page) == policy(coverage_map(view, Labels(), load_map_assets()))


def test_without_streets_the_page_has_neither_data_nor_renderer(view: MapView) -> None:
    page = coverage_map(view, Labels(), load_map_assets())
    assert 'id="data-streets"' not in page
    assert "with-streets" not in page
    assert data(page, "frame")["attribution"] == ""


def test_an_online_base_map_is_drawn_in_place_of_streets(view: MapView) -> None:
    online = replace(view, tiles=BaseMapTiles.parse(f"wgs84:{AMAP}"), streets=STREETS)
    page = coverage_map(online, Labels(), load_map_assets(with_streets=True))
    assert not re.search(r'id="data-streets"', page)
    assert data(page, "frame")["attribution"] == "webrd01.example.org"


def test_a_tile_of_another_zoom_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\(6, 52, 24\) is outside of the zooms 7\.\.8"):
        StreetTiles((7, 8), TILES, "")
