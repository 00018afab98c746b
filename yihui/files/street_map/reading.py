"""Read a street map: the vector tiles of an MBTiles file as `yihui streets build` has written it."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.files.mbtiles import Mbtiles

STREET_MAP_FAULTS = FaultTable(
    "street_map",
    {
        "unreadable": (
            N_("this is no street map of ours"),
            N_("build it again: yihui streets build FILE.osm.pbf --to FOLDER --again"),
        ),
    },
)
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class StreetMap:
    """The vector tiles of one file: Mapbox Vector Tile 2.1, each compressed with gzip.

    *CRS*: EPSG:3857 over WGS84.
    """

    zooms: tuple[int, int]
    version: str  # changes with every change of the file
    _tiles: Mbtiles

    @classmethod
    def open(cls, file: Path) -> "StreetMap":
        """Open a street map. *Raises*: FaultError if the file is none or has no tile; OSError."""
        try:
            tiles = Mbtiles.open(file)
        except sqlite3.DatabaseError as error:
            raise FaultError(STREET_MAP_FAULTS.build("unreadable", file=str(file))) from error
        if tiles.zooms is None or tiles.metadata.get("format") != "pbf" or not tiles.sample.startswith(_GZIP):
            tiles.close()
            raise FaultError(STREET_MAP_FAULTS.build("unreadable", file=str(file)))
        return cls(tiles.zooms, tiles.version, tiles)

    def tile(self, z: int, x: int, y: int) -> bytes | None:
        """Return the compressed tile in column x from the west and row y from the north; None where nothing is."""
        return self._tiles.tile(z, x, y)

    def count_tiles(self) -> int:
        return self._tiles.count_tiles()

    def close(self) -> None:
        self._tiles.close()
