"""A county with three planted towns as a raster of 3 arc seconds, as planners download it."""

from pathlib import Path

import numpy as np
from pyproj import Geod
from rasterio.transform import from_origin

from geo.formats.facts import shandong_population
from tests.yihui.planning.demand.rasters import ARC_SECONDS_3, write_raster

COUNTY = "370124"  # 平阴县
PEOPLE = shandong_population()[COUNTY]
TOWNS = {"东镇": (116.4560, 36.2870), "西镇": (116.3210, 36.2050), "南镇": (116.4100, 36.1330)}
SHARES = {"东镇": 0.5, "西镇": 0.25, "南镇": 0.15}  # of the county's people; the rest live everywhere
_WEST, _NORTH, _ROWS, _COLUMNS = 116.1, 36.5, 600, 720
_SPREAD_M = 250.0


def write_planted_raster(path: Path) -> Path:
    """Write the people of each cell; they sum to about the census of the county, and beyond it to more."""
    lon = _WEST + (np.arange(_COLUMNS) + 0.5) * ARC_SECONDS_3
    lat = _NORTH - (np.arange(_ROWS) + 0.5) * ARC_SECONDS_3
    x, y = np.meshgrid(lon, lat)
    cells = np.full(x.shape, 0.1 * PEOPLE / 100_000)
    for name, (town_lon, town_lat) in TOWNS.items():
        east = Geod(ellps="WGS84").inv(town_lon, town_lat, town_lon + 1, town_lat)[2] * (x - town_lon)
        far2 = east**2 + (111_000.0 * (y - town_lat)) ** 2
        town = np.exp(-far2 / (2 * _SPREAD_M**2))
        cells += SHARES[name] * PEOPLE * town / town.sum()
    transform = from_origin(_WEST, _NORTH, ARC_SECONDS_3, ARC_SECONDS_3)
    return write_raster(path, cells.astype("float32"), transform, nodata=-99999, compress="deflate")
