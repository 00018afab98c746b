"""The orders of all planning questions about an area, and of a study of it: the fields of their forms, and their faults."""

from collections.abc import Iterator, Mapping
from datetime import datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, ValidationInfo, model_validator

from core.civil_time import CIVIL_TIME, civil_date
from core.faults import Fault, FaultTable
from core.prompts import Prompt
from core.text_marks import N_
from geo.datum import Datum
from yihui.frame.fields import FieldFaultError, FieldKind, fields_of
from yihui.frame.types import AnyInstant, CivilDay, Number, WholeNumber, in_years
from yihui.planning.demand.request import (
    CENSUS_DEMAND,
    DATUM_LABELS,
    MAX_SPACING_M,
    MIN_SPACING_M,
    Area,
    DemandFileForm,
    DemandQuery,
    DemandReadingForm,
    further_prompt,
)
from yihui.planning.file_fields import FileOf, Target

if TYPE_CHECKING:
    from geo.coverage.pairs import StreetTerms
    from yihui.planning.street_reach import StreetReach

    Streets = StreetReach | None
else:
    Streets = Any  # the help of a command needs no geometry

# The grid of census and ground demand, by the digits of the area's code.
DEFAULT_SPACING_M = {2: 1_000.0, 4: 500.0, 6: 250.0}
OPTION_FAULTS = FaultTable(
    "usage",
    {
        "no_travel": (
            N_("{field} is about ways by street, but nothing says how people travel"),
            N_("add {option_travel__walk} or {option_travel__ebike}, or leave {field} out"),
        ),
        "two_limits": (N_("{option_minutes} and {field} both say how far"), N_("give one of them")),
        "nowhere": (
            N_("nothing says where to write"),
            N_("add {option_gpkg} FILE.gpkg or {option_geoparquet} FOLDER, or both"),
        ),
        "townships_and_outlines": (
            N_("{option_townships} and {option_outlines} both say what the areas are"),
            N_("give one of them"),
        ),
        "no_outlines": (
            N_("no outlines of that level are installed: {value}"),
            N_("give their outlines with {option_outlines} FILE"),
        ),
        "not_by_township": (
            N_("{option_townships} divides a table by township, not by {value}"),
            N_("add {option_by__township}"),
        ),
    },
)
TOWNSHIP_LEVEL = "township"
LEVELS: Mapping[str, str] = {
    "province": N_("province"),
    "city": N_("city"),
    "county": N_("county"),
    TOWNSHIP_LEVEL: N_("township"),
    "community": N_("community"),
}
OUTLINE_FILES = ("geojson", "json", "gpkg", "parquet", "zip")
TABLE_FILES = ("csv", "xlsx")
_USUAL_HOUR = 10  # o'clock in China; most stations are open then
_USUAL: Any = None  # `AreaOrder` puts the usual instant in its place


def usual_instant(now: datetime) -> datetime:
    """Return ten o'clock of the last ordinary working day on which it has struck ten."""
    from core.calendars import Calendar, workday_table

    table, day = workday_table(Calendar.CN), civil_date(now - timedelta(hours=_USUAL_HOUR))
    while not table.is_ordinary_workday(day):
        day -= timedelta(days=1)
    return datetime.combine(day, time(_USUAL_HOUR), CIVIL_TIME)


# From the year of the census to the last one that anybody plans for: the register's hours speak of no others.
_PLANNED_YEARS = in_years(2020, 2035)
PlannedInstant = Annotated[AnyInstant, _PLANNED_YEARS]
PlannedDay = Annotated[CivilDay, _PLANNED_YEARS]
LEAST_RADIUS_M = 50  # nobody tells nearer places apart by the outlines on which demand lies
_proposed = partial(Prompt, is_proposed=True)
At = Annotated[PlannedInstant, _proposed(N_("When (nothing: the last ordinary working day at 10:00)"))]
Radius = Annotated[
    Number, Field(ge=LEAST_RADIUS_M, le=100_000), _proposed(N_("Reach in metres"), option="--radius")
]
Demand = Annotated[
    str,
    Prompt(
        N_("Demand"),
        help=N_(
            "census, area, searches, searches:unmet, or a file of weighted points; or several (population+searches=30%)"
        ),
        metavar="WHAT",
    ),
]
Register = Annotated[
    str | None,
    _proposed(
        N_("Register (nothing: all of them)"),
        help=N_("only this register"),
        option="--register",
        metavar="NAME",
    ),
]
Travel = Annotated[
    Literal["walk", "ebike"] | None,
    _proposed(
        N_("Ways by street instead of straight lines"),
        labels={"walk": N_("on foot"), "ebike": N_("by e-bike")},
    ),
]
Minutes = Annotated[
    Number | None,
    Field(ge=1, le=360),
    _proposed(N_("Minutes by street (nothing: the reach in metres along the streets)")),
]
Routing = Annotated[
    Path | None,
    Prompt(
        N_("with --travel: the folder with the street tiles (yihui streets build)"),
        metavar="FOLDER",
        only="command",
    ),
]
DemandGrid = Annotated[
    Number | None,
    Field(ge=MIN_SPACING_M, le=MAX_SPACING_M),
    further_prompt(N_("Grid for residents and ground, in metres"), option="--demand-grid"),
]
_OutlineFile = Annotated[Path | None, FileOf(*OUTLINE_FILES)]
Outlines = Annotated[_OutlineFile, further_prompt(N_("Outlines of townships or communities"))]
Townships = Annotated[_OutlineFile, further_prompt(N_("Outlines of townships"))]
_datum = partial(further_prompt, labels=DATUM_LABELS)
FilesDatum = Annotated[Datum | None, _datum(N_("Datum of the files"), option="--datum")]
TownshipsDatum = Annotated[
    Datum | None, _datum(N_("Datum of the outlines of townships"), option="--townships-datum")
]
Sites = Annotated[WholeNumber | None, Field(ge=1, le=1_000), Prompt(N_("Number of further sites to propose"))]
Geojson = Annotated[
    Target | None, Prompt(N_("write all of them as GeoJSON, too"), metavar="FILE", only="command")
]


class AreaOrder(DemandFileForm):
    """An area, by its six-digit code, and what is measured in it.

    ``demand`` is one that `load_demand` accepts. ``spacing_m`` None takes the default of the area's level. ``outlines``
    is a file of areas that stand in place of the counties, ``townships`` one of townships that divide them, both in
    ``datum``. ``streets`` measures by street instead of within the radius. What this class excludes, an order asks for
    if it says so. *Units*: metres.
    """

    area: Area
    at: At = _USUAL
    radius_m: Radius = 1_000.0
    demand: Demand = CENSUS_DEMAND
    only_register: Register = None
    travel: str | None = Field(default=None, exclude=True)
    minutes: float | None = Field(default=None, exclude=True)
    routing: Path | None = Field(default=None, exclude=True)
    spacing_m: float | None = Field(default=None, exclude=True)
    outlines: Path | None = Field(default=None, exclude=True)
    townships: Path | None = Field(default=None, exclude=True)
    datum: Datum | None = Field(default=None, exclude=True)
    streets: Streets = Field(default=None, exclude=True)
    is_datum_of_demand: ClassVar[bool] = True  # whether ``datum`` is that of a file of demand, too
    meant: ClassVar[Mapping[str, str]] = {}  # by a field, the property that says what it means; "" for none

    @property
    def register(self) -> str | None:
        """The only register that counts; None for all."""
        return self.only_register

    @property
    def grid_of_demand_m(self) -> float:
        """The spacing of demand that is spread."""
        from geo.districts import area_code_prefix

        return self.spacing_m or DEFAULT_SPACING_M[len(area_code_prefix(self.area))]

    @property
    def demand_file(self) -> DemandReadingForm | None:
        """How a file of demand is read; None where nothing is said of it."""
        return self.read_demand_as(self.demand, self.datum if self.is_datum_of_demand else None)

    @property
    def query(self) -> DemandQuery:
        """The demand to load."""
        return DemandQuery(self.demand, self.area, self.grid_of_demand_m, self.demand_file)

    @property
    def terms(self) -> "StreetTerms | None":
        """What figures by street mean; None where they are by the straight line."""
        return None if self.streets is None else self.streets.terms

    def list_terms(self) -> dict[str, object]:
        """Return what it says of the question, by the names that programs know; neither files to write nor streets."""
        left_out = {*DemandFileForm.model_fields, "travel", "minutes", "routing", "streets"}
        left_out |= {one.name for one in fields_of(type(self)) if one.kind is FieldKind.TARGET}
        said = (name for name in type(self).model_fields if name not in left_out)
        names = [{"only_register": "register", **self.meant}.get(name, name) for name in said]
        return {name: getattr(self, name) for name in names if name}

    @model_validator(mode="before")
    @classmethod
    def _choose_instant(cls, values: Any, info: ValidationInfo) -> Any:
        return cls.choose_instant(values, (info.context or {}).get("now"))

    @classmethod
    def choose_instant(cls, values: Mapping[str, Any], now: datetime | None) -> Mapping[str, Any]:
        """Return the values with the usual instant where none was typed."""
        return values if values.get("at") or now is None else {**values, "at": usual_instant(now)}

    @model_validator(mode="after")
    def _check(self) -> Self:
        if faults := [*self.find_faults()]:
            raise FieldFaultError(faults)
        return self

    def find_faults(self) -> Iterator[Fault]:
        """Yield a fault where fields contradict each other."""
        for option, value in (("--minutes", self.minutes), ("--routing", self.routing)):
            if self.travel is None and value is not None:
                yield OPTION_FAULTS.build("no_travel", field=option)
        for option, name in (("--radius", "radius_m"), ("--zones", "zones_typed")):
            if self.minutes is not None and name in self.model_fields_set:
                yield OPTION_FAULTS.build("two_limits", field=option)
        by = getattr(self, "by", None)  # the level of its table, None for the usual one
        if self.townships is not None and self.outlines is not None:
            file = self.townships.name
            yield OPTION_FAULTS.build("townships_and_outlines", field="--townships", value=file)
        elif self.townships is not None and by not in (None, TOWNSHIP_LEVEL):
            yield OPTION_FAULTS.build("not_by_township", field="--townships", value=by)
        if by == "community" and self.outlines is None:  # those of townships may be with the built streets
            yield OPTION_FAULTS.build("no_outlines", field="--by", value=by)


class StreetOrder(AreaOrder):
    """What is measured in an area, by street if that is chosen."""

    travel: Travel = None
    minutes: Minutes = None
    routing: Routing = None


class GroundOrder(StreetOrder):
    """What is measured in an area with files about its ground."""

    spacing_m: DemandGrid = None
    outlines: Outlines = None
    townships: Townships = None
    datum: FilesDatum = None


class StudyOrder(AreaOrder):
    """What to study. ``sites`` is the number of proposals, None for none; with ``streets`` all but the distances is by street."""

    sites: Sites = None


class ReportOrder(StudyOrder):
    """What to study, and in which forms the report is wanted."""

    townships: Townships = None
    datum: TownshipsDatum = None
    is_datum_of_demand = False
    travel: Travel = None
    routing: Routing = None
    pdf: Annotated[Target | None, Prompt(N_("as a PDF for print"))] = None
    xlsx: Annotated[Target | None, Prompt(N_("as a workbook (XLSX)"))] = None
    html: Annotated[Target | None, Prompt(N_("as a page (HTML)"))] = None
    map: Annotated[Target | None, Prompt(N_("a map to move about in (HTML)"))] = None
    png: Annotated[Target | None, Prompt(N_("the maps as pictures (PNG)"), metavar="FOLDER")] = None


class LayersOrder(StudyOrder):
    """What to study, and in which forms its layers are wanted."""

    gpkg: Annotated[Target | None, Prompt(N_("as one GeoPackage with all layers and their styles"))] = None
    geoparquet: Annotated[
        Target | None, Prompt(N_("as a GeoParquet file for each layer"), metavar="FOLDER")
    ] = None

    def find_faults(self) -> Iterator[Fault]:
        yield from super().find_faults()
        if not self.gpkg and not self.geoparquet:
            yield OPTION_FAULTS.build("nowhere", field="--gpkg")
