"""Planning commands: their options are the fields of a form; they print the result of its analysis or write its files."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from inspect import Parameter, Signature
from itertools import chain
from pathlib import Path
from types import GenericAlias
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from geo.datum import Datum
from yihui.bootstrap import PROVINCE_CODE, Wiring
from yihui.cli.options import use_streets
from yihui.cli.output import emit, print_note
from yihui.planning.analysis.fields import AnalysisField, AnalysisValues, FieldKind
from yihui.planning.analysis.forms import ANALYSIS_FORMS
from yihui.runtime.arguments import CANNOT_BE, parse_datum, parse_day, parse_instant

if TYPE_CHECKING:
    from yihui.planning.answer import Answer

_FAULTS = FaultTable("usage", {"empty": (CANNOT_BE, N_("write a value, or leave out the option"))})
ALL_AREAS = "all"  # of China, for demand alone
_CELLS_LISTED, _ROWS_LISTED = 20, 200  # of coverage, unless --limit is typed
_TYPES: Mapping[FieldKind, Any] = {
    FieldKind.NUMBER: float,
    FieldKind.WHOLE: int,
    FieldKind.TICK: bool,
    FieldKind.CHOICES: list[str],
    FieldKind.FILE: Path,
    FieldKind.TARGET: Path,
}
_METAVARS: Mapping[FieldKind, str] = {
    FieldKind.FILE: "FILE",
    FieldKind.TARGET: "FILE",
    FieldKind.INSTANT: "YYYY-MM-DDTHH:MM+08:00",
    FieldKind.DAY: "YYYY-MM-DD",
}


@dataclass(frozen=True, slots=True)
class CommandValues(AnalysisValues):
    """The options of a command, by their names without dashes; a file's option has its path."""

    def several(self, option: str) -> list[str]:
        return self.text(option).split("\n") if self.text(option) else []

    def instant(self, option: str = "at") -> datetime | None:
        return parse_instant(self.text(option), f"--{option}") if self.text(option) else None

    def day(self, option: str) -> date | None:
        return parse_day(self.text(option), f"--{option}") if self.text(option) else None

    def datum(self, option: str = "datum") -> Datum | None:
        return parse_datum(self.optional(option), f"--{option}")


def add_planning_command(app: typer.Typer, kind: str) -> None:
    """Add the command of an analysis to its group."""
    form = ANALYSIS_FORMS[kind]

    def command(context: typer.Context, **_: object) -> None:
        run_planning_command(context, kind)

    app.command(form.command.rpartition(" ")[2], help=form.about)(
        with_form_options(command, form.command_options)
    )


def with_form_options(
    command: Callable[..., None], fields: Sequence[AnalysisField], *arguments: Parameter
) -> Callable[..., None]:
    """Return a command with an option for each field; its function reads them by `read_options`."""
    context = Parameter("context", Parameter.KEYWORD_ONLY, annotation=typer.Context)
    vars(command).update(
        __signature__=Signature([context, *arguments, *map(_build_parameter, fields)]),
        choice_labels={
            _parameter_name(one): one.choices
            for one in fields
            if isinstance(one.choices, Mapping) and one.choices
        },
    )
    return command


def _parameter_name(field: AnalysisField) -> str:
    return field.option.replace("-", "_")


def _build_parameter(field: AnalysisField) -> Parameter:
    """Build the parameter of a command's function from which the command line learns an option."""
    default = _default(field)
    kind: Any = _TYPES.get(field.kind, str)
    if field.is_bound and field.choices:
        choice = cast(Any, StrEnum)(field.option, {one: one for one in map(str, field.choices)})
        kind = GenericAlias(list, (choice,)) if field.kind is FieldKind.CHOICES else choice
    if default is None:
        kind = kind | None
    name = f"--{field.option}" if len(field.option) > 1 else f"-{field.option}"
    has_range = field.is_bound and field.kind in (FieldKind.NUMBER, FieldKind.WHOLE)
    option = typer.Option(
        f"{name}/--no-{field.option}" if default is True else name,
        help=field.help or field.label,
        metavar=field.metavar or _METAVARS.get(field.kind) or "|".join(field.choices) or None,
        envvar=field.variable,
        min=_TYPES[field.kind](field.least) if has_range else None,
        max=_TYPES[field.kind](field.most) if has_range else None,
    )
    default = Parameter.empty if field.is_required else default
    return Parameter(
        _parameter_name(field), Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, option]
    )


def _default(field: AnalysisField) -> object:
    """Return the default of an option; None for what may be left out."""
    match field.kind:
        case FieldKind.TICK:
            return field.default == "yes"
        case FieldKind.AREA:
            return PROVINCE_CODE
        case FieldKind.NUMBER | FieldKind.WHOLE if field.default:
            return int(field.default)
        case FieldKind.TARGET if field.default == "yes":  # ticked on the page; a command names the file
            return None
    return field.default or None


def run_planning_command(context: typer.Context, kind: str) -> None:
    """Run an analysis by the options of its command.

    *Raises*: FaultError; OSError for a file that can't be read or written; typer.Exit after an interruption, or where a
    file can't be made here.
    """
    from yihui.planning.analysis.kinds import ANALYSIS_KINDS
    from yihui.planning.analysis.orders import AnalysisRun
    from yihui.runtime.errors import EXIT_ENVIRONMENT, EXIT_INTERRUPTED

    wiring: Wiring = context.obj
    if kind == "coverage" and not is_typed(context, "limit"):
        context.params["limit"] = _CELLS_LISTED if context.params["by"] == "cell" else _ROWS_LISTED
    values = read_options(context, wiring.now())
    use_streets(wiring, values.file("streets"))
    _check_reach(context, values)
    answer = ANALYSIS_KINDS[kind].run(AnalysisRun(wiring, values))
    print_answer(wiring, answer, values.whole("limit", 0), values.is_ticked("json"))
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


def read_options(context: typer.Context, now: datetime) -> CommandValues:
    """Return what was typed, an area by its code. *Raises*: FaultError with every option whose text is empty."""
    typed: dict[str, str] = {}
    files: dict[str, Path] = {}
    faults: list[Fault] = []
    for one in context.command.params:
        name = next((name for name in one.opts if name.startswith("--")), one.opts[0]).lstrip("-")
        value = context.params.get(str(one.name))
        texts = value if isinstance(value, list | tuple) else [value]
        if is_typed(context, str(one.name)) and any(
            isinstance(text, str) and not text.strip() for text in texts
        ):
            faults.append(_FAULTS.build("empty", field=one.opts[0], value='""'))
        if isinstance(value, Path):
            files[name] = value
        elif isinstance(value, bool):
            typed[name] = "yes" if value else "no"
        elif isinstance(value, list | tuple):
            typed[name] = "\n".join(value)
        elif value is not None:
            typed[name] = str(value).strip()
    if faults:
        raise FaultError(faults)
    return CommandValues(typed | {"area": _read_area(typed["area"])}, files, now)


def _read_area(text: str) -> str:
    """Return the code of an area that was typed by code or by name. *Raises*: FaultError if not one has the name."""
    from geo.formats.outlines import load_area_names
    from yihui.services.desk.choices import resolve_planned_area

    return text if text == ALL_AREAS else resolve_planned_area(load_area_names(), text)


def is_typed(context: typer.Context, option: str) -> bool:
    """Return whether an option was given: by the user, or by a variable of the environment."""
    source = context.get_parameter_source(option)
    return source is not None and source.name != "DEFAULT"


def _check_reach(context: typer.Context, values: CommandValues) -> None:
    """Check which limits were typed: defaults exclude none. *Raises*: FaultError."""
    from yihui.cli.station_nearest import parse_travel
    from yihui.planning.street_reach import check_one_limit, check_street_options

    def typed(option: str) -> str | None:
        return values.optional(option) if is_typed(context, option) else None

    minutes = values.optional_number("minutes") if typed("minutes") else None
    check_street_options(values.optional("travel"), minutes, values.file("routing"))
    check_one_limit(minutes, {f"--{one}": typed(one) for one in ("radius", "zones")})
    parse_travel(values.optional("travel"))
