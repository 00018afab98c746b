"""Planning commands: their options are the fields of an order; they print the result of its analysis or write its files."""

from collections.abc import Callable, Mapping
from functools import partial
from inspect import Parameter
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import PROVINCE_CODE, Wiring
from yihui.cli.late_command import add_late_command
from yihui.cli.options import ALL_AREAS, AsJson, StreetsFolderOption, read_area, use_streets
from yihui.cli.output import emit, print_note
from yihui.planning.analysis.forms import ANALYSIS_FORMS

if TYPE_CHECKING:
    from yihui.planning.answer import Answer

_CELLS_LISTED, _ROWS_LISTED = 20, 200  # of coverage, unless --limit is typed
_COVERAGE_HELP = N_("how many rows of a table are listed; 0 is all; otherwise 200, and 20 cells")
_Limit = Annotated[int, typer.Option(min=0, help=N_("how many rows of a table are listed; 0 is all"))]
_CoverageLimit = Annotated[int | None, typer.Option(min=0, help=_COVERAGE_HELP)]
# The options of one door: how an answer is printed, and which streets are drawn.
_OWN_OPTIONS: Mapping[str, Mapping[str, tuple[object, object]]] = {
    "coverage": {"limit": (_CoverageLimit, None)},
    "access": {"limit": (_Limit, 30)},
    **{kind: {"limit": (_Limit, 20)} for kind in ("gaps", "searches", "comparison")},
    **{kind: {"streets": (StreetsFolderOption, None)} for kind in ("report", "map")},
}


def add_planning_command(app: typer.Typer, kind: str) -> None:
    """Add the command of an analysis to its group."""
    form, as_json = ANALYSIS_FORMS[kind], {} if kind == "map" else {"json_": (AsJson, False)}
    run, own = partial(_run_analysis, kind), {**_OWN_OPTIONS.get(kind, {}), **as_json}
    name = form.command.rpartition(" ")[2]

    def build() -> Callable[..., None]:
        from yihui.cli.order_options import build_form_command

        return build_form_command(run, form.command_fields, **own)

    add_late_command(app, name, form.about, build)


def _run_analysis(kind: str, /, context: typer.Context, **_: object) -> None:
    """Run an analysis by the options of its command.

    *Raises*: FaultError; OSError for a file that can't be read or written; typer.Exit after an interruption, or where a
    file can't be made here.
    """
    from yihui.cli.order_options import read_typed_options
    from yihui.planning.analysis.kinds import ANALYSIS_KINDS, AnalysisRun
    from yihui.runtime.errors import EXIT_ENVIRONMENT, EXIT_INTERRUPTED

    wiring: Wiring = context.obj
    form, limit = ANALYSIS_FORMS[kind], context.params.get("limit")
    order = read_typed_options(context, form.order, form.command_fields)
    use_streets(wiring, context.params.get("streets"))
    if kind == "coverage" and limit is None:
        limit = _CELLS_LISTED if getattr(order, "by", "") == "cell" else _ROWS_LISTED
    answer = ANALYSIS_KINDS[kind].run(AnalysisRun(wiring, order))
    _print_answer(wiring, answer, limit or 0, bool(context.params.get("json_")))
    if answer.is_interrupted or answer.lacks_files:
        raise typer.Exit(EXIT_INTERRUPTED if answer.is_interrupted else EXIT_ENVIRONMENT)


def _print_answer(wiring: Wiring, answer: "Answer", rows: int, as_json: bool) -> None:
    """Write the files of an answer; print it: the sentences, so many rows of each table (0: all), its notes."""
    from yihui.files.whole_files import write_atomically
    from yihui.planning.answer import answer_json, answer_lines, note_lines
    from yihui.planning.tables import table_lines

    language = wiring.language
    for path, content in answer.files:
        write_atomically(path, content, public=True)
    tables = (table_lines(one, language, rows or None) for one in answer.tables)
    lines = chain(answer_lines(answer, language), *tables)
    emit(lambda: answer_json(answer, language), lines, as_json, allow_nan=False)
    for note in note_lines(answer.notes, language):
        typer.echo(note, err=True)
    for path, _ in answer.files:
        print_note(wiring, N_("written: {file}"), file=path)


_WHAT_HELP = N_(
    "CSV, XLSX, GeoJSON, GeoPackage, GeoParquet or zipped Shapefile of points, polygons or totals by "
    "district; a GeoTIFF of people; or one of the words"
)
_TO_HELP = N_("write the demand as H3 cells to this file: .geojson, .gpkg, .parquet or .csv")
_AREA_HELP = N_("a province, a city or a county, by name or six-digit code; all: all of China")
_WORDS = "FILE|population|area|searches|searches:unmet"
_What = Annotated[str, typer.Argument(metavar=_WORDS, help=_WHAT_HELP)]
_To = Annotated[Path | None, typer.Option(help=_TO_HELP)]
_Area = Annotated[str, typer.Option(metavar="NAME|CODE", help=_AREA_HELP)]


def _show_demand(
    context: typer.Context, what: str, to: Path | None, area: str, json_: bool, **_: object
) -> None:
    from yihui.cli.order_options import read_typed_options
    from yihui.files.whole_files import write_atomically
    from yihui.frame.fields import fields_of
    from yihui.planning.demand.answer import (
        build_demand_answer,
        build_demand_cells,
        cells_resolution,
        render_demand_cells,
    )
    from yihui.planning.demand.file import READING_STEPS
    from yihui.planning.demand.request import DemandQuery, DemandReadingForm, check_cells_file
    from yihui.planning.demand.run import load_demand
    from yihui.runtime.progress import show_progress

    wiring: Wiring = context.obj
    request = read_typed_options(context, DemandReadingForm, fields_of(DemandReadingForm))
    if to is not None:
        check_cells_file(to, Path(what))
    code = read_area(area)
    query = DemandQuery(what, None if code == ALL_AREAS else code, request.spacing_m, request)
    with show_progress(wiring.render(N_("reading {file}"), file=what), READING_STEPS) as advance:
        chosen = load_demand(wiring, query, advance)
    _print_answer(wiring, build_demand_answer(query, chosen, wiring.language), 0, json_)
    if to is not None:
        cells = build_demand_cells(chosen.demand, cells_resolution(query))
        write_atomically(to, render_demand_cells(cells, chosen.title, to), public=True)
        print_note(wiring, N_("{count} H3 cells: {file}"), count=f"{len(cells):,}", file=to)


def _build_demand() -> Callable[..., None]:
    from yihui.cli.order_options import build_form_command
    from yihui.frame.fields import fields_of
    from yihui.planning.demand.request import DemandReadingForm

    own = {"what": (_What, Parameter.empty), "to": (_To, None), "area": (_Area, PROVINCE_CODE)}
    return build_form_command(_show_demand, fields_of(DemandReadingForm), **own, json_=(AsJson, False))


app = typer.Typer(no_args_is_help=True)
for _kind in ("coverage", "comparison", "sites", "gaps", "searches", "access", "layers"):
    add_planning_command(app, _kind)
_DEMAND_HELP = N_("Show what a file of demand is understood as: rows, total, unit, datum, bounds, by city.")
add_late_command(app, "demand", _DEMAND_HELP, _build_demand)
