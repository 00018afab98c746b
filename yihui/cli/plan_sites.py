"""yihui plan sites: propose where to build next, what each site is worth, and how certain the plan is."""

from pathlib import Path
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import PROVINCE_CODE
from yihui.cli.options import AsJson, OnlyRegister
from yihui.cli.plan_options import (
    Area,
    AtInstant,
    Demand,
    DemandColumn,
    DemandDatum,
    DemandGrid,
    RasterCorrection,
    RasterResolution,
    RasterValuesWord,
    ServedRadius,
    StreetFolder,
    StreetMinutes,
    StreetTravel,
)
from yihui.cli.planning_analysis import run_planning_command

app = typer.Typer()

_Budget = Annotated[str | None, typer.Option(metavar="YUAN", help=N_("what may be spent, in yuan"))]
_Cost = Annotated[
    str | None, typer.Option(metavar="YUAN", help=N_("what a site costs where the list doesn't say"))
]
_Model = Annotated[
    str,
    typer.Option(
        metavar="MODEL",
        help=N_(
            "mclp: most demand served; lscp: fewest sites for all; p-median: least mean distance; p-centre: least greatest distance"
        ),
    ),
]
_Hour = Annotated[
    str | None,
    typer.Option(
        "--hour-of-week",
        metavar="HOUR",
        help=N_("instead of --at: sat-23, 周六23点, or 0 (Monday 0:00) to 167"),
    ),
]
_Candidates = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help=N_("a list of sites (CSV, XLSX, GeoJSON, …) such as post offices or shops"),
    ),
]
_Datum = Annotated[
    str | None,
    typer.Option(help=N_("datum of the list's coordinates: wgs84, cgcs2000, gcj02 or bd09")),
]
_Columns = Annotated[
    Path | None, typer.Option(metavar="FILE", help=N_("a mapping file: what the list's columns mean"))
]
_Partial = Annotated[
    bool, typer.Option("--partial", help=N_("go on without those rows of the list that can't be used"))
]
_Grid = Annotated[
    float | None,
    typer.Option(metavar="M", help=N_("without a list: one site for each square of so many metres")),
]
_Fixed = Annotated[
    str,
    typer.Option(metavar="WHAT", help=N_("existing: what stands counts; none: as if nothing stood")),
]
_Closable = Annotated[
    bool,
    typer.Option("--closable", help=N_("what stands may be closed; for each that is, one more is built")),
]
_AtMostClose = Annotated[
    int | None,
    typer.Option(
        "--at-most-close",
        metavar="N",
        help=N_("with --closable: close no more than so many; otherwise no more than -p"),
    ),
]
_Least = Annotated[
    int, typer.Option("--min-per-district", metavar="N", help=N_("at least so many in each district"))
]
_Most = Annotated[
    int | None,
    typer.Option("--max-per-district", metavar="N", help=N_("at most so many in each district")),
]
_Limits = Annotated[
    Path | None,
    typer.Option(
        "--district-limits", metavar="FILE", help=N_("a table 区县, 至少, 至多 for single districts")
    ),
]
_Apart = Annotated[
    float, typer.Option(metavar="M", help=N_("no site nearer than so many metres to another station"))
]
_Spacing = Annotated[
    bool,
    typer.Option(
        "--spacing",
        help=N_(
            "in towns only sites whose nearest station is less than 1 km away, where people are dense 0.5 km"
        ),
    ),
]
_Rule = Annotated[
    str,
    typer.Option(
        "--spacing-rule",
        metavar="M,M,N,N",
        help=N_("metres in towns, metres where dense, people per km² from which a place is a town, dense"),
    ),
]
_ExtendedHours = Annotated[
    bool,
    typer.Option(
        "--extended-hours", help=N_("how few doors, opened at that hour as well, would serve as much")
    ),
]
_Curve = Annotated[
    bool,
    typer.Option("--curve", help=N_("what each further site buys: the best plan for each number")),
]
_Stability = Annotated[
    int,
    typer.Option(
        metavar="RUNS",
        help=N_("solve so many times (20 or more) with points 50 m and demand 10 % off; marks unsure sites"),
    ),
]
_Seed = Annotated[int, typer.Option(help=N_("of these runs: the same seed, the same errors"))]
_TimeLimit = Annotated[
    float,
    typer.Option(
        metavar="S",
        help=N_("seconds for the plan, and as many for each of the three questions besides"),
    ),
]
_Geojson = Annotated[Path | None, typer.Option(metavar="FILE", help=N_("write the sites as GeoJSON, too"))]


@app.command(
    help=N_(
        "Where to build next: the best sites of a list or a grid, what each one newly serves, and how good that provably is."
    ),
)
def sites(
    context: typer.Context,
    area: Area = PROVINCE_CODE,
    p: Annotated[int | None, typer.Option("-p", help=N_("how many sites to build"))] = None,
    budget: _Budget = None,
    cost: _Cost = None,
    model: _Model = "mclp",
    at: AtInstant = None,
    hour: _Hour = None,
    radius: ServedRadius = 1_000,
    candidates: _Candidates = None,
    datum: _Datum = None,
    columns: _Columns = None,
    partial: _Partial = False,
    grid: _Grid = None,
    demand: Demand = "population",
    demand_column: DemandColumn = None,
    demand_datum: DemandDatum = None,
    raster_values: RasterValuesWord = None,
    raster_correction: RasterCorrection = True,
    raster_resolution: RasterResolution = None,
    demand_grid: DemandGrid = None,
    register: OnlyRegister = None,
    travel: StreetTravel = None,
    minutes: StreetMinutes = None,
    routing: StreetFolder = None,
    fixed: _Fixed = "existing",
    closable: _Closable = False,
    at_most_close: _AtMostClose = None,
    least: _Least = 0,
    most: _Most = None,
    limits: _Limits = None,
    apart: _Apart = 0,
    spacing: _Spacing = False,
    rule: _Rule = "1000,500,1500,4000",
    extended_hours: _ExtendedHours = False,
    curve: _Curve = False,
    stability: _Stability = 0,
    seed: _Seed = 20261120,
    time_limit: _TimeLimit = 30,
    geojson: _Geojson = None,
    json_: AsJson = False,
) -> None:
    run_planning_command(context, "sites")
