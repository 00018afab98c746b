"""Which demand an analysis loads, built in, a file or a mixture, and the fields that say how a file is read."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from core.faults import Fault, FaultError, FaultTable, raise_faults
from core.prompts import Prompt
from core.text_marks import N_
from geo.datum import Datum
from yihui.files.whole_files import check_output_not_input, check_output_path
from yihui.frame.fields import FieldKind
from yihui.frame.typed import parse_values
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

further_prompt = partial(Prompt, is_further=True)
_column = partial(further_prompt, metavar="NAME")
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
        further_prompt(N_("Worksheet of a workbook, or layer of a GeoPackage or of zipped Shapefiles")),
    ] = None
    crs: Annotated[
        ShortText | None, further_prompt(N_("Coordinate system of x and y, such as EPSG:4547"))
    ] = None
    no_header: Annotated[bool, further_prompt(N_("The file has no column names: they are 1, 2, 3 …"))] = False
    lon: Annotated[ShortText | None, _column(N_("Column with longitude, or x"))] = None
    lat: Annotated[ShortText | None, _column(N_("Column with latitude, or y"))] = None
    code: Annotated[ShortText | None, _column(N_("Column with district codes"))] = None
    polygons: Annotated[PolygonSpread, further_prompt(N_("What becomes of polygons"), labels=_POLYGONS)] = (
        PolygonSpread.GRID
    )
    spacing_m: Annotated[
        Number, Field(ge=MIN_SPACING_M, le=MAX_SPACING_M), further_prompt(N_("Grid for polygons, in metres"))
    ] = 1_000.0


def read_form_of(stored: Mapping[str, str], name: str) -> DemandReadingForm:
    """Return how an uploaded file is read, by what is stored beside it, with its name."""
    said = {key: value for key, value in stored.items() if key != "area"}
    return parse_values(DemandReadingForm, said).model_copy(update={"file": Path(name)})


_CENSUS_ALIAS = "census"


@dataclass(frozen=True, slots=True)
class DemandQuery:
    """Which demand to load. ``what`` is one of `BUILT_IN_DEMANDS`, a file that was uploaded, or a path.

    ``file`` says how to read the file. *Units*: metres.
    """

    what: str
    area: str | None
    spacing_m: float = 1_000.0
    file: DemandReadingForm | None = None

    @property
    def built_in(self) -> str | None:
        """The built-in demand that ``what`` names; None for a file."""
        meant = "".join(unicodedata.normalize("NFKC", self.what).lower().split())
        word = CENSUS_DEMAND if meant == _CENSUS_ALIAS else meant
        return word if word in BUILT_IN_DEMANDS else None

    @property
    def uploaded(self) -> str | None:
        """The id of the uploaded file that ``what`` names; None for any other demand."""
        from geo.registry.planning import UPLOADED_DEMAND  # here: the help of a command needs no database

        return self.what.removeprefix(UPLOADED_DEMAND) if self.what.startswith(UPLOADED_DEMAND) else None


_PLUS, _EQUALS = re.compile(r"\s*[+＋]\s*"), re.compile(r"\s*[=＝]\s*")
_PERCENT = re.compile(r"([0-9]{1,3}(?:\.[0-9]+)?)\s*%")
PERCENT = 100.0
MIXTURE_FAULTS = FaultTable(
    "demand_mixture",
    {
        "ground": (
            N_("the first demand is ground, which has no weight beside riders"),
            N_("begin with residents, such as population+orders.csv=20%, or with a file"),
        ),
        "no_name": (N_("a part of the mixture names no demand"), N_("write such as population+searches=30%")),
        "no_share": (
            N_("nothing says how much of the demand “{value}” is to be"),
            N_("write its part of the whole in percent, such as {value}=30%"),
        ),
        "share": (
            N_("“{value}” is no part of the whole in percent"),
            N_("write a number above 0, at most 100, and the sign %, such as 30%"),
        ),
        "too_much": (
            N_("the parts sum to {value} %"),
            N_("write parts that sum to 100 % at most; the first demand has the rest"),
        ),
        "share_of_first": (
            N_("the first demand, “{value}”, has a part of its own"),
            N_("leave that out: it has what the others leave, such as population+searches=30%"),
        ),
        "no_weight": (N_("there is no demand of “{value}” in the area"), N_("leave it out, or choose another area")),
        "twice": (N_("“{value}” stands in the mixture twice"), N_("name each demand once, with its whole part")),
    },
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DemandMixture:
    """The names of demands, as ``--demand`` takes them, and the share of the whole of all but the first."""

    first: str
    others: tuple[tuple[str, float], ...]


def parse_mixture(what: str) -> DemandMixture | None:
    """Return the mixture that a text names; None where it names one demand, or an existing file.

    Full-width signs and digits count as plain ones. *Raises*: FaultError with all faults of the text.
    """
    from geo.coverage.demand import SHARE_SLACK  # here: the form of an analysis needs no pandas

    first, *shared = _PLUS.split(what.strip())
    is_meant = "=" in what or "＝" in what or DemandQuery(first, None).built_in is not None
    if not shared or not is_meant or is_file(what):
        return None
    faults, others = list[Fault](), list[tuple[str, float]]()

    def refuse(code: str, value: str) -> None:
        faults.append(MIXTURE_FAULTS.build(code, field="--demand", value=value))

    if _EQUALS.search(first):
        refuse("share_of_first", _EQUALS.split(first)[0])
    for part in shared:
        name, *said = _EQUALS.split(part)
        percent = _PERCENT.fullmatch(unicodedata.normalize("NFKC", "".join(said[-1:])).strip())
        share = float(percent[1]) / PERCENT if percent and len(said) == 1 else 0.0
        if not name:
            refuse("no_name", part[:40])
        elif not said:
            refuse("no_share", name)
        elif not 0 < share <= 1:
            refuse("share", "=".join(said)[:40])
        else:
            others.append((name, share))
    names = (first, *(name for name, _ in others))
    named = [DemandQuery(name, None).built_in or str(Path(name).absolute()) for name in names]
    if named[0] == GROUND_DEMAND:
        refuse("ground", first)
    for name in dict.fromkeys(one for one in named if named.count(one) > 1):
        refuse("twice", name)
    if (total := sum(share for _, share in others)) > 1 + SHARE_SLACK:
        refuse("too_much", f"{total * PERCENT:g}")
    raise_faults(faults)
    return DemandMixture(first, tuple(others))


def first_demand(what: str) -> str:
    """Return the first demand of a mixture, or the demand itself."""
    return _PLUS.split(what.strip())[0] if not is_file(what) else what


def is_spread_evenly(demand: str) -> bool:
    """Return whether ``--demand`` names the census, also beside riders' demand."""
    return DemandQuery(first_demand(demand), None).built_in == CENSUS_DEMAND
