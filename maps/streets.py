"""Streets under a map: vector tiles inside of the page, drawn by the renderer of the riders' map."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass

TileKey = tuple[int, int, int]  # zoom, column from the west, row from the north


@dataclass(frozen=True, slots=True)
class StreetTiles:
    """The vector tiles of an area from one zoom to another (Mapbox Vector Tile 2.1, gzip), and whose they are.

    *CRS*: EPSG:3857 over WGS84. *Raises*: ValueError for a tile of another zoom.
    """

    zooms: tuple[int, int]
    tiles: Mapping[TileKey, bytes]
    attribution: str

    def __post_init__(self) -> None:
        low, high = self.zooms
        for key in self.tiles:
            if not low <= key[0] <= high:
                raise ValueError(f"tile {key} is outside of the zooms {low}..{high}")

    @property
    def size_bytes(self) -> int:
        """The size of all tiles, compressed."""
        return sum(map(len, self.tiles.values()))


def street_data(streets: StreetTiles) -> dict[str, object]:
    """Return the tiles as the page reads them: column, row and content in base64, by zoom."""
    low, high = streets.zooms
    tiles: dict[str, list[list[int | str]]] = {}
    for (z, x, y), content in sorted(streets.tiles.items()):
        tiles.setdefault(str(z), []).append([x, y, b64encode(content).decode()])
    return {"min_zoom": low, "max_zoom": high, "tiles": tiles}
