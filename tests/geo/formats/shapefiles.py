"""Write zipped Shapefiles."""

import io
import zipfile
from collections.abc import Collection
from pathlib import Path

import geopandas as gpd

PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")


def zipped(
    folder: Path,
    frame: gpd.GeoDataFrame,
    encoding: str = "UTF-8",
    without: Collection[str] = (),
    name: str = "街道",
    inside: str = "",
) -> bytes:
    """Write a Shapefile, and pack its parts."""
    frame.to_file(folder / f"{name}.shp", encoding=encoding)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for end in PARTS:
            if end not in without and (folder / f"{name}{end}").exists():
                archive.write(folder / f"{name}{end}", f"{inside}{name}{end}")
    return packed.getvalue()
