"""yihui map: a map of stations and coverage as one HTML file."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import PROVINCE_CODE
from yihui.cli.options import OnlyRegister, StreetsFolderOption, use_streets
from yihui.cli.plan_options import (
    Area,
    AtInstant,
    BoundedRadius,
    RasterCorrection,
    RasterResolution,
    RasterValuesWord,
    StreetFolder,
    StreetTravel,
    Townships,
    TownshipsDatum,
)
from yihui.cli.planning_analysis import run_planning_command


class GapPeriod(StrEnum):
    """The time for which the map shows gaps: the given hour, nights only, or the week."""

    HOUR = "hour"
    NIGHT = "night"
    WEEK = "week"


top_level = typer.Typer()

_Hours = Annotated[bool, typer.Option("--hours/--no-hours", help=N_("a slider over the hours of the week"))]
_Gaps = Annotated[
    GapPeriod | None,
    typer.Option(
        help=N_("where residents have no open place within reach: at that hour, by night only, in the week")
    ),
]
_Demand = Annotated[
    str | None,
    typer.Option(
        metavar="WHAT",
        help=N_(
            "what is to be served: census, area, searches, searches:unmet, or a file of points; or several (population+searches=30%)"
        ),
    ),
]
_Proposals = Annotated[
    Path | None, typer.Option(help=N_("proposed sites, as “yihui plan sites” writes them (GeoJSON)"))
]
_Tiles = Annotated[
    str | None,
    typer.Option(
        help=N_(
            "an online base map, in place of built streets: tianditu:KEY (or tianditu, with YIHUI_TIANDITU_KEY), gcj02:URL, wgs84:URL"
        )
    ),
]


@top_level.command(
    "map", help=N_("Draw a map of places and coverage: one HTML file that opens without a network.")
)
def map_(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help=N_("the file to write"))] = Path("yihui-map.html"),
    at: AtInstant = None,
    register: OnlyRegister = None,
    radius_m: BoundedRadius = 1_000,
    area: Area = PROVINCE_CODE,
    hours: _Hours = True,
    gaps: _Gaps = None,
    demand: _Demand = None,
    raster_values: RasterValuesWord = None,
    raster_correction: RasterCorrection = True,
    raster_resolution: RasterResolution = None,
    townships: Townships = None,
    townships_datum: TownshipsDatum = None,
    proposals: _Proposals = None,
    tiles: _Tiles = None,
    travel: StreetTravel = None,
    routing: StreetFolder = None,
    streets: StreetsFolderOption = None,
) -> None:
    use_streets(context.obj, streets)
    run_planning_command(context, "map")
