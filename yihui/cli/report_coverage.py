"""yihui report coverage: show who is served when, where places are missing, and where to build next."""

from pathlib import Path
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import PROVINCE_CODE
from yihui.cli.options import AsJson, OnlyRegister, StreetsFolderOption, use_streets
from yihui.cli.plan_options import (
    Area,
    BoundedRadius,
    Demand,
    DemandColumn,
    DemandDatum,
    RasterCorrection,
    RasterResolution,
    RasterValuesWord,
    SiteCount,
    StreetFolder,
    StreetTravel,
    Townships,
    TownshipsDatum,
)
from yihui.cli.planning_analysis import run_planning_command

app = typer.Typer()

_At = Annotated[
    str | None,
    typer.Option(help=N_("when, such as 2026-10-09T10:00+08:00; otherwise today at 10:00")),
]
_Map = Annotated[
    Path | None,
    typer.Option("--map", help=N_("write a map to move about in, with a slider over the week")),
]


@app.command(
    help=N_("Who has an open place within reach, by area, hour and distance; gaps; where to build next.")
)
def coverage(
    context: typer.Context,
    area: Area = PROVINCE_CODE,
    at: _At = None,
    radius_m: BoundedRadius = 1_000,
    demand: Demand = "population",
    demand_column: DemandColumn = None,
    demand_datum: DemandDatum = None,
    raster_values: RasterValuesWord = None,
    raster_correction: RasterCorrection = True,
    raster_resolution: RasterResolution = None,
    townships: Townships = None,
    townships_datum: TownshipsDatum = None,
    sites: SiteCount = None,
    travel: StreetTravel = None,
    routing: StreetFolder = None,
    register: OnlyRegister = None,
    html: Annotated[Path | None, typer.Option(help=N_("write a page with maps and charts"))] = None,
    pdf: Annotated[Path | None, typer.Option(help=N_("write it for print, on A4"))] = None,
    xlsx: Annotated[Path | None, typer.Option(help=N_("write a workbook"))] = None,
    png: Annotated[Path | None, typer.Option(help=N_("write the maps into this folder"))] = None,
    map_: _Map = None,
    streets: StreetsFolderOption = None,
    json_: AsJson = False,
) -> None:
    use_streets(context.obj, streets)
    run_planning_command(context, "report")
