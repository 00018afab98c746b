"""yihui map: a map of stations and coverage as one HTML file."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import PROVINCE_CODE, Wiring
from yihui.cli.options import OnlyRegister, StreetsFolderOption, use_streets
from yihui.cli.plan_options import (
    AtInstant,
    RasterCorrection,
    RasterResolution,
    RasterValuesWord,
    Townships,
    TownshipsDatum,
)
from yihui.cli.street_options import MapTravel, StreetFolder, parse_street_reach


class GapPeriod(StrEnum):
    """The time for which the map shows gaps: the given hour, nights only, or the week."""

    HOUR = "hour"
    NIGHT = "night"
    WEEK = "week"


top_level = typer.Typer()

_RadiusM = Annotated[
    float,
    typer.Option("--radius", min=1, max=100_000, help=N_("how far counts as served, in metres")),
]
_Area = Annotated[
    str,
    typer.Option("--area", help=N_("six-digit code of the province or city to draw")),
]
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
    radius_m: _RadiusM = 1_000,
    area: _Area = PROVINCE_CODE,
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
    travel: MapTravel = None,
    routing: StreetFolder = None,
    streets: StreetsFolderOption = None,
) -> None:
    from yihui.files.whole_files import check_output_path, write_atomically
    from yihui.planning.demand.request import RasterOptions
    from yihui.planning.map.data import render_map_page
    from yihui.planning.map.request import CoverageMapOrder
    from yihui.planning.map.run import build_coverage_map
    from yihui.planning.map.text import drawn_map_text, map_street_lines
    from yihui.runtime.arguments import parse_datum, parse_instant

    wiring: Wiring = context.obj
    check_output_path(out)  # checked first, since drawing a map takes seconds
    use_streets(wiring, streets)
    when = parse_instant(at) if at else wiring.now()
    order = CoverageMapOrder(
        *(when, area, register, radius_m, hours, gaps, proposals, tiles or None, demand),
        demand_raster=RasterOptions(raster_values, raster_correction, raster_resolution),
        townships=townships,
        townships_datum=parse_datum(townships_datum, "--townships-datum"),
        streets=parse_street_reach(wiring, travel, None, routing, radius_m),
    )
    found = build_coverage_map(wiring, order)
    write_atomically(out, render_map_page(found, wiring.language), public=True)
    typer.echo(drawn_map_text(found, out, wiring.language))
    for line in map_street_lines(found, wiring.language):
        typer.echo(line)
