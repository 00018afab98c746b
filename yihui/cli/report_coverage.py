"""yihui report coverage: show who is served when, where places are missing, and where to build next."""

from pathlib import Path
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import PROVINCE_CODE, Wiring
from yihui.cli.options import AsJson, OnlyRegister, StreetsFolderOption, use_streets
from yihui.cli.output import emit, print_faults, print_note
from yihui.cli.plan_options import (
    Area,
    BoundedRadius,
    FileColumn,
    FileDatum,
    RasterCorrection,
    RasterResolution,
    RasterValuesWord,
    SiteCount,
    StudyDemand,
    Townships,
    TownshipsDatum,
)
from yihui.cli.street_options import StreetFolder, StreetTravel, parse_street_reach

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
    demand: StudyDemand = "population",
    demand_column: FileColumn = None,
    demand_datum: FileDatum = None,
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
    from yihui.files.whole_files import write_atomically
    from yihui.planning.demand.request import RasterOptions
    from yihui.planning.report.data import coverage_report_json
    from yihui.planning.report.files import render_report_files
    from yihui.planning.report.request import ReportOutputs, default_report_instant
    from yihui.planning.report.run import build_coverage_report
    from yihui.planning.report.text import report_lines
    from yihui.planning.study.request import StudyOrder
    from yihui.runtime.arguments import parse_datum, parse_instant

    wiring: Wiring = context.obj
    use_streets(wiring, streets)
    order = StudyOrder(
        area=area,
        at=default_report_instant(wiring.now()) if at is None else parse_instant(at),
        register=register,
        radius_m=radius_m,
        demand=demand,
        demand_column=demand_column,
        demand_datum=parse_datum(demand_datum, "--demand-datum"),
        demand_raster=RasterOptions(raster_values, raster_correction, raster_resolution),
        sites=sites,
        townships=townships,
        townships_datum=parse_datum(townships_datum, "--townships-datum"),
        streets=parse_street_reach(wiring, travel, None, routing, radius_m),
    )
    outputs = ReportOutputs(html, pdf, xlsx, png, map_)
    report = build_coverage_report(wiring, order, outputs)
    files = []
    for file, content in render_report_files(report, outputs, wiring.language):
        write_atomically(file, content, public=True)
        files.append(file)
    lines = report_lines(report.study, wiring.language)
    emit(lambda: coverage_report_json(report.study), lines, json_, allow_nan=False)
    print_faults(wiring, report.study.notes)
    for file in files:
        print_note(wiring, N_("written: {file}"), file=file)
