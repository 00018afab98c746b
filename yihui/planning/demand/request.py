"""Options for reading a file of demand; headers, CRS and content give the rest."""

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from geo.datum import Datum
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


@dataclass(frozen=True, slots=True)
class RasterOptions:
    """How to read a raster. ``values`` is None where the file itself states what its cells hold.

    ``corrected``: the people of each county are scaled to its census total. ``resolution`` is that of the H3 cells
    in which the people are summed; None takes the default of the area's level.
    """

    values: RasterValues | None = None
    corrected: bool = True
    resolution: int | None = None


NO_RASTER_OPTIONS = RasterOptions()


@dataclass(frozen=True, slots=True)
class DemandFileOptions:
    """How to read a file. ``column`` holds the demand; with ``each``, every row counts as 1.

    ``lon``, ``lat`` and ``code`` name columns with unknown headers. *Units*: metres; ``unit`` is the unit of the
    demand, by default taken from the column's header, and people for a raster.
    """

    file: Path
    column: str | None = None
    each: bool = False
    unit: str | None = None
    datum: Datum | None = None
    crs: str | None = None
    layer: str | None = None
    headless: bool = False
    lon: str | None = None
    lat: str | None = None
    code: str | None = None
    polygons: PolygonSpread = PolygonSpread.GRID
    spacing_m: float = 1_000.0
    leave_out: frozenset[LeaveOut] = frozenset()
    raster: RasterOptions = NO_RASTER_OPTIONS


def is_file(name: str) -> bool:
    """Return whether a name is that of a file; a name that no file can have is none."""
    try:
        return Path(name).is_file()
    except (OSError, ValueError):
        return False


DEMAND_USAGE_FAULTS = FaultTable(
    "usage",
    {
        "cells_file": (CANNOT_BE, N_("name a file that ends in .geojson, .gpkg, .parquet or .csv")),
    },
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
_CENSUS_ALIAS = "census"
BUILT_IN_DEMANDS = (CENSUS_DEMAND, GROUND_DEMAND, SEARCHES_DEMAND, UNMET_SEARCHES_DEMAND)


@dataclass(frozen=True, slots=True)
class DemandQuery:
    """Which demand to load. ``what`` is one of `BUILT_IN_DEMANDS`, a file that was uploaded, or a path.

    ``file`` says how to read the file. *Units*: metres.
    """

    what: str
    area: str | None
    spacing_m: float = 1_000.0
    file: DemandFileOptions | None = None

    @property
    def built_in(self) -> str | None:
        """The built-in demand that ``what`` names; None for a file."""
        meant = "".join(unicodedata.normalize("NFKC", self.what).lower().split())
        word = CENSUS_DEMAND if meant == _CENSUS_ALIAS else meant
        return word if word in BUILT_IN_DEMANDS else None

    @property
    def uploaded(self) -> str | None:
        """The id of the uploaded file that ``what`` names; None for any other demand."""
        from geo.registry.demand_files import UPLOADED_DEMAND  # here: the help of a command needs no database

        return self.what.removeprefix(UPLOADED_DEMAND) if self.what.startswith(UPLOADED_DEMAND) else None
