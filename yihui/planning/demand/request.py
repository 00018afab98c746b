"""The fields that say how a file of demand is read: of the page that uploads one, and of every command that takes one."""

import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from core.faults import FaultError, FaultTable
from core.prompts import Prompt
from core.text_marks import N_
from geo.datum import Datum
from yihui.files.whole_files import check_output_not_input, check_output_path
from yihui.frame.fields import FieldKind, parse_values
from yihui.frame.types import Form, Number, WholeNumber
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

MIN_SPACING_M, MAX_SPACING_M = 50, 20_000  # of the grid of any demand
ShortText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
DATUM_LABELS: Mapping[str, str] = {
    Datum.WGS84: N_("WGS84 (GPS, OpenStreetMap)"),
    Datum.CGCS2000: N_("CGCS2000 (Tianditu)"),
    Datum.GCJ02: N_("GCJ-02 (AMap, Tencent, WeChat)"),
    Datum.BD09: N_("BD-09 (Baidu)"),
}
DEMANDS: Mapping[str, str] = {
    CENSUS_DEMAND: N_("residents (census)"),
    GROUND_DEMAND: N_("ground"),
    SEARCHES_DEMAND: N_("riders' searches"),
    UNMET_SEARCHES_DEMAND: N_("riders' searches that found nothing open"),
    f"{CENSUS_DEMAND}+{SEARCHES_DEMAND}=30%": N_("residents and, for 30 %, riders' searches by hour"),
}  # those of every site; the files that were uploaded come beside them
_LEFT_OUT: Mapping[str, str] = {
    LeaveOut.OUTSIDE: N_("rows outside of the area"),
    LeaveOut.TOTALS: N_("totals of cities whose counties are in the file too"),
    LeaveOut.UNKNOWN: N_("rows that name no district"),
}
_POLYGONS: Mapping[str, str] = {
    PolygonSpread.GRID: N_("spread evenly on a grid"),
    PolygonSpread.CENTRE: N_("all of it at one point inside"),
}
RASTER_LABELS: Mapping[str, str] = {
    RasterValues.COUNTS: N_("people in each cell"),
    RasterValues.DENSITY: N_("people per km²"),
}

Area = Annotated[
    ShortText,
    FieldKind.AREA,
    Prompt(
        N_("Area"), help=N_("a province, a city or a county, by name or six-digit code"), metavar="NAME|CODE"
    ),
]


class DemandFileForm(Form):
    """How a file of demand is read, as every planning command takes it.

    ``raster_values`` is None where the file itself states what its cells hold. The people of each county are scaled to
    its census total unless ``no_raster_correction``. ``raster_resolution`` is that of the H3 cells in which the people
    are summed; None takes the default of the area's level.
    """

    demand_column: Annotated[ShortText | None, Prompt(N_("Column that says how much"), metavar="NAME")] = None
    demand_each: Annotated[bool, Prompt(N_("Every row is one order, or one person"))] = False
    demand_datum: Annotated[
        Datum | None, Prompt(N_("Datum of longitude and latitude"), labels=DATUM_LABELS)
    ] = None
    raster_values: Annotated[
        RasterValues | None, Prompt(N_("GeoTIFF: what its cells hold"), labels=RASTER_LABELS)
    ] = None
    no_raster_correction: Annotated[
        bool, Prompt(N_("GeoTIFF: leave the people of each county as they are, uncorrected"))
    ] = False
    raster_resolution: Annotated[
        WholeNumber | None,
        Field(ge=MIN_RASTER_RESOLUTION, le=MAX_RASTER_RESOLUTION),
        Prompt(N_("GeoTIFF: resolution of the H3 cells, 5 to 11")),
    ] = None

    def read_demand_as(self, what: str, datum: Datum | None) -> "DemandReadingForm | None":
        """Return how to read a demand with files, whose datum is its own, or else that of all files; None if nothing is said."""
        own = self.model_fields_set & DemandFileForm.model_fields.keys()
        said: dict[str, Any] = {name: getattr(self, name) for name in own}
        names = (part.partition("=")[0].strip() for part in re.split("[+＋]", what.replace("＝", "=")))
        if datum is not None and (is_file(what) or any(map(is_file, names))):
            said.setdefault("demand_datum", datum)
        return DemandReadingForm(**said) if said else None


class DemandReadingForm(DemandFileForm):
    """How a file of demand is read, as the page that uploads one and `yihui plan demand` take it.

    ``demand_column`` holds the demand; with ``demand_each``, every row counts as 1. ``lon``, ``lat`` and ``code`` name
    columns with unknown headers. *Units*: metres; ``unit`` is the unit of the demand, by default taken from the
    column's header, and people for a raster.
    """

    file: Path = Field(default=Path(), exclude=True)

    unit: Annotated[ShortText | None, Prompt(N_("What is counted, such as people or orders"))] = None
    leave_out: Annotated[tuple[LeaveOut, ...], Prompt(N_("Leave out"), labels=_LEFT_OUT)] = ()
    layer: Annotated[
        ShortText | None,
        Prompt(
            N_("Worksheet of a workbook, or layer of a GeoPackage or of zipped Shapefiles"), is_further=True
        ),
    ] = None
    crs: Annotated[
        ShortText | None, Prompt(N_("Coordinate system of x and y, such as EPSG:4547"), is_further=True)
    ] = None
    no_header: Annotated[
        bool, Prompt(N_("The file has no column names: they are 1, 2, 3 …"), is_further=True)
    ] = False
    lon: Annotated[
        ShortText | None, Prompt(N_("Column with longitude, or x"), is_further=True, metavar="NAME")
    ] = None
    lat: Annotated[
        ShortText | None, Prompt(N_("Column with latitude, or y"), is_further=True, metavar="NAME")
    ] = None
    code: Annotated[
        ShortText | None, Prompt(N_("Column with district codes"), is_further=True, metavar="NAME")
    ] = None
    polygons: Annotated[
        PolygonSpread, Prompt(N_("What becomes of polygons"), labels=_POLYGONS, is_further=True)
    ] = PolygonSpread.GRID
    spacing_m: Annotated[
        Number,
        Field(ge=MIN_SPACING_M, le=MAX_SPACING_M),
        Prompt(N_("Grid for polygons, in metres"), is_further=True),
    ] = 1_000.0


def read_form_of(stored: Mapping[str, str], name: str) -> DemandReadingForm:
    """Return how an uploaded file is read, by what is stored beside it, with its name."""
    said = {key: value for key, value in stored.items() if key != "area"}
    return parse_values(DemandReadingForm, said).model_copy(update={"file": Path(name)})
