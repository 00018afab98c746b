"""The file of township outlines in a folder of streets: a GeoPackage that a GIS opens as well."""

from pathlib import Path
from typing import TYPE_CHECKING

from core.faults import FaultError, FaultTable
from core.text_marks import N_

if TYPE_CHECKING:
    import geopandas as gpd

FORM = 2  # a new one builds files again that an older program wrote
LAYER = "townships"
NOT_WHOLE = N_("some of them are missing")
OUTLINE_FILE_COLUMNS = ("name", "code", "county", "level", "geometry")
TOWNSHIP_FILE_FAULTS = FaultTable(
    "township_file",
    {
        "damaged": (
            N_("the townships of the streets can't be read"),
            N_("build them again: yihui streets build FILE.osm.pbf --to FOLDER --again"),
        ),
        "not_written": (
            N_("the townships could not be written: {value}"),
            N_("make room on the disk, and build again; the former ones are still in use"),
        ),
    },
)


def write_township_outlines(outlines: "gpd.GeoDataFrame", place: Path) -> int:
    """Write outlines with the columns of `OUTLINE_FILE_COLUMNS` to a new file; return its size in bytes.

    *CRS*: WGS84. *Raises*: FaultError if the file can't be written whole, and then leaves none; OSError.
    """
    import shapely
    from pyogrio.errors import DataSourceError

    place.unlink(missing_ok=True)
    shapes = [shapely.multipolygons(shapely.get_parts(one)) for one in outlines.geometry]
    frame = outlines[list(OUTLINE_FILE_COLUMNS)].set_geometry(shapes, crs="EPSG:4326")
    try:
        frame.to_file(place, layer=LAYER, driver="GPKG", engine="pyogrio", geometry_type="MultiPolygon")
        if len(read_township_outlines(place)) != len(frame):
            raise FaultError(TOWNSHIP_FILE_FAULTS.build("not_written", file=str(place), value=NOT_WHOLE))
    except (DataSourceError, RuntimeError) as error:
        place.unlink(missing_ok=True)
        raise FaultError(
            TOWNSHIP_FILE_FAULTS.build("not_written", file=str(place), value=str(error))
        ) from error
    except FaultError:
        place.unlink(missing_ok=True)
        raise
    return place.stat().st_size


def read_township_outlines(place: Path) -> "gpd.GeoDataFrame":
    """Read the outlines, with the columns of `OUTLINE_FILE_COLUMNS`.

    *CRS*: WGS84. *Raises*: FaultError for a damaged file; OSError.
    """
    import geopandas as gpd
    from pyogrio.errors import DataLayerError, DataSourceError

    with place.open("rb"):  # whether it is there, before GDAL says so in its own words
        pass
    try:
        frame = gpd.read_file(place, layer=LAYER, engine="pyogrio")
        columns = frame[list(OUTLINE_FILE_COLUMNS)]
        found: gpd.GeoDataFrame = columns.fillna({"code": "", "name": ""})
    except (DataSourceError, DataLayerError, RuntimeError, KeyError, ValueError) as error:
        raise FaultError(TOWNSHIP_FILE_FAULTS.build("damaged", file=str(place))) from error
    polygonal = {"Polygon", "MultiPolygon"}
    if not set(found.geometry.geom_type) <= polygonal or found.geometry.is_empty.any():
        raise FaultError(TOWNSHIP_FILE_FAULTS.build("damaged", file=str(place)))
    return found.astype({"code": str, "name": str, "county": str})
