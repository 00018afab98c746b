"""yihui plan demand: show how a demand file is understood, before a planner uses it."""

from pathlib import Path
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import PROVINCE_CODE, Wiring
from yihui.cli.options import DATUM_CHOICES, AsJson
from yihui.cli.output import emit, print_note
from yihui.cli.plan_options import RasterCorrection, RasterResolution, RasterValuesWord
from yihui.planning.demand.request import DemandFileOptions, LeaveOut, PolygonSpread, RasterOptions

app = typer.Typer()

_What = Annotated[
    str,
    typer.Argument(
        metavar="FILE|population|area|searches|searches:unmet",
        help=N_(
            "CSV, XLSX, GeoJSON, GeoPackage, GeoParquet or zipped Shapefile of points, polygons or totals by "
            "district; a GeoTIFF of people; or one of the words"
        ),
    ),
]
_Column = Annotated[
    str | None,
    typer.Option("--column", "--demand-column", help=N_("the column that says how much")),
]
_Each = Annotated[bool, typer.Option("--each", "--demand-each", help=N_("every row is one (order, person)"))]
_Unit = Annotated[
    str | None,
    typer.Option(help=N_("what is counted, such as people or orders; otherwise as the column is called")),
]
_Datum = Annotated[
    str | None,
    typer.Option(
        "--datum",
        "--demand-datum",
        metavar=DATUM_CHOICES,
        help=N_("datum of longitude and latitude; never guessed"),
    ),
]
_Crs = Annotated[
    str | None,
    typer.Option(help=N_("CRS of x and y where the file does not say it, such as EPSG:4547")),
]
_Layer = Annotated[
    str | None, typer.Option(help=N_("sheet of a workbook, or layer of a GeoPackage or of zipped Shapefiles"))
]
_NoHeader = Annotated[
    bool, typer.Option("--no-header", help=N_("a CSV without column names: they are 1, 2, 3, … then"))
]
_Polygons = Annotated[
    PolygonSpread,
    typer.Option(help=N_("what becomes of polygons: even parts on a grid, or all of it at one point inside")),
]
_SpacingM = Annotated[
    float,
    typer.Option("--spacing-m", min=50, max=20_000, help=N_("of that grid, in metres")),
]
_LeaveOut = Annotated[
    list[LeaveOut] | None,
    typer.Option(
        help=N_(
            "leave out what lies outside the area, totals of districts that are there too, or rows "
            "that name no district; may be given several times"
        )
    ),
]
_Area = Annotated[
    str, typer.Option(help=N_("six-digit code of a province, a city or a county; all: all of China"))
]


_To = Annotated[
    Path | None,
    typer.Option(
        help=N_("write the demand as H3 cells to this file: .geojson, .gpkg, .parquet or .csv"),
    ),
]


@app.command(
    help=N_("Show what a file of demand is understood as: rows, total, unit, datum, bounds, by city.")
)
def demand(
    context: typer.Context,
    what: _What,
    column: _Column = None,
    each: _Each = False,
    unit: _Unit = None,
    datum: _Datum = None,
    crs: _Crs = None,
    layer: _Layer = None,
    no_header: _NoHeader = False,
    lon: Annotated[str | None, typer.Option(help=N_("the column with longitude, or x"))] = None,
    lat: Annotated[str | None, typer.Option(help=N_("the column with latitude, or y"))] = None,
    code: Annotated[str | None, typer.Option(help=N_("the column with district codes"))] = None,
    polygons: _Polygons = PolygonSpread.GRID,
    spacing_m: _SpacingM = 1_000,
    leave_out: _LeaveOut = None,
    raster_values: RasterValuesWord = None,
    raster_correction: RasterCorrection = True,
    raster_resolution: RasterResolution = None,
    to: _To = None,
    area: _Area = PROVINCE_CODE,
    json_: AsJson = False,
) -> None:
    from yihui.files.whole_files import write_atomically
    from yihui.planning.demand.cells import build_demand_cells, cells_resolution, render_demand_cells
    from yihui.planning.demand.data import demand_json
    from yihui.planning.demand.request import DemandQuery, check_cells_file
    from yihui.planning.demand.run import summarise_demand
    from yihui.planning.demand.text import demand_lines, demand_note_lines
    from yihui.runtime.arguments import parse_datum

    wiring: Wiring = context.obj
    request = DemandFileOptions(
        Path(what),
        column,
        each,
        unit,
        parse_datum(datum),
        crs,
        layer,
        no_header,
        lon,
        lat,
        code,
        polygons,
        spacing_m,
        frozenset(leave_out or ()),
        RasterOptions(raster_values, raster_correction, raster_resolution),
    )
    if to is not None:
        check_cells_file(to, Path(what))
    where = None if area == "all" else area
    summary = summarise_demand(wiring, DemandQuery(what, where, spacing_m, request))
    if not json_:
        for line in demand_note_lines(summary, wiring.language):
            typer.echo(line, err=True)
    lines = [] if json_ else demand_lines(summary, wiring.language)
    emit(lambda: demand_json(summary, wiring.language), lines, json_)
    if to is not None:
        chosen = summary.chosen
        cells = build_demand_cells(chosen.demand, cells_resolution(summary))
        write_atomically(to, render_demand_cells(cells, chosen.title, to), public=True)
        print_note(wiring, N_("{count} H3 cells: {file}"), count=f"{len(cells):,}", file=to)
