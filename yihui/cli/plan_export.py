"""yihui plan export: write stations, coverage, gaps and proposed sites as GIS layers with their styles."""

from pathlib import Path
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import PROVINCE_CODE, Wiring
from yihui.cli.options import AsJson, OnlyRegister
from yihui.cli.output import emit, print_note
from yihui.cli.plan_options import (
    Area,
    AtInstant,
    BoundedRadius,
    RasterCorrection,
    RasterResolution,
    RasterValuesWord,
    SiteCount,
    StudyDemand,
)

app = typer.Typer()

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
    demand: StudyDemand = "population",
    raster_values: RasterValuesWord = None,
    raster_correction: RasterCorrection = True,
    raster_resolution: RasterResolution = None,
    sites: SiteCount = None,
    register: OnlyRegister = None,
    json_: AsJson = False,
) -> None:
    from yihui.files.whole_files import write_atomically
    from yihui.planning.demand.request import RasterOptions
    from yihui.planning.export.data import build_study_layers, plan_export_json, render_export_files
    from yihui.planning.export.request import ExportTargets
    from yihui.planning.export.run import build_exported_study
    from yihui.planning.export.text import export_metadata, plan_export_lines
    from yihui.planning.study.request import CENSUS_DEMAND, StudyOrder
    from yihui.runtime.arguments import parse_instant

    wiring: Wiring = context.obj
    order = StudyOrder(
        area,
        parse_instant(at) if at else wiring.now(),
        register,
        radius_m,
        demand=CENSUS_DEMAND if demand == "population" else demand,
        demand_raster=RasterOptions(raster_values, raster_correction, raster_resolution),
        sites=sites,
    )
    targets = ExportTargets(gpkg, geoparquet)
    study = build_exported_study(wiring, order, targets)
    layers = tuple(build_study_layers(study, wiring.language))
    about = export_metadata(study, wiring.language, wiring.now())
    files = []
    for file, content in render_export_files(layers, about, targets):
        write_atomically(file, content, public=True)
        files.append(file)
    emit(lambda: plan_export_json(layers, files, about), plan_export_lines(layers, wiring.language), json_)
    for file in files:
        print_note(wiring, N_("written: {file}"), file=file)
