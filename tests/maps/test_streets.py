"""Streets inside of a map's page: only where a view has some, and never beside an online base map."""

import gzip
import re
from base64 import b64decode
from dataclasses import replace

import pytest

from maps import BaseMapTiles, Labels, MapView, StreetTiles, coverage_map
from tests.maps.test_tiles import AMAP, data, policy
from yihui.runtime.assets import load_map_assets

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
    assert not re.search(r'id="data-streets"|yihui\.streets\(map_', page)
    assert data(page, "frame")["attribution"] == "webrd01.example.org"


def test_a_tile_of_another_zoom_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\(6, 52, 24\) is outside of the zooms 7\.\.8"):
        StreetTiles((7, 8), TILES, "")
