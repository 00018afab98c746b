"""Read the tiles of an MBTiles file: pictures or vector tiles, and what its metadata says of them.

*Source*: MBTiles specification 1.3, https://github.com/mapbox/mbtiles-spec/blob/master/1.3/spec.md
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from threading import Lock

MAX_ZOOM = 22
_TILE = """
SELECT CAST(tile_data AS BLOB) FROM tiles WHERE zoom_level = ? AND tile_column = ? AND tile_row = ?
"""
_METADATA = "SELECT CAST(name AS TEXT), CAST(value AS TEXT) FROM metadata WHERE value IS NOT NULL"
_ZOOM = "SELECT CAST({which}(zoom_level) AS INTEGER) FROM tiles"  # one aggregate per query, so that SQLite can use an index
_SAMPLE = "SELECT CAST(tile_data AS BLOB) FROM tiles WHERE tile_data IS NOT NULL LIMIT 1"


@dataclass(frozen=True, slots=True)
class Mbtiles:
    """The tiles of one file, opened read-only. *CRS*: EPSG:3857 over WGS84, as the specification requires."""

    metadata: Mapping[str, str]
    zooms: tuple[int, int] | None  # None without any tile
    sample: bytes  # the first bytes of one tile
    version: str  # changes with every change of the file
    _connection: sqlite3.Connection
    _alone: Lock = field(default_factory=Lock)

    @classmethod
    def open(cls, file: Path) -> "Mbtiles":
        """Open a file. *Raises*: sqlite3.DatabaseError if it is no MBTiles file; OSError if it can't be read."""
        with file.open("rb"):  # SQLite reports a missing file and a locked one alike
            state = file.stat()
        version = sha256(f"{state.st_mtime_ns} {state.st_size}".encode()).hexdigest()[:12]
        connection = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True, check_same_thread=False)
        try:
            return cls(*_read_header(connection), version, connection)
        except sqlite3.DatabaseError:
            connection.close()
            raise

    def tile(self, z: int, x: int, y: int) -> bytes | None:
        """Return the tile in column x from the west and row y from the north, or None if the file has none."""
        if not (0 <= z <= MAX_ZOOM and 0 <= x < 2**z and 0 <= y < 2**z):
            return None
        with self._alone:  # MBTiles counts rows from the south
            row = self._connection.execute(_TILE, (z, x, 2**z - 1 - y)).fetchone()
        return row[0] if row and row[0] else None

    def count_tiles(self) -> int:
        with self._alone:
            return int(self._connection.execute("SELECT count(*) FROM tiles").fetchone()[0])

    def close(self) -> None:
        self._connection.close()


def _read_header(
    connection: sqlite3.Connection,
) -> tuple[dict[str, str], tuple[int, int] | None, bytes]:
    """Return the metadata, the range of zooms and the first bytes of one tile. *Raises*:
    sqlite3.DatabaseError.
    """
    metadata = dict(connection.execute(_METADATA).fetchall())
    low, high = (connection.execute(_ZOOM.format(which=which)).fetchone()[0] for which in ("min", "max"))
    row = connection.execute(_SAMPLE).fetchone()
    return metadata, None if low is None or row is None else (low, high), row[0][:16] if row else b""
