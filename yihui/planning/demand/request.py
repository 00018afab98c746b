"""Options for reading a file of demand; headers, CRS and content give the rest."""

from enum import StrEnum
from pathlib import Path

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.files.whole_files import check_output_not_input, check_output_path
from yihui.runtime.arguments import CANNOT_BE


class LeaveOut(StrEnum):
    """Rows that the user may choose to leave out."""

    OUTSIDE = "outside"  # rows outside the region
    TOTALS = "totals"  # whole cities and provinces whose counties are in the file too
    UNKNOWN = "unknown"  # rows that name no district, such as functional zones


class PolygonSpread(StrEnum):
    """How a polygon's demand becomes points."""

    GRID = "grid"  # even parts at the crossings of a square grid; a small polygon has one point inside it
    CENTRE = "centre"  # all of it at one point inside


class RasterValues(StrEnum):
    """What the cells of a raster hold."""

    COUNTS = "counts"  # people in each cell
    DENSITY = "density"  # people per square kilometre


def is_file(name: str) -> bool:
    """Return whether a name is that of a file; a name that no file can have is none."""
    try:
        return Path(name).is_file()
    except (OSError, ValueError):
        return False


DEMAND_USAGE_FAULTS = FaultTable(
    "usage", {"cells_file": (CANNOT_BE, N_("name a file that ends in .geojson, .gpkg, .parquet or .csv"))}
)
CELLS_ENDINGS = (".geojson", ".gpkg", ".parquet", ".csv")
MIN_RASTER_RESOLUTION, MAX_RASTER_RESOLUTION = 5, 11


def check_cells_file(path: Path, *inputs: Path) -> None:
    """Check before the work that H3 cells can be written to a path. *Raises*: FaultError; OSError."""
    if path.suffix.lower() not in CELLS_ENDINGS:
        raise FaultError(DEMAND_USAGE_FAULTS.build("cells_file", field="--to", value=path.name))
    check_output_path(path)
    check_output_not_input(path, *inputs)


CENSUS_DEMAND, GROUND_DEMAND, SEARCHES_DEMAND, UNMET_SEARCHES_DEMAND = (
    "population",
    "area",
    "searches",
    "searches:unmet",
)
BUILT_IN_DEMANDS = (CENSUS_DEMAND, GROUND_DEMAND, SEARCHES_DEMAND, UNMET_SEARCHES_DEMAND)
