"""The commands `yihui plan coverage`, `gaps`, `access`, `compare` and `export`."""

from pathlib import Path
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import PROVINCE_CODE
from yihui.cli import plan_demand, plan_sites
from yihui.cli.options import DATUM_CHOICES, AsJson, OnlyRegister
from yihui.cli.plan_options import (
    Area,
    AtInstant,
    BoundedRadius,
    Demand,
    DemandColumn,
    DemandDatum,
    DemandGrid,
    FilesDatum,
    Outlines,
    RasterCorrection,
    RasterResolution,
    RasterValuesWord,
    RowLimit,
    ServedRadius,
    SiteCount,
    StreetFolder,
    StreetMinutes,
    StreetTravel,
    Townships,
)
from yihui.cli.planning_analysis import is_typed, run_planning_command

app = typer.Typer(help=N_("Coverage, gaps and where to build next."), no_args_is_help=True)

_CELLS_LISTED = 20  # unless --limit is typed

_Level = Annotated[
    str,
    typer.Option(
        metavar="province|city|county|township|community|cell",
        help=N_("what the table is by; townships need --townships or built streets, communities --outlines"),
    ),
]
_OutlinesDatum = Annotated[
    str,
    typer.Option(metavar=DATUM_CHOICES, help=N_("datum of the outlines where the file only says degrees")),
]
_DemandEach = Annotated[
    bool, typer.Option("--demand-each", help=N_("of the file of demand: every row is one"))
]
_Member = Annotated[
    bool, typer.Option("--member", help=N_("for union members: places for members only count as well"))
]
_Employer = Annotated[str, typer.Option(help=N_("for this employer's staff: its own places count as well"))]
_Kind = Annotated[
    list[str] | None, typer.Option(help=N_("only places of this kind; may be given several times"))
]
_Hours = Annotated[
    bool,
    typer.Option("--hours", help=N_("for every hour of that week too, with a sentence on the night")),
]
_Minutes = Annotated[float, typer.Option(help=N_("with --travel: how long a way counts as served"))]


@app.command(
    help=N_("Who has a place within reach that is open then and that they may use; by area, cell and hour.")
)
def coverage(
    context: typer.Context,
    area: Area = PROVINCE_CODE,
    at: AtInstant = None,
    radius: ServedRadius = 1_000,
    by: _Level = "county",
    resolution: Annotated[int, typer.Option(help=N_("of the H3 cells, 0 to 15; 7 is 5 km²"))] = 7,
    demand: Demand = "population",
    outlines: Outlines = None,
    outlines_datum: _OutlinesDatum = "wgs84",
    townships: Townships = None,
    demand_column: DemandColumn = None,
    demand_each: _DemandEach = False,
    demand_datum: DemandDatum = None,
    raster_values: RasterValuesWord = None,
    raster_correction: RasterCorrection = True,
    raster_resolution: RasterResolution = None,
    member: _Member = False,
    employer: _Employer = "",
    kind: _Kind = None,
    register: OnlyRegister = None,
    hours: _Hours = False,
    travel: StreetTravel = None,
    minutes: _Minutes = 15.0,
    routing: StreetFolder = None,
    limit: RowLimit = 200,
    csv: Annotated[Path | None, typer.Option(help=N_("write the table to this file"))] = None,
    json_: AsJson = False,
) -> None:
    if by == "cell" and not is_typed(context, "limit"):
        context.params["limit"] = _CELLS_LISTED
    run_planning_command(context, "coverage")


app.registered_commands += plan_demand.app.registered_commands

_Before = Annotated[
    str,
    typer.Option(
        metavar="FILE|REGISTER|DATE|now",
        help=N_("a register's file, its name, a date (as it was that night), or name@date"),
    ),
]
_After = Annotated[
    str, typer.Option(metavar="FILE|REGISTER|DATE|now", help=N_("the same, for the other side"))
]
_AfterAt = Annotated[
    str | None,
    typer.Option("--after-at", help=N_("another time for the other side, such as a holiday")),
]
_Points = Annotated[
    Path | None,
    typer.Option(help=N_("write the points newly served or no longer served to this CSV")),
]


@app.command(
    help=N_(
        "Compare two registers or dates: which places changed, who gained one within reach, who lost one."
    )
)
def compare(
    context: typer.Context,
    before: _Before,
    after: _After = "now",
    at: AtInstant = None,
    after_at: _AfterAt = None,
    radius: ServedRadius = 1_000,
    demand: Demand = "population",
    demand_column: DemandColumn = None,
    demand_datum: DemandDatum = None,
    raster_values: RasterValuesWord = None,
    raster_correction: RasterCorrection = True,
    raster_resolution: RasterResolution = None,
    area: Area = PROVINCE_CODE,
    datum: FilesDatum = None,
    hours: _Hours = False,
    points: _Points = None,
    json_: AsJson = False,
) -> None:
    run_planning_command(context, "comparison")


app.registered_commands += plan_sites.app.registered_commands

_WeekOf = Annotated[
    str | None,
    typer.Option("--week-of", metavar="DATE", help=N_("the week in which a date lies; otherwise this week")),
]
_ClockHours = Annotated[
    str | None,
    typer.Option(metavar="FROM-TO", help=N_("only these hours of each day, such as 22-6 for the night")),
]
_Places = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help=N_("a list of places that people know, by which gaps are named")),
]
_Geojson = Annotated[Path | None, typer.Option(metavar="FILE", help=N_("write all gaps as GeoJSON, too"))]


@app.command(
    help=N_(
        "Gaps: connected areas without an open place within reach, how many people that concerns, and at which hours."
    ),
)
def gaps(
    context: typer.Context,
    area: Area = PROVINCE_CODE,
    at: Annotated[str | None, typer.Option(help=N_("one instant, such as 2026-10-03T23:10+08:00"))] = None,
    week_of: _WeekOf = None,
    hours: _ClockHours = None,
    radius: ServedRadius = 1_000,
    demand: Demand = "population",
    demand_grid: DemandGrid = None,
    demand_column: DemandColumn = None,
    demand_datum: DemandDatum = None,
    raster_values: RasterValuesWord = None,
    raster_correction: RasterCorrection = True,
    raster_resolution: RasterResolution = None,
    register: OnlyRegister = None,
    travel: StreetTravel = None,
    minutes: StreetMinutes = None,
    routing: StreetFolder = None,
    outlines: Outlines = None,
    places: _Places = None,
    townships: Townships = None,
    datum: FilesDatum = None,
    limit: RowLimit = 20,
    geojson: _Geojson = None,
    json_: AsJson = False,
) -> None:
    run_planning_command(context, "gaps")


_Radius = Annotated[
    float | None, typer.Option(help=N_("how far counts as within reach, in metres; otherwise 1000"))
]
_Zones = Annotated[
    str | None,
    typer.Option(metavar="M:WEIGHT,…", help=N_("zones instead of a radius, such as 500:1,1000:0.5")),
]
_Capacity = Annotated[
    str,
    typer.Option(
        metavar="N|area_m2|FILE",
        help=N_("what each place offers: a number, the size of its room, or a table 编号, 容量"),
    ),
]
_By = Annotated[
    str | None,
    typer.Option(
        metavar="LEVEL",
        help=N_(
            "which areas to list: province, city, county, township (of the built streets or --townships) or community "
            "(--outlines)"
        ),
    ),
]


@app.command(
    help=N_(
        "Access: what of the open places falls to each (2SFCA, with --zones E2SFCA), and how evenly it is shared (Gini)."
    ),
)
def access(
    context: typer.Context,
    area: Area = PROVINCE_CODE,
    at: AtInstant = None,
    radius: _Radius = None,
    zones: _Zones = None,
    capacity: _Capacity = "1",
    by: _By = None,
    demand: Demand = "population",
    demand_grid: DemandGrid = None,
    demand_column: DemandColumn = None,
    demand_datum: DemandDatum = None,
    raster_values: RasterValuesWord = None,
    raster_correction: RasterCorrection = True,
    raster_resolution: RasterResolution = None,
    register: OnlyRegister = None,
    travel: StreetTravel = None,
    minutes: StreetMinutes = None,
    routing: StreetFolder = None,
    outlines: Outlines = None,
    townships: Townships = None,
    datum: FilesDatum = None,
    limit: RowLimit = 30,
    json_: AsJson = False,
) -> None:
    run_planning_command(context, "access")


_Gpkg = Annotated[Path | None, typer.Option(help=N_("write one GeoPackage with all layers and their styles"))]
_Geoparquet = Annotated[
    Path | None,
    typer.Option(metavar="FOLDER", help=N_("write a GeoParquet file for each layer into this folder")),
]


@app.command(
    help=N_("Stations, coverage, gaps and proposed sites as layers that QGIS draws as soon as it opens them.")
)
def export(
    context: typer.Context,
    gpkg: _Gpkg = None,
    geoparquet: _Geoparquet = None,
    area: Area = PROVINCE_CODE,
    at: AtInstant = None,
    radius_m: BoundedRadius = 1_000,
    demand: Demand = "population",
    raster_values: RasterValuesWord = None,
    raster_correction: RasterCorrection = True,
    raster_resolution: RasterResolution = None,
    sites: SiteCount = None,
    register: OnlyRegister = None,
    json_: AsJson = False,
) -> None:
    run_planning_command(context, "layers")
