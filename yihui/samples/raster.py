"""A raster of the people of 平阴县, as planners download it: three towns in a county that is empty around them."""

from pathlib import Path

COUNTY = "370124"
_TOWNS = {"东镇": (116.4560, 36.2870), "西镇": (116.3210, 36.2050), "南镇": (116.4100, 36.1330)}
_SHARES = {"东镇": 0.5, "西镇": 0.25, "南镇": 0.15}  # of the county's people; the rest live everywhere
_WEST, _NORTH, _ROWS, _COLUMNS, _CELL = 116.1, 36.5, 600, 720, 1 / 1200  # cells of 3 arc seconds
_SPREAD_M = 250.0


def write_sample_raster(path: Path) -> Path:
    """Write the people of each cell as GeoTIFF; they sum to about the census of the county, and beyond it to more."""
    import numpy as np
    import rasterio
    from pyproj import Geod
    from rasterio.transform import from_origin

    from geo.formats.facts import shandong_population

    people = shandong_population()[COUNTY]
    lon = _WEST + (np.arange(_COLUMNS) + 0.5) * _CELL
    lat = _NORTH - (np.arange(_ROWS) + 0.5) * _CELL
    x, y = np.meshgrid(lon, lat)
    cells = np.full(x.shape, 0.1 * people / 100_000)
    for name, (town_lon, town_lat) in _TOWNS.items():
        east_m = Geod(ellps="WGS84").inv(town_lon, town_lat, town_lon + 1, town_lat)[2] * (x - town_lon)
        far2 = east_m**2 + (111_000.0 * (y - town_lat)) ** 2
        town = np.exp(-far2 / (2 * _SPREAD_M**2))
        cells += _SHARES[name] * people * town / town.sum()
    with rasterio.open(
        path, "w", driver="GTiff", dtype="float32", count=1, height=_ROWS, width=_COLUMNS, crs="EPSG:4326",
        transform=from_origin(_WEST, _NORTH, _CELL, _CELL), nodata=-99999, compress="deflate",
    ) as file:  # fmt: skip
        file.write(cells.astype("float32")[None])
    return path
