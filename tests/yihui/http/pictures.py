"""MBTiles files for tests, written with the specification's own schema."""

import sqlite3
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path

Tiles = Mapping[tuple[int, int, int], bytes]  # zoom, column from the west, row from the north

METADATA = {
    "name": "test",
    "format": "png",
    "attribution": '© <a href="https://example.org/" onclick="x()">市测绘院</a> &lt;2026&gt;<script>alert(1)</script>',
}


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(red: int, green: int, blue: int, side: int = 256) -> bytes:
    """A square of one colour (ISO/IEC 15948)."""
    row = b"\0" + bytes((red, green, blue)) * side
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)),
            _chunk(b"IDAT", zlib.compress(row * side)),
            _chunk(b"IEND", b""),
        )
    )


PNG = png(120, 160, 90)


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
