"""Grid points that each represent the same area of ground."""

from collections.abc import Iterable

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from geo.geodesy import Floats, wgs84_geod

# Albers' equal-area conic for China: every sample represents the same area of ground. Shandong straddles
# two UTM zones, and EPSG:3857 draws every length there 24 % too long.
EQUAL_AREA = "+proj=aea +lat_1=25 +lat_2=47 +lat_0=0 +lon_0=105 +datum=WGS84 +units=m +no_defs"
MAX_SAMPLES = 20_000_000


def sample_grid_points(districts: gpd.GeoDataFrame, spacing_m: float) -> tuple[NDArray[np.intp], Floats]:
    """Return the points of a square grid over China that lie in each outline; at least one per outline.

    *Shape*: (n,), the row of the outline, and (n, 2), lon, lat. *CRS*: WGS84, the grid in `EQUAL_AREA`.
    *Raises*: ValueError where there would be more than `MAX_SAMPLES`.
    """
    if districts.empty:
        return np.empty(0, dtype=np.intp), np.empty((0, 2))
    flat = np.asarray(districts.to_crs(EQUAL_AREA).geometry.values)
    expected = float(shapely.area(flat).sum()) / spacing_m**2
    if expected > MAX_SAMPLES:
        raise ValueError(
            f"spacing_m is {spacing_m}: that makes {expected:,.0f} samples; give metres for {MAX_SAMPLES:,} at most"
        )
    grids = [_grid(outline, spacing_m) for outline in flat]
    row = np.repeat(np.arange(len(grids)), [len(grid) for grid in grids])
    metres = np.concatenate([*grids, np.empty((0, 2))])
    back = Transformer.from_crs(EQUAL_AREA, "EPSG:4326", always_xy=True)
    return row, np.column_stack(back.transform(metres[:, 0], metres[:, 1]))


def _grid(outline: shapely.Geometry, spacing_m: float) -> Floats:
    """Return the nodes of the grid over China that lie in an outline; one inner point if there are none."""
    west, south, east, north = shapely.bounds(outline)
    x = np.arange(np.ceil(west / spacing_m), np.floor(east / spacing_m) + 1) * spacing_m
    y = np.arange(np.ceil(south / spacing_m), np.floor(north / spacing_m) + 1) * spacing_m
    crossings = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    shapely.prepare(outline)
    inside = crossings[shapely.contains_xy(outline, crossings[:, 0], crossings[:, 1])]
    return inside if len(inside) else shapely.get_coordinates(shapely.point_on_surface(outline))


def area_m2(outlines: Iterable[shapely.Geometry]) -> Floats:
    """Return the geodesic area of each outline. *Shape*: (n,). *Units*: square metres. *CRS*: WGS84 in."""
    # The sign depends on the direction of the ring; holes must run in the opposite direction.
    turned = map(shapely.orient_polygons, outlines)
    areas = [abs(wgs84_geod().geometry_area_perimeter(outline)[0]) for outline in turned]
    return np.array(areas, dtype=np.float64)
