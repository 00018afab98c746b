"""Planning commands: their options are the fields of an order; they print the result of its analysis or write its files."""

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Annotated

import typer

from core.faults import FaultError, FaultTable, raise_faults
from core.text_marks import N_
from yihui.bootstrap import PROVINCE_CODE, Wiring
from yihui.cli.late_command import add_late_command
from yihui.cli.options import AsJson, StreetsFolderOption, read_area, use_streets
from yihui.cli.output import emit, print_note
from yihui.planning.analysis.forms import ANALYSIS_FORMS
from yihui.runtime.arguments import CANNOT_BE

if TYPE_CHECKING:
    from yihui.frame.fields import FormField, FormT
    from yihui.planning.answer import Answer

_FAULTS = FaultTable("usage", {"empty": (CANNOT_BE, N_("write a value, or leave out the option"))})
_CELLS_LISTED, _ROWS_LISTED = 20, 200  # of coverage, unless --limit is typed
_Rows = typer.Option(min=0, help=N_("how many rows of a table are listed; 0 is all"))
_Limit = Annotated[int, _Rows]
_CoverageLimit = Annotated[
    int | None,
    typer.Option(
        min=0, help=N_("how many rows of a table are listed; 0 is all; otherwise 200, and 20 cells")
    ),
]
# The options of one door: how an answer is printed, and which streets are drawn.
_OWN_OPTIONS: Mapping[str, Mapping[str, tuple[object, object]]] = {
    "coverage": {"limit": (_CoverageLimit, None)},
    "gaps": {"limit": (_Limit, 20)},
    "searches": {"limit": (_Limit, 20)},
    "access": {"limit": (_Limit, 30)},
    "comparison": {"limit": (_Limit, 20)},
    "report": {"streets": (StreetsFolderOption, None)},
    "map": {"streets": (StreetsFolderOption, None)},
}


def add_planning_command(app: typer.Typer, kind: str) -> None:
    """Add the command of an analysis to its group."""
    form = ANALYSIS_FORMS[kind]

    def run(context: typer.Context, **typed: object) -> None:
        run_planning_command(context, kind)

    def build() -> Callable[..., None]:
        own = {**_OWN_OPTIONS.get(kind, {}), **({} if kind == "map" else {"json_": (AsJson, False)})}
        return build_form_command(run, form.command_fields, **own)

    add_late_command(app, form.command.rpartition(" ")[2], form.about, build)


def build_form_command(
    run: Callable[..., None], fields: "Sequence[FormField]", **own: tuple[object, object]
) -> Callable[..., None]:
    """Return a command with an option for each field, whose help shows its default, and with further options."""
    from yihui.frame.commands import build_command, build_option
    from yihui.frame.fields import FieldKind

    options: dict[str, tuple[object, object]] = {}
    for one in fields:
        kind, default = build_option(one)
        begun = PROVINCE_CODE if one.kind is FieldKind.AREA else one.begin(one.default) or None
        options[one.name] = kind, begun if default is None else default
    command = build_command(run, **options, **own)
    vars(command)["choice_labels"] = {
        one.name: one.choices for one in fields if one.kind in (FieldKind.CHOICE, FieldKind.CHOICES)
    }
    return command


def run_planning_command(context: typer.Context, kind: str) -> None:
    """Run an analysis by the options of its command.

    *Raises*: FaultError; OSError for a file that can't be read or written; typer.Exit after an interruption, or where a
    file can't be made here.
    """
    from yihui.planning.analysis.kinds import ANALYSIS_KINDS, AnalysisRun
    from yihui.runtime.errors import EXIT_ENVIRONMENT, EXIT_INTERRUPTED

    wiring: Wiring = context.obj
    form = ANALYSIS_FORMS[kind]
    order = read_form(context, form.order, form.command_fields)
    use_streets(wiring, context.params.get("streets"))
    limit = context.params.get("limit")
    if kind == "coverage" and limit is None:
        limit = _CELLS_LISTED if getattr(order, "by", "") == "cell" else _ROWS_LISTED
    answer = ANALYSIS_KINDS[kind].run(AnalysisRun(wiring, order))
    print_answer(wiring, answer, limit or 0, bool(context.params.get("json_")))
    if answer.is_interrupted:
        raise typer.Exit(EXIT_INTERRUPTED)
    if answer.lacks_files:
        raise typer.Exit(EXIT_ENVIRONMENT)


def print_answer(wiring: Wiring, answer: "Answer", rows: int, as_json: bool) -> None:
    """Write the files of an answer; print it: the sentences, so many rows of each table (0: all), its notes."""
    from yihui.files.whole_files import write_atomically
    from yihui.planning.answer import answer_json, answer_lines, note_lines
    from yihui.planning.tables import table_lines

    language = wiring.language
    for path, content in answer.files:
        write_atomically(path, content, public=True)
    tables = chain.from_iterable(table_lines(one, language, rows or None) for one in answer.tables)
    emit(
        lambda: answer_json(answer, language),
        chain(answer_lines(answer, language), tables),
        as_json,
        allow_nan=False,
    )
    for note in note_lines(answer.notes, language):
        typer.echo(note, err=True)
    for path, _ in answer.files:
        print_note(wiring, N_("written: {file}"), file=path)


def read_form(context: typer.Context, model: "type[FormT]", fields: "Sequence[FormField]") -> "FormT":
    """Return the form of what was typed, an area by its code. *Raises*: FaultError with every fault, by option."""
    from yihui.frame.commands import read_options
    from yihui.frame.fields import FieldKind, name_options

    typed = {one.name: context.params[one.name] for one in fields if _is_typed(context, one.name)}
    raise_faults(
        _FAULTS.build("empty", field=one.option, value='""')
        for one in fields
        if any(isinstance(text, str) and not text.strip() for text in _list_texts(typed.get(one.name)))
    )
    if any(one.kind is FieldKind.AREA for one in fields):
        typed["area"] = read_area(context.params["area"])
    wiring: Wiring = context.obj
    try:
        return read_options(model, typed, now=wiring.now())
    except FaultError as error:
        raise FaultError(name_options(model, error.faults)) from error


def _list_texts(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else [value]


def _is_typed(context: typer.Context, name: str) -> bool:
    """Return whether an option was given."""
    source = context.get_parameter_source(name)
    return source is not None and source.name != "DEFAULT"
