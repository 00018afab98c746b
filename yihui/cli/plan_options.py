"""Options that several of the planner's commands share, each declared once."""

from pathlib import Path
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.cli.options import DATUM_CHOICES
from yihui.planning.demand.request import MAX_RASTER_RESOLUTION, MIN_RASTER_RESOLUTION, RasterValues

_SERVED = N_("how far counts as served, in metres")

Area = Annotated[str, typer.Option(help=N_("six-digit code of a province, a city or a county"))]
AtInstant = Annotated[
    str | None, typer.Option(help=N_("when, such as 2026-10-03T23:10+08:00; otherwise now"))
]
ServedRadius = Annotated[float, typer.Option(help=_SERVED)]
BoundedRadius = Annotated[float, typer.Option("--radius", min=1, max=100_000, help=_SERVED)]
Demand = Annotated[
    str,
    typer.Option(
        metavar="WHAT",
        help=N_(
            "census, area, searches, searches:unmet, or a file of weighted points; or several "
            "(population+searches=30%)"
        ),
    ),
]
DemandGrid = Annotated[
    float | None, typer.Option(metavar="M", help=N_("how fine census and area are spread, in metres"))
]
DemandColumn = Annotated[
    str | None,
    typer.Option(
        "--demand-column",
        "--column",
        metavar="NAME",
        help=N_("the column of the demand's file that says how much"),
    ),
]
DemandDatum = Annotated[
    str | None,
    typer.Option(metavar=DATUM_CHOICES, help=N_("datum of the demand's file; never guessed")),
]
FilesDatum = Annotated[
    str | None,
    typer.Option(metavar=DATUM_CHOICES, help=N_("datum of the files, unless --demand-datum says otherwise")),
]
Outlines = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help=N_("outlines of your own with codes, names and perhaps people: GeoJSON, GeoPackage, …"),
    ),
]
Townships = Annotated[
    Path | None,
    typer.Option(
        "--townships",
        metavar="FILE",
        help=N_("outlines of townships, with codes and names, in place of those of the built streets"),
    ),
]
TownshipsDatum = Annotated[
    str | None,
    typer.Option(
        metavar=DATUM_CHOICES, help=N_("datum of the outlines of townships where the file only says degrees")
    ),
]
RasterValuesWord = Annotated[
    RasterValues | None,
    typer.Option(help=N_("of a GeoTIFF: its cells hold people (counts), or people per km² (density)")),
]
RasterCorrection = Annotated[
    bool,
    typer.Option(
        "--raster-correction/--no-raster-correction",
        help=N_("of a GeoTIFF: scale the people of each county to its census total"),
    ),
]
RasterResolution = Annotated[
    int | None,
    typer.Option(
        min=MIN_RASTER_RESOLUTION,
        max=MAX_RASTER_RESOLUTION,
        help=N_(
            "of a GeoTIFF: sum its people in H3 cells of this resolution; otherwise 8 for a province, else 9"
        ),
    ),
]
SiteCount = Annotated[
    int | None, typer.Option(min=1, max=1_000, help=N_("propose so many new sites as well"))
]
RowLimit = Annotated[int, typer.Option(min=0, help=N_("how many rows of a table are listed; 0 is all"))]
StreetTravel = Annotated[
    str | None,
    typer.Option(
        "--travel",
        metavar="walk|ebike",
        help=N_("by street instead of the straight line, which is then shown beside it"),
    ),
]
StreetMinutes = Annotated[
    float | None,
    typer.Option(
        "--minutes",
        help=N_("with --travel: minutes by street as the limit, instead of the metres along the streets"),
    ),
]
StreetFolder = Annotated[
    Path | None,
    typer.Option(
        "--routing",
        metavar="FOLDER",
        help=N_("with --travel: the folder with the street tiles (yihui streets build)"),
    ),
]
