"""yihui plan export: write stations, coverage, gaps and proposed sites as GIS layers with their styles."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import PROVINCE_CODE, Wiring
from yihui.cli.plan_options import build_plan_options


def add_commands(app: typer.Typer, _: Callable[[str], str]) -> None:
    options = build_plan_options(_)

    @app.command(
        help=_(
            "Stations, coverage, gaps and proposed sites as layers that QGIS draws as soon as it opens them."
        )
    )
    def export(
        context: typer.Context,
        gpkg: Annotated[
            Path | None, typer.Option(help=_("write one GeoPackage with all layers and their styles"))
        ] = None,
        geoparquet: Annotated[
            Path | None,
            typer.Option(metavar="FOLDER", help=_("write a GeoParquet file for each layer into this folder")),
        ] = None,
        area: Annotated[str, options.area] = PROVINCE_CODE,
        at: Annotated[str | None, options.at] = None,
        radius_m: Annotated[float, options.radius_m] = 1_000,
        demand: Annotated[str, options.demand_of_study] = "population",
        sites: Annotated[int | None, options.sites] = None,
        register: Annotated[str | None, options.register] = None,
        json_: Annotated[bool, options.json] = False,
    ) -> None:
        from yihui.files.whole_files import write_atomically
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
            sites=sites,
        )
        targets = ExportTargets(gpkg, geoparquet)
        study = build_exported_study(wiring, order, targets)
        layers = tuple(build_study_layers(study, wiring.language))
        about = export_metadata(study, wiring.language, wiring.now())
        files = []
        for file, content in render_export_files(layers, about, targets):
            write_atomically(file, content)
            files.append(file)
        if json_:
            typer.echo(json.dumps(plan_export_json(layers, files, about), ensure_ascii=False))
        else:
            for line in plan_export_lines(layers, wiring.language):
                typer.echo(line)
        for file in files:
            typer.echo(wiring.render(N_("written: {file}"), file=file), err=True)
