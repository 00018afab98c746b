"""Read the shapes and names of a street map for print at one zoom, through GDAL's MBTiles driver.

*Source*: https://gdal.org/drivers/raster/mbtiles.html (vector tiles, open option ZOOM_LEVEL)
"""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from core.faults import FaultError
from yihui.files.street_map.reading import STREET_MAP_FAULTS

if TYPE_CHECKING:
    import geopandas as gpd

Box = tuple[float, float, float, float]
TILES_CRS = "EPSG:3857"


class StreetShapes(StrEnum):
    """The layers of a street map that print shows, as the profile of the tiles names them."""

    GREEN = "green"
    WATER = "water"
    WATERWAY = "waterway"
    ROAD = "road"


def read_street_shapes(file: Path, zoom: int, box: Box) -> "Mapping[StreetShapes, gpd.GeoDataFrame]":
    """Read the shapes of a zoom that touch a box of west, south, east, north.

    Each has a ``kind`` and a ``name``, or None; ``tunnel`` is true below the ground. A layer without shapes there is
    left out. *CRS*: EPSG:3857, the box too.
    *Raises*: FaultError if the file can't be read.
    """
    import pyogrio

    try:
        there = {str(name) for name in pyogrio.list_layers(file)[:, 0]}
        read = {
            layer: pyogrio.read_dataframe(file, layer=layer.value, bbox=box, ZOOM_LEVEL=zoom)
            for layer in StreetShapes
            if layer.value in there
        }
    except (
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
        pyogrio.errors.FeatureError,
    ) as error:
        raise FaultError(STREET_MAP_FAULTS.build("unreadable", file=str(file))) from error
    return {layer: _with_columns(frame) for layer, frame in read.items() if len(frame)}


def _with_columns(frame: "gpd.GeoDataFrame") -> "gpd.GeoDataFrame":
    values = {name: frame[name] if name in frame.columns else None for name in ("kind", "name")}
    values["tunnel"] = frame["tunnel"].eq(True) if "tunnel" in frame.columns else False
    return frame[["geometry"]].assign(**values).set_crs(TILES_CRS, allow_override=True)
