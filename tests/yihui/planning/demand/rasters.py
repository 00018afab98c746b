"""Rasters of people that tests write, and what every cell of one is, reckoned cell by cell."""

from collections import defaultdict
from pathlib import Path
from typing import Any

import h3.api.basic_int as h3
import numpy as np
import rasterio
from pyproj import Geod, Transformer
from rasterio.transform import Affine, from_origin
from shapely import Point

from geo.formats.facts import shandong_population
from tests.yihui.planning.demand.reading import OUTLINES, REGION
from yihui.planning.demand.file import DemandFileReading, read_demand_file
from yihui.planning.demand.request import DemandReadingForm, RasterValues

CENSUS = shandong_population()
BOTH = CENSUS["370102"] + CENSUS["370103"]  # of the two counties
COUNTS, DENSITY = RasterValues.COUNTS, RasterValues.DENSITY
WHOLE = from_origin(116.9, 36.7, 0.004, 0.004)  # 50 × 25 cells that cover both counties exactly
WHOLE_SHAPE = (25, 50)


def write_raster(
    path: Path,
    cells: np.ndarray[Any, Any],
    transform: Affine | None = WHOLE,
    crs: str | None = "EPSG:4326",
    unit: str = "",
    description: str = "",
    scale: float = 1,
    **profile: object,
) -> Path:
    """Write a GeoTIFF with a band for each layer of ``cells``. *Shape*: (rows, columns), or (bands, rows, columns)."""
    bands = cells if cells.ndim == 3 else cells[None]
    count, height, width = bands.shape
    options: dict[str, Any] = {
        "dtype": bands.dtype,
        "count": count,
        "height": height,
        "width": width,
        **profile,
    }
    with rasterio.open(path, "w", driver="GTiff", transform=transform, crs=crs, **options) as file:
        file.write(bands)
        if unit:
            file.units = [unit] * count
        if description:
            file.descriptions = [description] * count
        if scale != 1:
            file.scales = [scale] * count
    return path


def read_raster(path: Path, values: RasterValues | None = COUNTS, **options: Any) -> DemandFileReading:
    """Read a raster in the region of two counties; ``corrected`` and ``resolution`` are those of a raster."""
    raster = {
        "raster_values": values,
        "no_raster_correction": not options.pop("corrected", False),
        "raster_resolution": options.pop("resolution", None),
    }
    return read_demand_file(DemandReadingForm(file=path, **raster, **options), REGION)


def sum_cells_slowly(
    cells: np.ndarray[Any, Any], transform: Affine, crs: str, values: RasterValues, resolution: int
) -> dict[tuple[int, str], tuple[float, float, float]]:
    """Return people, longitude and latitude of each H3 cell and county, each raster cell on its own."""
    to_lonlat = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    geod, sums = Geod(ellps="WGS84"), defaultdict(lambda: np.zeros(3))
    for row, column in np.argwhere(cells > 0).tolist():
        lon, lat = to_lonlat.transform(*(transform @ (column + 0.5, row + 0.5)))
        county = _county_at(lon, lat)
        if county not in ("370102", "370103"):
            continue
        ring = [
            to_lonlat.transform(*(transform @ (column + x, row + y)))
            for x, y in ((0, 0), (1, 0), (1, 1), (0, 1))
        ]
        km2 = abs(geod.polygon_area_perimeter(*zip(*ring, strict=True))[0]) / 1e6
        people = float(cells[row, column]) * (km2 if values is DENSITY else 1)
        sums[h3.latlng_to_cell(lat, lon, resolution), county] += (people, people * lon, people * lat)
    return {key: (n, lon / n, lat / n) for key, (n, lon, lat) in sums.items()}


def _county_at(lon: float, lat: float) -> str | None:
    """Return the county whose outline holds a point, else the one that a point of demand there would get."""
    holding = [
        code
        for code, one in zip(OUTLINES["code"], OUTLINES.geometry, strict=True)
        if one.contains(Point(lon, lat))
    ]
    return holding[0] if holding else REGION.assign_counties(np.array([(lon, lat)]))[0]
