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
        from yihui.planning.export.run import ExportTargets, export_plan, plan_export_json, plan_export_lines
        from yihui.planning.study.study import CENSUS_DEMAND, StudyOrder
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
        exported = export_plan(wiring, order, ExportTargets(gpkg, geoparquet))
        if json_:
            typer.echo(json.dumps(plan_export_json(exported), ensure_ascii=False))
        else:
            for line in plan_export_lines(exported, wiring):
                typer.echo(line)
        for file in exported.files:
            typer.echo(wiring.render(N_("written: {file}"), file=file), err=True)
