"""Read an operator's own raster tiles from an MBTiles file: a base map without any external service."""

import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from yihui.files.mbtiles import MAX_ZOOM, Mbtiles

# Format name in the specification → media type and first bytes. Other formats could contain scripts.
_FORMATS: Mapping[str, tuple[str, bytes]] = {
    "png": ("image/png", b"\x89PNG\r\n\x1a\n"),
    "jpg": ("image/jpeg", b"\xff\xd8\xff"),
    "jpeg": ("image/jpeg", b"\xff\xd8\xff"),
    "webp": ("image/webp", b"RIFF"),
}

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
    """The pictures of one MBTiles file."""

    media_type: str
    zooms: tuple[int, int]
    attribution: str  # plain text
    version: str  # changes with every change of the file
    tiles: Mbtiles

    @classmethod
    def open(cls, file: Path) -> "RasterTiles":
        """Open an MBTiles file. *Raises*: FaultError with every fault of the file; OSError if it can't be
        read.
        """
        try:
            tiles = Mbtiles.open(file)
        except sqlite3.DatabaseError as error:
            raise FaultError(
                RASTER_TILE_FAULTS.build("no_mbtiles", file=str(file), field="--base-map")
            ) from error
        wrong = _find_faults(file, tiles.metadata, tiles.zooms, tiles.sample)
        if wrong or tiles.zooms is None:
            tiles.close()
            raise FaultError(wrong)
        attribution = _plain(tiles.metadata.get("attribution", ""))
        return cls(_format(tiles.metadata)[0], tiles.zooms, attribution, tiles.version, tiles)

    def tile(self, z: int, x: int, y: int) -> bytes | None:
        """Return the image in column x from the west and row y from the north, or None if the file has none."""
        return self.tiles.tile(z, x, y)

    def close(self) -> None:
        self.tiles.close()


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
