"""The commands of `yihui plan`."""

from collections.abc import Callable
from inspect import Parameter
from pathlib import Path
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import PROVINCE_CODE, Wiring
from yihui.cli.late_command import add_late_command
from yihui.cli.options import ALL_AREAS, AsJson, read_area
from yihui.cli.output import print_note
from yihui.cli.planning_analysis import (
    add_planning_command,
    build_form_command,
    print_answer,
    read_form,
)

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
_To = Annotated[
    Path | None,
    typer.Option(help=N_("write the demand as H3 cells to this file: .geojson, .gpkg, .parquet or .csv")),
]
_Area = Annotated[
    str,
    typer.Option(
        metavar="NAME|CODE",
        help=N_("a province, a city or a county, by name or six-digit code; all: all of China"),
    ),
]


def _show_demand(
    context: typer.Context, what: str, to: Path | None, area: str, json_: bool, **_: object
) -> None:
    from yihui.files.whole_files import write_atomically
    from yihui.frame.fields import fields_of
    from yihui.planning.demand.answer import build_demand_answer
    from yihui.planning.demand.cells import build_demand_cells, cells_resolution, render_demand_cells
    from yihui.planning.demand.file import READING_STEPS
    from yihui.planning.demand.query import DemandQuery
    from yihui.planning.demand.request import DemandReadingForm, check_cells_file
    from yihui.planning.demand.run import load_demand
    from yihui.runtime.progress import show_progress

    wiring: Wiring = context.obj
    request = read_form(context, DemandReadingForm, fields_of(DemandReadingForm))
    if to is not None:
        check_cells_file(to, Path(what))
    code = read_area(area)
    where = None if code == ALL_AREAS else code
    query = DemandQuery(what, where, request.spacing_m, request)
    with show_progress(wiring.render(N_("reading {file}"), file=what), READING_STEPS) as advance:
        chosen = load_demand(wiring, query, advance)
    print_answer(wiring, build_demand_answer(query, chosen, wiring.language), 0, json_)
    if to is not None:
        cells = build_demand_cells(chosen.demand, cells_resolution(query))
        write_atomically(to, render_demand_cells(cells, chosen.title, to), public=True)
        print_note(wiring, N_("{count} H3 cells: {file}"), count=f"{len(cells):,}", file=to)


def _build_demand() -> Callable[..., None]:
    from yihui.frame.fields import fields_of
    from yihui.planning.demand.request import DemandReadingForm

    return build_form_command(
        _show_demand,
        fields_of(DemandReadingForm),
        what=(_What, Parameter.empty),
        to=(_To, None),
        area=(_Area, PROVINCE_CODE),
        json_=(AsJson, False),
    )


add_late_command(
    app,
    "demand",
    N_("Show what a file of demand is understood as: rows, total, unit, datum, bounds, by city."),
    _build_demand,
)
for _kind in ("comparison", "sites", "gaps", "searches", "access", "layers"):
    add_planning_command(app, _kind)
