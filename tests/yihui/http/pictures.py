"""MBTiles files for tests, written with the specification's own schema."""

import sqlite3
from collections.abc import Mapping
from pathlib import Path

from tests.yihui.http.organisation_page_town import png

Tiles = Mapping[tuple[int, int, int], bytes]  # zoom, column from the west, row from the north

METADATA = {
    "name": "test",
    "format": "png",
    "attribution": '© <a href="https://example.org/" onclick="x()">市测绘院</a> &lt;2026&gt;<script>alert(1)</script>',
}


PNG = png(256, 256, bytes((120, 160, 90)))


def write_mbtiles(file: Path, tiles: Tiles, metadata: Mapping[str, str] = METADATA) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE metadata (name text, value text)")
        connection.execute(
            "CREATE TABLE tiles (zoom_level integer, tile_column integer, tile_row integer, tile_data blob)"
        )
        connection.executemany("INSERT INTO metadata VALUES (?, ?)", metadata.items())
        rows = [(z, x, 2**z - 1 - y, content) for (z, x, y), content in tiles.items()]
        connection.executemany("INSERT INTO tiles VALUES (?, ?, ?, ?)", rows)
    connection.close()
