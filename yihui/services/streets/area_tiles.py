"""Select the street map's tiles of an area, as deep as a number of bytes allows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import shapely

from maps.outline_tiles import project_to_unit_square
from yihui.files.street_map.reading import StreetMap

Tile = tuple[int, int, int]  # zoom, column from the west, row from the north


@dataclass(frozen=True, slots=True)
class AreaTiles:
    """The tiles that touch an area, from the map's widest zoom to the deepest one that fits; compressed."""

    zooms: tuple[int, int]
    tiles: Mapping[Tile, bytes]


def select_area_tiles(street_map: StreetMap, area: shapely.Geometry, most_bytes: int) -> AreaTiles | None:
    """Return the area's tiles of all zooms down to the deepest one with which they take at most ``most_bytes``.

    A zoom is taken whole or not at all. None where the map has nothing of the area, or its widest zoom is too large.
    *CRS*: WGS84. *Raises*: sqlite3.DatabaseError if the map is damaged.
    """
    ground = shapely.transform(area, project_to_unit_square)
    shapely.prepare(ground)
    low, high = street_map.zooms
    taken: dict[Tile, bytes] = {}
    deepest, used = None, 0
    touched = list(_touching(list(_squares(low, ground)), ground))
    for zoom in range(low, high + 1):
        found = _read_within(street_map, touched, most_bytes - used)
        if found is None:
            break
        taken |= found
        used += sum(map(len, found.values()))
        deepest = zoom
        touched = list(_touching([child for tile in touched for child in _children(tile)], ground))
    return AreaTiles((low, deepest), taken) if deepest is not None and taken else None


def _read_within(street_map: StreetMap, tiles: list[Tile], most_bytes: int) -> dict[Tile, bytes] | None:
    """Return the contents of the tiles that the map has; None as soon as they are more than ``most_bytes``."""
    found: dict[Tile, bytes] = {}
    for tile in tiles:
        content = street_map.tile(*tile)
        if content is None:
            continue
        most_bytes -= len(content)
        if most_bytes < 0:
            return None
        found[tile] = content
    return found


def _squares(zoom: int, ground: shapely.Geometry) -> Iterator[Tile]:
    """Yield the tiles of a zoom in the box of the ground."""
    side = 2**zoom
    west, north, east, south = (int(np.clip(edge * side, 0, side - 1)) for edge in shapely.bounds(ground))
    for x in range(west, east + 1):
        for y in range(north, south + 1):
            yield zoom, x, y


def _children(tile: Tile) -> Iterator[Tile]:
    z, x, y = tile
    for dx in (0, 1):
        for dy in (0, 1):
            yield z + 1, 2 * x + dx, 2 * y + dy


def _touching(tiles: list[Tile], ground: shapely.Geometry) -> Iterator[Tile]:
    """Yield the tiles of one zoom that touch the ground."""
    if not tiles:
        return
    side = 2.0 ** tiles[0][0]
    corners = np.array([(x, y) for _, x, y in tiles], dtype=float) / side
    boxes = shapely.box(corners[:, 0], corners[:, 1], corners[:, 0] + 1 / side, corners[:, 1] + 1 / side)
    for index in np.flatnonzero(shapely.intersects(ground, boxes)).tolist():
        yield tiles[index]
