"""Run the analysis that a planning command stands for, and print its result or write its files."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from geo.crs import Datum
from yihui.bootstrap import Wiring
from yihui.cli.output import emit, print_note
from yihui.planning.analysis.fields import AnalysisValues
from yihui.runtime.arguments import CANNOT_BE, parse_datum, parse_day, parse_instant

if TYPE_CHECKING:
    from yihui.planning.analysis.result import AnalysisResult
    from yihui.runtime.language import Language

_FAULTS = FaultTable("usage", {"empty": (CANNOT_BE, N_("write a value, or leave out the option"))})


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


def run_planning_command(context: typer.Context, kind: str) -> None:
    """Run an analysis by the options of its command.

    *Raises*: FaultError; OSError for a file that can't be read or written; typer.Exit after an interruption.
    """
    from yihui.files.whole_files import write_atomically
    from yihui.planning.analysis.kinds import ANALYSIS_KINDS
    from yihui.planning.analysis.result import AnalysisRun
    from yihui.runtime.errors import EXIT_INTERRUPTED

    wiring: Wiring = context.obj
    values = _read_options(context, wiring.now())
    _check_reach(context, values)
    result = ANALYSIS_KINDS[kind].run(AnalysisRun(wiring, values))
    for path, content in result.files:
        write_atomically(path, content, public=True)
    emit(
        result.figures,
        _lines(result, values.whole("limit", 0), wiring.language),
        values.is_ticked("json"),
        allow_nan=False,
    )
    for note in result.notes:
        typer.echo(note, err=True)
    for path, _ in result.files:
        print_note(wiring, N_("written: {file}"), file=path)
    if result.interrupted:
        raise typer.Exit(EXIT_INTERRUPTED)


def _read_options(context: typer.Context, now: datetime) -> CommandValues:
    """Return what was typed. *Raises*: FaultError with every option whose text is empty."""
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
            faults.append(_FAULTS.build("empty", field=f"--{name}", value='""'))
        if isinstance(value, Path):
            files[name] = value
        elif isinstance(value, bool):
            typed[name] = "yes" if value else "no"
        elif isinstance(value, list | tuple):
            typed[name] = "\n".join(value)
        elif value is not None:
            typed[name] = str(value.value if isinstance(value, Enum) else value).strip()
    if faults:
        raise FaultError(faults)
    return CommandValues(typed, files, now)


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


def _lines(result: "AnalysisResult", rows: int, language: "Language") -> Iterator[str]:
    """Yield the sentences, then so many rows of each table; 0 is all."""
    from yihui.views.text_table import text_table_lines

    yield from result.lines
    for table in result.tables:
        listed = table["rows"][: rows or None]
        yield ""
        yield table["title"]
        yield from text_table_lines(table["columns"], listed)
        if more := len(table["rows"]) - len(listed):
            yield language.render(N_("{count} more are not listed; --limit 0 lists all"), count=f"{more:,}")
