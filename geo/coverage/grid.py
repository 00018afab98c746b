"""Sample points that stand for equal pieces of ground, wherever they lie."""

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from geo.geodesy import Floats

# Albers' equal-area conic for China: each sample stands for the same ground wherever it lies. Shandong straddles
# two UTM zones, and EPSG:3857 draws every length there 24 % too long.
EQUAL_AREA = "+proj=aea +lat_1=25 +lat_2=47 +lat_0=0 +lon_0=105 +datum=WGS84 +units=m +no_defs"
MOST_SAMPLES = 20_000_000


def samples(districts: gpd.GeoDataFrame, spacing_m: float) -> tuple[NDArray[np.intp], Floats]:
    """Points of one square grid over all China, by the outline in which they lie; at least one in each.

    *Shape*: (n,), the row of the outline, and (n, 2), lon, lat. *CRS*: WGS84, the grid in `EQUAL_AREA`.
    *Raises*: ValueError where there would be more than `MOST_SAMPLES`.
    """
    if districts.empty:
        return np.empty(0, dtype=np.intp), np.empty((0, 2))
    flat = np.asarray(districts.to_crs(EQUAL_AREA).geometry.values)
    expected = float(shapely.area(flat).sum()) / spacing_m**2
    if expected > MOST_SAMPLES:
        raise ValueError(
            f"spacing_m is {spacing_m}: that makes {expected:,.0f} samples; give metres for {MOST_SAMPLES:,} at most"
        )
    grids = [_grid(outline, spacing_m) for outline in flat]
    row = np.repeat(np.arange(len(grids)), [len(grid) for grid in grids])
    metres = np.concatenate([*grids, np.empty((0, 2))])
    back = Transformer.from_crs(EQUAL_AREA, "EPSG:4326", always_xy=True)
    return row, np.column_stack(back.transform(metres[:, 0], metres[:, 1]))


def _grid(outline: shapely.Geometry, spacing_m: float) -> Floats:
    """The crossings of one grid over all China that lie in an outline; one point if there are none."""
    west, south, east, north = shapely.bounds(outline)
    x = np.arange(np.ceil(west / spacing_m), np.floor(east / spacing_m) + 1) * spacing_m
    y = np.arange(np.ceil(south / spacing_m), np.floor(north / spacing_m) + 1) * spacing_m
    crossings = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    shapely.prepare(outline)
    inside = crossings[shapely.contains_xy(outline, crossings[:, 0], crossings[:, 1])]
    return inside if len(inside) else shapely.get_coordinates(shapely.point_on_surface(outline))
