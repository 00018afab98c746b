"""Outlines of areas in square tiles, simplified for each zoom: a base map without an external server."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from typing_extensions import TypedDict

from geo.districts import AreaOutlines
from maps.packing import whole_steps

TILE_EXTENT = 4096  # steps along the side of a tile
# zooms; above the maximum, outlines with an error of 99 m gain no detail
OUTLINE_MIN_ZOOM, OUTLINE_MAX_ZOOM = (6, 12)
DISTRICTS_MIN_ZOOM = 9  # below this zoom the areas are cities
_MARGIN = TILE_EXTENT // 32  # around a tile, so that the edges made by clipping stay out of sight
_TOLERANCE = TILE_EXTENT / 256 / 2  # half a pixel
_MAX_LAT = 85.051128779806592  # latitude limit of Web Mercator

Floats = NDArray[np.float64]
Steps = list[int]


class OutlineTile(TypedDict):
    """Contents of one tile, in steps from its north-west corner, x to the east and y to the south.

    A ring or a line is dx, dy from point to point, the first from (0, 0).
    """

    areas: list[list[Steps]]  # rings of each area, filled by the even-odd rule
    borders: list[Steps]  # borders of the wider areas
    names: list[tuple[int, int, str]]  # names of the areas whose middle lies in this tile


@dataclass(frozen=True, slots=True)
class _Areas:
    """Areas of one level in the unit square of a web map. *CRS*: EPSG:3857 scaled to 0..1, y to the south."""

    shapes: NDArray[np.object_]
    middles: Floats
    names: Sequence[str]
    tree: shapely.STRtree

    @classmethod
    def of(cls, areas: AreaOutlines) -> "_Areas":
        shapes = shapely.transform(areas.geometries, project_to_unit_square)
        middles = shapely.get_coordinates(shapely.point_on_surface(shapes))
        return cls(shapes, middles, [area.name for area in areas.districts], shapely.STRtree(shapes))


class OutlineTiles:
    """Tiles of cities with their provinces' borders; from zoom 9, of districts with their cities' borders."""

    __slots__ = ("_cities", "_districts", "_provinces")

    def __init__(self, provinces: AreaOutlines, cities: AreaOutlines, districts: AreaOutlines) -> None:
        """Index the areas of three levels. *CRS*: WGS84."""
        self._provinces, self._cities, self._districts = map(_Areas.of, (provinces, cities, districts))

    def tile(self, z: int, x: int, y: int) -> OutlineTile:
        """Return the tile in column x from the west and row y from the north.

        *Raises*: ValueError if there is no such tile.
        """
        if not is_outline_tile(z, x, y):
            raise ValueError(f"there is no tile {z}/{x}/{y}")
        fine = self._districts if z >= DISTRICTS_MIN_ZOOM else self._cities
        wide = self._cities if z >= DISTRICTS_MIN_ZOOM else self._provinces
        corner, scale = np.array((x, y), dtype=np.float64), float(2**z)
        return {
            "areas": _filled(_cut(fine, corner, scale)),
            "borders": _lines(_edges(_cut(wide, corner, scale))),
            "names": _names(fine, corner, scale),
        }


def is_outline_tile(z: int, x: int, y: int) -> bool:
    """Return whether outlines are drawn at this zoom and the column and row exist in it."""
    return OUTLINE_MIN_ZOOM <= z <= OUTLINE_MAX_ZOOM and 0 <= x < 2**z and 0 <= y < 2**z


def project_to_unit_square(lonlat: Floats) -> Floats:
    """Project points to the unit square of a web map, y to the south.

    *Shape*: (n, 2). *CRS*: WGS84 in, scaled EPSG:3857 out.
    """
    lat = np.radians(np.clip(lonlat[:, 1], -_MAX_LAT, _MAX_LAT))
    return np.column_stack((lonlat[:, 0] / 360 + 0.5, 0.5 - np.arcsinh(np.tan(lat)) / (2 * np.pi)))


def _cut(areas: _Areas, corner: Floats, scale: float) -> NDArray[np.object_]:
    """Return the shapes that touch a tile, clipped to the tile and its margin, in steps, simplified."""
    margin = _MARGIN / TILE_EXTENT
    west, north, east, south = (*(corner - margin) / scale, *(corner + 1 + margin) / scale)
    touched = areas.shapes[np.sort(areas.tree.query(shapely.box(west, north, east, south)))]
    cut = shapely.clip_by_rect(touched, west, north, east, south)
    steps = shapely.transform(cut, lambda points: (points * scale - corner) * TILE_EXTENT)
    return np.asarray(shapely.simplify(steps, _TOLERANCE, preserve_topology=False))


def _filled(shapes: NDArray[np.object_]) -> list[list[Steps]]:
    rings = [[whole_steps(shapely.get_coordinates(ring)) for ring in _rings(shape)] for shape in shapes]
    return [kept for one in rings if (kept := [steps for steps in one if len(steps) >= 6])]


def _rings(shape: shapely.Geometry) -> list[shapely.LinearRing]:
    polygons = [
        part for part in shapely.get_parts(shape) if part.geom_type == "Polygon" and not part.is_empty
    ]
    return [ring for one in polygons for ring in (one.exterior, *one.interiors)]


def _edges(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return the outlines without the edges made by clipping, which all lie on the margin's edge."""
    inside = 1 - _MARGIN, 1 - _MARGIN, TILE_EXTENT + _MARGIN - 1, TILE_EXTENT + _MARGIN - 1
    return np.asarray(shapely.clip_by_rect(shapely.boundary(shapes), *inside))


def _lines(shapes: NDArray[np.object_]) -> list[Steps]:
    parts = (part for part in shapely.get_parts(shapes) if part.geom_type in ("LineString", "LinearRing"))
    found = (whole_steps(shapely.get_coordinates(part)) for part in parts)
    return [steps for steps in found if len(steps) >= 4]


def _names(areas: _Areas, corner: Floats, scale: float) -> list[tuple[int, int, str]]:
    at = areas.middles * scale - corner
    inside = np.flatnonzero(((at >= 0) & (at < 1)).all(axis=1))
    return [(*np.floor(at[i] * TILE_EXTENT).astype(int).tolist(), areas.names[i]) for i in inside.tolist()]
