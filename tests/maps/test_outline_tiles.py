"""The tiles of outlines against the outlines themselves."""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.districts import AreaOutlines, District
from maps.outline_tiles import (
    OUTLINE_MAX_ZOOM,
    OUTLINE_MIN_ZOOM,
    TILE_EXTENT,
    OutlineTiles,
    is_outline_tile,
    project_to_unit_square,
)
from tests.profile import searched

WEST, SOUTH, EAST, NORTH = 116.0, 36.0, 118.0, 37.0


def areas(shapes: Mapping[str, shapely.Geometry]) -> AreaOutlines:
    named = tuple(District("", name, "", "") for name in shapes)
    return AreaOutlines(named, np.array(list(shapes.values()), dtype=object))


WEST_HALF, EAST_HALF = shapely.box(WEST, SOUTH, 117, NORTH), shapely.box(117, SOUTH, EAST, NORTH)
LAKE = shapely.Point(116.5, 36.5).buffer(0.2)
DISTRICTS = {"西区": WEST_HALF - LAKE, "东区": EAST_HALF, "湖区": LAKE}
TILES = OutlineTiles(
    areas({"省": WEST_HALF | EAST_HALF}), areas({"西市": WEST_HALF, "东市": EAST_HALF}), areas(DISTRICTS)
)


def tile_of(lon: float, lat: float, z: int) -> tuple[int, int, np.ndarray]:
    """Column and row, and where in the tile the point is, in steps."""
    at = project_to_unit_square(np.array([[lon, lat]]))[0] * 2**z
    x, y = np.floor(at).astype(int).tolist()
    return x, y, (at - (x, y)) * TILE_EXTENT


def drawn(steps: list[int]) -> np.ndarray:
    return np.cumsum(np.array(steps).reshape(-1, 2), axis=0)


def covers(rings: list[list[int]], point: np.ndarray) -> bool:
    """Even-odd, as a canvas fills."""
    crossings = 0
    for ring in rings:
        corners = [*drawn(ring).tolist(), drawn(ring)[0].tolist()]
        for (x1, y1), (x2, y2) in pairwise(corners):
            if (y1 > point[1]) != (y2 > point[1]):
                crossings += point[0] < x1 + (point[1] - y1) * (x2 - x1) / (y2 - y1)
    return bool(crossings % 2)


def from_edge_steps(point: tuple[float, float], z: int) -> float:
    """How far a point is from the nearest outline, in steps of a tile of that zoom."""
    square = shapely.transform(
        shapely.MultiLineString([s.exterior for s in [WEST_HALF, EAST_HALF, LAKE]]), project_to_unit_square
    )
    at = shapely.Point(project_to_unit_square(np.array([point]))[0])
    away: float = shapely.distance(square, at)
    return away * 2.0**z * TILE_EXTENT


@searched(100, anew=True)
@given(st.floats(115.9, 118.1), st.floats(35.9, 37.1), st.integers(9, OUTLINE_MAX_ZOOM))
def test_a_point_lies_in_the_area_in_which_its_tile_draws_it(lon: float, lat: float, z: int) -> None:
    if from_edge_steps((lon, lat), z) < 16:  # a pixel: simplified and rounded
        return
    x, y, at = tile_of(lon, lat, z)
    there = sum(shape.covers(shapely.Point(lon, lat)) for shape in DISTRICTS.values())
    assert sum(covers(rings, at) for rings in TILES.tile(z, x, y)["areas"]) == there


@pytest.mark.parametrize("z", range(OUTLINE_MIN_ZOOM, OUTLINE_MAX_ZOOM + 1))
def test_a_name_stands_in_exactly_one_tile(z: int) -> None:
    (west, north), (east, south) = (tile_of(*corner, z)[:2] for corner in ((WEST, NORTH), (EAST, SOUTH)))
    tiles = [TILES.tile(z, x, y) for x in range(west, east + 1) for y in range(north, south + 1)]
    names = [name for tile in tiles for _, _, name in tile["names"]]
    assert sorted(names) == (["东市", "西市"] if z < 9 else ["东区", "湖区", "西区"])
    assert all(0 <= x < TILE_EXTENT and 0 <= y < TILE_EXTENT for tile in tiles for x, y, _ in tile["names"])


def test_borders_are_those_of_the_wider_areas_and_never_the_edge_of_a_tile() -> None:
    x, y, at = tile_of(117, 36.5, 12)
    borders = TILES.tile(12, x, y)["borders"]  # once for each of the two cities
    assert borders
    assert all(np.allclose(drawn(border)[:, 0], at[0], atol=1) for border in borders)
    x, y, _ = tile_of(116.5, 36.75, 12)
    assert TILES.tile(12, x, y)["borders"] == []  # within a city


def test_outlines_are_simplified_to_what_the_eye_can_tell_apart() -> None:
    coast = shapely.Point(117, 36.5).buffer(0.3, quad_segs=5_000)
    tiles = OutlineTiles(*(areas({"岛": coast}) for _ in range(3)))
    x, y, _ = tile_of(117, 36.5, 6)
    (island,) = tiles.tile(6, x, y)["areas"]
    assert 8 < len(drawn(island[0])) < 100
    shape = shapely.transform(coast, lambda p: (project_to_unit_square(p) * 2**6 - (x, y)) * TILE_EXTENT)
    cut = shape & shapely.box(-128, -128, TILE_EXTENT + 128, TILE_EXTENT + 128)
    assert (shapely.Polygon(drawn(island[0])) ^ cut).area < cut.length * 8


@pytest.mark.parametrize(("z", "x", "y"), [(5, 0, 0), (13, 0, 0), (6, 64, 0), (6, 0, 64), (6, -1, 0)])
def test_there_is_no_tile_beyond_the_map(z: int, x: int, y: int) -> None:
    assert not is_outline_tile(z, x, y)
    with pytest.raises(ValueError, match="there is no tile"):
        TILES.tile(z, x, y)


def test_a_tile_at_sea_is_empty() -> None:
    assert TILES.tile(12, 0, 0) == {"areas": [], "borders": [], "names": []}
