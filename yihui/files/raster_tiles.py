"""Read an operator's own raster tiles from an MBTiles file: a base map without any external service."""

import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from threading import Lock

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_

MAX_ZOOM = 22
# Format name in the specification → media type and first bytes. Other formats could contain scripts.
_FORMATS: Mapping[str, tuple[str, bytes]] = {
    "png": ("image/png", b"\x89PNG\r\n\x1a\n"),
    "jpg": ("image/jpeg", b"\xff\xd8\xff"),
    "jpeg": ("image/jpeg", b"\xff\xd8\xff"),
    "webp": ("image/webp", b"RIFF"),
}
_TILE = """
SELECT CAST(tile_data AS BLOB) FROM tiles WHERE zoom_level = ? AND tile_column = ? AND tile_row = ?
"""
_METADATA = "SELECT CAST(name AS TEXT), CAST(value AS TEXT) FROM metadata WHERE value IS NOT NULL"
_ZOOM = "SELECT CAST({which}(zoom_level) AS INTEGER) FROM tiles"  # one aggregate per query, so that SQLite can use an index
_SAMPLE = "SELECT CAST(tile_data AS BLOB) FROM tiles WHERE tile_data IS NOT NULL LIMIT 1"

RASTER_TILE_FAULTS = FaultTable(
    "raster_tiles",
    {
        "no_mbtiles": (
            N_("this is no MBTiles file"),
            N_("give an SQLite file with the tables metadata and tiles, as GDAL and QGIS write it"),
        ),
        "empty": (
            N_("there is no tile in it"),
            N_("write it again, with tiles of the zooms that riders look at (6 to 17, say)"),
        ),
        "no_picture": (
            N_("its tiles are “{value}”, not pictures"),
            N_("draw them as PNG, JPEG or WebP and say so in the metadata's row “format”"),
        ),
        "another_format": (
            N_("its metadata says “{value}”, its tiles are something else"),
            N_("write png, jpg or webp into the metadata's row “format”, as its tiles are"),
        ),
        "zooms": (N_("its zooms are {value}"), N_("zooms run from 0 to {most}: write it again")),
    },
)


@dataclass(frozen=True, slots=True)
class RasterTiles:
    """The tiles of one file, opened read-only. *CRS*: EPSG:3857 over WGS84, as the specification requires.

    *Source*: MBTiles specification 1.3, https://github.com/mapbox/mbtiles-spec/blob/master/1.3/spec.md
    """

    file: Path
    media_type: str
    zooms: tuple[int, int]
    attribution: str  # plain text
    version: str  # changes with every change of the file
    _connection: sqlite3.Connection
    _alone: Lock = field(default_factory=Lock)

    @classmethod
    def open(cls, file: Path) -> "RasterTiles":
        """Open an MBTiles file. *Raises*: FaultError with every fault of the file; OSError if it can't be
        read.
        """
        with file.open("rb"):  # SQLite reports a missing file and a locked one alike
            state = file.stat()
        connection = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True, check_same_thread=False)
        try:
            metadata, zooms, sample = _read_header(connection)
        except sqlite3.DatabaseError as error:
            connection.close()
            raise FaultError(
                RASTER_TILE_FAULTS.build("no_mbtiles", file=str(file), field="--base-map")
            ) from error
        wrong = _find_faults(file, metadata, zooms, sample)
        if wrong or zooms is None:
            connection.close()
            raise FaultError(wrong)
        version = sha256(f"{state.st_mtime_ns} {state.st_size}".encode()).hexdigest()[:12]
        media_type = _format(metadata)[0]
        return cls(file, media_type, zooms, _plain(metadata.get("attribution", "")), version, connection)

    def tile(self, z: int, x: int, y: int) -> bytes | None:
        """Return the image in column x from the west and row y from the north, or None if the file has none."""
        if not (0 <= z <= MAX_ZOOM and 0 <= x < 2**z and 0 <= y < 2**z):
            return None
        with self._alone:  # MBTiles counts rows from the south
            row = self._connection.execute(_TILE, (z, x, 2**z - 1 - y)).fetchone()
        return row[0] if row and row[0] else None

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


def _find_faults(
    file: Path, metadata: Mapping[str, str], zooms: tuple[int, int] | None, sample: bytes
) -> list[Fault]:
    if zooms is None:
        return [RASTER_TILE_FAULTS.build("empty", file=str(file), field="--base-map")]
    named = metadata.get("format", "").strip().lower()
    if named not in _FORMATS:
        return [
            RASTER_TILE_FAULTS.build("no_picture", file=str(file), field="--base-map", value=named or "–")
        ]
    faults = []
    if not sample.startswith(_format(metadata)[1]):
        faults.append(
            RASTER_TILE_FAULTS.build("another_format", file=str(file), field="--base-map", value=named)
        )
    if zooms[0] < 0 or zooms[1] > MAX_ZOOM:
        faults.append(
            RASTER_TILE_FAULTS.build(
                "zooms", file=str(file), field="--base-map", value=f"{zooms[0]}–{zooms[1]}", most=MAX_ZOOM
            )
        )
    return faults


def _format(metadata: Mapping[str, str]) -> tuple[str, bytes]:
    return _FORMATS[metadata["format"].strip().lower()]


class _VisibleText(HTMLParser):
    """Collect the visible text of an attribution that may contain HTML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._hidden += tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("script", "style") and self._hidden > 0

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data)


def _plain(html: str) -> str:
    reader = _VisibleText()
    reader.feed(html)
    reader.close()
    return re.sub(r"\s+", " ", "".join(reader.words)).strip()[:300]
