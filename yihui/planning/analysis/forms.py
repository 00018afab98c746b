"""The forms of the planner's analyses: the fields of a page, and the options of the command that does the same."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from core.faults import FaultError
from core.text_marks import N_
from yihui.planning.analysis.fields import (
    AREA,
    AT,
    DATUM_LABELS,
    DEMAND,
    DEMAND_GRID,
    FIELD_FAULTS,
    FILES_DATUM,
    GEOJSON,
    JSON,
    LIMIT,
    OUTLINE_FILES,
    OUTLINES,
    RADIUS,
    REGISTER,
    ROUTING,
    SITES,
    STREET_MINUTES,
    STREETS,
    TABLE_FILES,
    TOWNSHIPS,
    TOWNSHIPS_DATUM,
    TRAVEL,
    AnalysisField,
    FieldKind,
)
from yihui.planning.demand.fields import DEMAND_FILE_FIELDS
from yihui.planning.demand.request import SEARCHES_DEMAND
from yihui.views.labels import STATION_KIND_LABELS

REGISTER_FILES = (*TABLE_FILES, "geojson", "json", "gpkg")
DEFAULT_SPACING_RULE = "1000,500,1500,4000"
_LEVELS: Mapping[str, str] = {
    "province": N_("province"),
    "city": N_("city"),
    "county": N_("county"),
    "township": N_("township"),
    "community": N_("community"),
}
_GOALS: Mapping[str, str] = {
    "mclp": N_("most demand served"),
    "lscp": N_("fewest sites that serve all who can be served"),
    "p-median": N_("least distance on the average"),
    "p-centre": N_("least distance for who has the farthest way"),
}
_FIXED: Mapping[str, str] = {"existing": N_("count"), "none": N_("don't count")}
_GAP_PERIODS: Mapping[str, str] = {
    "hour": N_("at that hour"),
    "night": N_("at night only"),
    "week": N_("in the week"),
}
_CAPACITIES: Mapping[str, str] = {
    "1": N_("all the same"),
    "area_m2": N_("the size of its room"),
    "table": N_("as a table says"),
}
_SITE_COUNT = AnalysisField("p", N_("Number of sites"), FieldKind.WHOLE, "5", least=1, most=1_000)
_BOUND_RADIUS = replace(RADIUS, is_bound=True)


@dataclass(frozen=True, slots=True)
class AnalysisForm:
    """The form of one kind of analysis: the command that does the same, and the fields of its page.

    ``options`` are those of the command alone; one of them stands in place of the field of its name. ``demand`` is the
    one that the analysis is about, where nobody chooses it.
    """

    command: str
    label: str
    about: str
    fields: tuple[AnalysisField, ...]
    options: tuple[AnalysisField, ...]
    demand: str = ""

    @property
    def file_fields(self) -> tuple[AnalysisField, ...]:
        return tuple(one for one in self.fields if one.kind is FieldKind.FILE)

    @property
    def command_options(self) -> tuple[AnalysisField, ...]:
        own = {one.option: one for one in self.options}
        shared = [own.pop(one.option, one) for one in self.fields if not one.of]
        return (*shared, *own.values())

    @property
    def option_labels(self) -> Mapping[str, str]:
        """The labels of the fields by option, and of the command's own options, for texts that name options."""
        own = {f"--{one.option}": one.label for one in self.options}
        named = {f"--{one.command_option}": one.label for one in reversed(self.fields)}
        return {**own, **_OUTPUT_LABELS, **named, **{f"--{one.option}": one.label for one in self.fields}}


_OUTPUT_LABELS = {
    "--csv": N_("the file to download"),
    "--json": N_("the file to download"),
    "--limit 0": N_("the file to download"),
}
_REPORT = AnalysisForm(
    "report coverage",
    N_("Coverage report"),
    N_("Who is served when, where places are missing and where to build: as a PDF, workbook or page."),
    (
        AREA,
        *(AT, _BOUND_RADIUS, DEMAND, REGISTER),
        *(TOWNSHIPS, TOWNSHIPS_DATUM),
        *(SITES, TRAVEL),
        AnalysisField("pdf", N_("as a PDF for print"), FieldKind.TARGET, "yes"),
        AnalysisField("xlsx", N_("as a workbook (XLSX)"), FieldKind.TARGET, "yes"),
        AnalysisField("html", N_("as a page (HTML)"), FieldKind.TARGET, "yes"),
        AnalysisField("map", N_("a map to move about in (HTML)"), FieldKind.TARGET),
        AnalysisField("png", N_("the maps as pictures (PNG)"), FieldKind.TARGET, metavar="FOLDER"),
    ),
    (*DEMAND_FILE_FIELDS, ROUTING, STREETS, JSON),
)
_COVERAGE = AnalysisForm(
    "plan coverage",
    N_("Coverage"),
    N_("Who has an open place within reach, by area, by cell and by the hour; also by street and minutes."),
    (
        *(AREA, AT, RADIUS, DEMAND, REGISTER),
        AnalysisField("by", N_("Table by"), FieldKind.CHOICE, "county", {**_LEVELS, "cell": N_("cells of a grid")}),
        AnalysisField("hours", N_("for every hour of that week too"), FieldKind.TICK),
        TRAVEL,
        AnalysisField("minutes", N_("Minutes by street"), FieldKind.NUMBER, "15", least=1, most=360),
        AnalysisField("member", N_("places for members only count as well"), FieldKind.TICK, is_further=True),
        AnalysisField("employer", N_("An employer whose own places count as well"), is_further=True),
        AnalysisField(
            "kind", N_("Only places of these kinds"), FieldKind.CHOICES, "", STATION_KIND_LABELS, True, metavar="KIND"),
        AnalysisField(
            "resolution", N_("Size of the cells: 0 (coarse) to 10; 7 is 5 km²"), FieldKind.WHOLE, "7", is_further=True, most=10,
            help=N_("Size of the cells: 0 (coarse) to 15; 7 is 5 km²"),
        ),
        *(OUTLINES, TOWNSHIPS),
        replace(FILES_DATUM, option="outlines-datum", label=N_("Datum of the outlines"), into="datum"),
    ),
    (
        *DEMAND_FILE_FIELDS,
        ROUTING,
        replace(LIMIT, label=N_("how many rows of a table are listed; 0 is all; otherwise 200, and 20 cells"), default=""),
        AnalysisField("csv", N_("write the table to this file"), FieldKind.TARGET),
        JSON,
    ),
)  # fmt: skip
_GAPS = AnalysisForm(
    "plan gaps",
    N_("Gaps"),
    N_("Where nobody has an open place within reach, how many people that concerns, and at which hours."),
    (
        *(AREA, RADIUS, DEMAND, REGISTER, TRAVEL, STREET_MINUTES),
        replace(AT, label=N_("At one instant (nothing: in a week)")),
        AnalysisField(
            "week-of", N_("In the week of (nothing: that of the last ordinary working day)"), FieldKind.DAY
        ),
        AnalysisField("hours", N_("Only these hours of each day, such as 22-6"), metavar="FROM-TO"),
        DEMAND_GRID,
        *(OUTLINES, TOWNSHIPS),
        AnalysisField(
            "places",
            N_("List of places that people know, by which gaps are named"),
            FieldKind.FILE,
            "",
            (*TABLE_FILES, *OUTLINE_FILES),
            True,
        ),
        FILES_DATUM,
    ),
    (*DEMAND_FILE_FIELDS, ROUTING, LIMIT, GEOJSON, JSON),
)
_SEARCHES = AnalysisForm(
    "plan searches",
    N_("Searches that found nothing"),
    N_(
        "Where riders searched and found nothing open within 1 km, at which hours, how often, and since when."
    ),
    (AREA,),
    (LIMIT, GEOJSON, JSON),
    SEARCHES_DEMAND,
)
_ACCESS = AnalysisForm(
    "plan access",
    N_("Access"),
    N_("How much of the open places falls to each, with their capacities, and how evenly."),
    (
        *(AREA, AT, replace(RADIUS, default=""), DEMAND, REGISTER, TRAVEL, STREET_MINUTES),
        AnalysisField(
            "zones",
            N_("Zones instead of a reach, as metres:weight, such as 500:1,1000:0.5"),
            metavar="M:WEIGHT,…",
        ),
        AnalysisField("capacity", N_("What each place offers"), FieldKind.CHOICE, "1", _CAPACITIES),
        AnalysisField(
            "capacity-file",
            N_("Table of capacities, with the columns 编号 and 容量"),
            FieldKind.FILE,
            "",
            TABLE_FILES,
            of="capacity",
        ),
        AnalysisField("by", N_("Table by"), FieldKind.CHOICE, "", _LEVELS, is_further=True),
        *(DEMAND_GRID, OUTLINES, TOWNSHIPS, FILES_DATUM),
    ),
    (
        *DEMAND_FILE_FIELDS,
        AnalysisField(
            "capacity",
            N_("what each place offers: a number, the size of its room, or a table 编号, 容量"),
            default="1",
            metavar="N|area_m2|FILE",
        ),
        ROUTING,
        replace(LIMIT, default="30"),
        JSON,
    ),
)
_PLACES = AnalysisForm(
    "plan sites",
    N_("Further sites"),
    N_("The best sites of a list or a grid, with a goal, a budget and limits, and what each one gains."),
    (
        *(AREA, AT, RADIUS, DEMAND, REGISTER, TRAVEL, STREET_MINUTES),
        _SITE_COUNT,
        AnalysisField("model", N_("Goal"), FieldKind.CHOICE, "mclp", _GOALS),
        AnalysisField("budget", N_("What may be spent, in yuan"), metavar="YUAN"),
        AnalysisField("cost", N_("What a site costs where the list doesn't say, in yuan"), metavar="YUAN"),
        AnalysisField("curve", N_("what each further site buys"), FieldKind.TICK),
        AnalysisField(
            "extended-hours", N_("how many doors opened longer would serve as much"), FieldKind.TICK
        ),
        AnalysisField(
            "candidates",
            N_("List of possible sites, such as post offices or shops (otherwise a grid)"),
            FieldKind.FILE,
            "",
            (*TABLE_FILES, *OUTLINE_FILES),
        ),
        AnalysisField("datum", N_("Datum of the list"), FieldKind.CHOICE, "", DATUM_LABELS),
        AnalysisField("partial", N_("leave out rows of the list that can't be used"), FieldKind.TICK),
        AnalysisField(
            "fixed", N_("Places that stand today"), FieldKind.CHOICE, "existing", _FIXED, is_further=True
        ),
        AnalysisField(
            "closable",
            N_("places that stand may be closed: for each one that is, one more is built"),
            FieldKind.TICK,
            is_further=True,
        ),
        AnalysisField(
            "at-most-close",
            N_("At most so many are closed"),
            FieldKind.WHOLE,
            is_further=True,
            help=N_("with --closable: close no more than so many; otherwise no more than -p"),
        ),
        AnalysisField(
            "min-per-district",
            N_("At least in each district"),
            FieldKind.WHOLE,
            is_further=True,
            into="least",
        ),
        AnalysisField(
            "max-per-district", N_("At most in each district"), FieldKind.WHOLE, is_further=True, into="most"
        ),
        AnalysisField(
            "district-limits",
            N_("Limits by district: a table with the columns 区县, 至少, 至多"),
            FieldKind.FILE,
            "",
            TABLE_FILES,
            True,
        ),
        AnalysisField(
            "apart",
            N_("Metres to any other station, at least"),
            FieldKind.NUMBER,
            is_further=True,
            into="apart_m",
        ),
        AnalysisField(
            "spacing",
            N_("in towns only sites near another station, as the rule says"),
            FieldKind.TICK,
            is_further=True,
        ),
        AnalysisField(
            "spacing-rule",
            N_("The rule: metres in towns, metres where dense, people per km² of a town, of a dense place"),
            default=DEFAULT_SPACING_RULE,
            is_further=True,
            metavar="M,M,N,N",
        ),
        AnalysisField(
            "stability",
            N_("Runs that try how certain the sites are (20 or more)"),
            FieldKind.WHOLE,
            is_further=True,
            most=1_000,
        ),
        AnalysisField(
            "seed", N_("Seed of these runs"), FieldKind.WHOLE, "20261120", is_further=True, most=999_999_999
        ),
        AnalysisField(
            "grid",
            N_("Grid of possible sites, in metres"),
            FieldKind.NUMBER,
            is_further=True,
            least=50,
            into="grid_m",
        ),
        DEMAND_GRID,
        AnalysisField(
            "columns",
            N_("Mapping file: what the list's columns mean"),
            FieldKind.FILE,
            "",
            ("yaml", "yml"),
            True,
            into="mapping",
        ),
        AnalysisField(
            "time-limit",
            N_("Seconds to compute, at most"),
            FieldKind.NUMBER,
            "30",
            is_further=True,
            least=1,
            most=600,
            into="time_limit_s",
            help=N_("seconds for the plan, and as many for each of the three questions besides"),
        ),
    ),
    (
        replace(_SITE_COUNT, default=""),
        *DEMAND_FILE_FIELDS,
        AnalysisField(
            "hour-of-week", N_("instead of --at: sat-23, 周六23点, or 0 (Monday 0:00) to 167"), metavar="HOUR"
        ),
        *(ROUTING, GEOJSON, JSON),
    ),
)
_COMPARISON = AnalysisForm(
    "plan compare",
    N_("Comparison of registers or days"),
    N_("Which places changed between two days or registers, and who gained or lost one within reach."),
    (
        AREA,
        AnalysisField("before-day", N_("Before: as it was on the evening of"), FieldKind.DAY, of="before"),
        replace(REGISTER, option="before", label=N_("Before: register")),
        AnalysisField(
            "before-file", N_("Before: a register's file"), FieldKind.FILE, "", REGISTER_FILES, of="before"
        ),
        AnalysisField(
            "after-day", N_("After: as it was on the evening of (nothing: now)"), FieldKind.DAY, of="after"
        ),
        replace(REGISTER, option="after", label=N_("After: register")),
        AnalysisField(
            "after-file", N_("After: a register's file"), FieldKind.FILE, "", REGISTER_FILES, of="after"
        ),
        *(AT, RADIUS, DEMAND),
        AnalysisField("hours", N_("for every hour of that week too"), FieldKind.TICK),
        replace(FILES_DATUM, is_further=False),
    ),
    (
        AnalysisField(
            "before",
            N_("a register's file, its name, a date (as it was that night), or name@date"),
            metavar="FILE|REGISTER|DATE|now",
            is_required=True,
        ),
        AnalysisField(
            "after", N_("the same, for the other side"), default="now", metavar="FILE|REGISTER|DATE|now"
        ),
        *DEMAND_FILE_FIELDS,
        AnalysisField(
            "points", N_("write the points newly served or no longer served to this CSV"), FieldKind.TARGET
        ),
        LIMIT,
        JSON,
    ),
)
_MAP = AnalysisForm(
    "map",
    N_("Map"),
    N_("One HTML file with places and coverage by the hour, that opens without a network."),
    (
        *(AREA, AT, _BOUND_RADIUS, replace(DEMAND, default=""), REGISTER, TRAVEL),
        AnalysisField("hours", N_("a slider over the hours of the week"), FieldKind.TICK, "yes"),
        AnalysisField("gaps", N_("Show gaps"), FieldKind.CHOICE, "", _GAP_PERIODS, is_bound=True),
        *(TOWNSHIPS, TOWNSHIPS_DATUM),
        AnalysisField(
            "proposals",
            N_("Proposed sites to show: the GeoJSON file of an analysis of sites"),
            FieldKind.FILE,
            "",
            ("geojson", "json"),
            True,
        ),
    ),
    (
        AnalysisField("out", N_("the file to write"), FieldKind.TARGET, "yihui-map.html"),
        *DEMAND_FILE_FIELDS,
        AnalysisField(
            "tiles",
            N_(
                "an online base map, in place of built streets: tianditu:KEY (or tianditu, with YIHUI_TIANDITU_KEY), gcj02:URL, wgs84:URL"
            ),
        ),
        *(ROUTING, STREETS),
    ),
)
_LAYERS = AnalysisForm(
    "plan export",
    N_("Layers for GIS programs"),
    N_("Stations, coverage, gaps and proposed sites with their styles, as QGIS draws them."),
    (
        *(AREA, AT, _BOUND_RADIUS, DEMAND, REGISTER, SITES),
        AnalysisField(
            "gpkg", N_("as one GeoPackage with all layers and their styles"), FieldKind.TARGET, "yes"
        ),
        AnalysisField(
            "geoparquet", N_("as a GeoParquet file for each layer"), FieldKind.TARGET, metavar="FOLDER"
        ),
    ),
    (*DEMAND_FILE_FIELDS, JSON),
)
ANALYSIS_FORMS: Mapping[str, AnalysisForm] = {
    "report": _REPORT,
    "coverage": _COVERAGE,
    "gaps": _GAPS,
    "searches": _SEARCHES,
    "access": _ACCESS,
    "sites": _PLACES,
    "comparison": _COMPARISON,
    "map": _MAP,
    "layers": _LAYERS,
}


def find_form(code: str) -> AnalysisForm:
    """Return the form of a kind of analysis. *Raises*: FaultError."""
    if code not in ANALYSIS_FORMS:
        raise FaultError(FIELD_FAULTS.build("choice", field="analysis", value=code[:40]))
    return ANALYSIS_FORMS[code]
