"""The street map's tiles of an area: as deep as a number of bytes allows, each zoom whole."""

import gzip
import math
import sqlite3
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from tests.profile import searched
from tests.yihui.http.pictures import write_mbtiles
from yihui.files.street_map.reading import StreetMap
from yihui.services.streets.area_tiles import Tile, select_area_tiles

METADATA = {"name": "test", "format": "pbf"}
WIDEST, DEEPEST = 6, 10
TOWN = shapely.Polygon([(116.4, 36.2), (117.9, 36.3), (117.2, 37.4)])  # a triangle: its box is larger


def tile_box(tile: Tile) -> shapely.Polygon:
    """The square of a tile in the Mercator projection, whose whole world is 1 wide and 1 high."""
    z, x, y = tile
    return shapely.box(x / 2**z, y / 2**z, (x + 1) / 2**z, (y + 1) / 2**z)


def drawn(area: shapely.Polygon) -> shapely.Polygon:
    """The area as the map draws it: its sides are straight in the Mercator projection, not in degrees."""
    corners = [
        ((lon + 180) / 360, (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2)
        for lon, lat in area.exterior.coords
    ]
    return shapely.Polygon(corners)


def tiles_around(sizes: Mapping[int, int]) -> dict[Tile, bytes]:
    """A tile for each place of a box around the town, at each zoom; contents of the sizes by zoom."""
    found: dict[Tile, bytes] = {}
    for z, size in sizes.items():
        side = 2**z
        for x in range(int((115.0 + 180) / 360 * side), int((119.5 + 180) / 360 * side) + 1):
            for y in range(int(0.385 * side), int(0.398 * side) + 1):
                found[z, x, y] = gzip.compress(b"")[:10] + bytes(size)
    return found


def select_slowly(tiles: Mapping[Tile, bytes], area: shapely.Polygon, most_bytes: int) -> dict[Tile, bytes]:
    """Every tile is looked at; zoom by zoom as long as all fits."""
    chosen: dict[Tile, bytes] = {}
    for zoom in range(min(z for z, _, _ in tiles), max(z for z, _, _ in tiles) + 1):
        of_zoom = {t: c for t, c in tiles.items() if t[0] == zoom and tile_box(t).intersects(drawn(area))}
        if sum(map(len, (chosen | of_zoom).values())) > most_bytes:
            break
        chosen |= of_zoom
    return chosen


@searched(25, anew=True)
@given(
    sizes=st.lists(st.integers(0, 400), min_size=5, max_size=5),
    most_bytes=st.integers(0, 120_000),
    corners=st.lists(st.tuples(st.floats(115.2, 119.3), st.floats(35.3, 37.9)), min_size=3, max_size=5),
)
def test_the_area_s_tiles_are_those_that_a_slow_search_finds(
    sizes: list[int], most_bytes: int, corners: list[tuple[float, float]]
) -> None:
    area = shapely.MultiPoint(corners).convex_hull.buffer(0.01)
    tiles = tiles_around(dict(zip(range(WIDEST, DEEPEST + 1), sizes, strict=True)))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "map.mbtiles"
        write_mbtiles(file, tiles, METADATA)
        street_map = StreetMap.open(file)
        found = select_area_tiles(street_map, area, most_bytes)
        street_map.close()
    slowly = select_slowly(tiles, area, most_bytes)
    assert (dict(found.tiles) if found else {}) == slowly
    if found:
        assert found.zooms == (WIDEST, max(z for z, _, _ in slowly))


def open_map(tiles: Mapping[Tile, bytes], folder: Path) -> StreetMap:
    write_mbtiles(folder / "map.mbtiles", tiles, METADATA)
    return StreetMap.open(folder / "map.mbtiles")


def test_a_tile_below_one_that_is_missing_is_still_found(tmp_path: Path) -> None:
    tiles = tiles_around(dict.fromkeys(range(WIDEST, DEEPEST + 1), 5))
    lacking = {tile: content for tile, content in tiles.items() if tile[0] in (WIDEST, DEEPEST)}
    found = select_area_tiles(open_map(lacking, tmp_path), TOWN, 1_000_000)
    assert found is not None
    assert found.zooms == (WIDEST, DEEPEST)
    assert {z for z, _, _ in found.tiles} == {WIDEST, DEEPEST}


@pytest.mark.parametrize(
    ("area", "most_bytes"),
    [
        (shapely.box(100, 20, 101, 21), 1_000_000),  # elsewhere
        (TOWN, 10),  # not even the widest zoom
    ],
)
def test_without_tiles_there_is_nothing(tmp_path: Path, area: shapely.Geometry, most_bytes: int) -> None:
    tiles = tiles_around(dict.fromkeys(range(WIDEST, DEEPEST + 1), 50))
    assert select_area_tiles(open_map(tiles, tmp_path), area, most_bytes) is None


def test_a_damaged_map_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    file = tmp_path / "map.mbtiles"
    open_map(tiles_around(dict.fromkeys(range(WIDEST, DEEPEST + 1), 2_000)), tmp_path).close()
    with sqlite3.connect(file) as connection:  # at the end of the file: it stays whole
        connection.execute("CREATE UNIQUE INDEX place ON tiles (zoom_level, tile_column, tile_row)")
    connection.close()
    content = bytearray(file.read_bytes())
    begin, end = 4096 * 8, len(content) // 2
    content[begin:end] = b"\xff" * (end - begin)
    file.write_bytes(content)
    street_map = StreetMap.open(file)
    with pytest.raises(sqlite3.DatabaseError):
        select_area_tiles(street_map, TOWN, 10_000_000)
    street_map.close()
