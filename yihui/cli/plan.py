"""The commands of `yihui plan`."""

from dataclasses import replace
from inspect import Parameter
from pathlib import Path
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.output import print_note
from yihui.cli.planning_analysis import (
    ALL_AREAS,
    add_planning_command,
    print_answer,
    read_options,
    with_form_options,
)
from yihui.frame.commands import build_group
from yihui.frame.noun import load_noun
from yihui.planning.analysis.fields import AREA, JSON, AnalysisField, FieldKind
from yihui.planning.demand.fields import READING_FIELDS

app = typer.Typer(no_args_is_help=True)
add_planning_command(app, "coverage")

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
_OPTIONS = (
    *READING_FIELDS,
    AnalysisField(
        "to",
        N_("write the demand as H3 cells to this file: .geojson, .gpkg, .parquet or .csv"),
        FieldKind.TARGET,
    ),
    replace(AREA, help=N_("a province, a city or a county, by name or six-digit code; all: all of China")),
    JSON,
)


def _show_demand(context: typer.Context, **_: object) -> None:
    from yihui.files.whole_files import write_atomically
    from yihui.planning.demand.answer import build_demand_answer
    from yihui.planning.demand.cells import build_demand_cells, cells_resolution, render_demand_cells
    from yihui.planning.demand.fields import read_file_options
    from yihui.planning.demand.request import DemandQuery, check_cells_file
    from yihui.planning.demand.run import summarise_demand

    wiring: Wiring = context.obj
    values = read_options(context, wiring.now())
    what, to, area = values.text("what"), values.file("to"), values.text("area")
    request = read_file_options(values, Path(what))
    if to is not None:
        check_cells_file(to, Path(what))
    where = None if area == ALL_AREAS else area
    summary = summarise_demand(wiring, DemandQuery(what, where, request.spacing_m, request))
    print_answer(wiring, build_demand_answer(summary, wiring.language), 0, values.is_ticked("json"))
    if to is not None:
        chosen = summary.chosen
        cells = build_demand_cells(chosen.demand, cells_resolution(summary))
        write_atomically(to, render_demand_cells(cells, chosen.title, to), public=True)
        print_note(wiring, N_("{count} H3 cells: {file}"), count=f"{len(cells):,}", file=to)


app.command(
    "demand",
    help=N_("Show what a file of demand is understood as: rows, total, unit, datum, bounds, by city."),
)(with_form_options(_show_demand, _OPTIONS, Parameter("what", Parameter.KEYWORD_ONLY, annotation=_What)))
for _kind in ("comparison", "sites", "gaps", "searches", "access", "layers"):
    add_planning_command(app, _kind)
app.add_typer(build_group(load_noun("yihui.planning.scenario.noun:NOUN")), name="scenarios")
