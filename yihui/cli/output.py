"""Print a command's result, as JSON for programs or as lines for readers, and choose the exit code."""

import json
import signal
from collections.abc import Callable, Iterable
from dataclasses import asdict, is_dataclass
from datetime import date
from threading import Event
from typing import NoReturn

import typer

from core.faults import Fault
from yihui.bootstrap import Wiring
from yihui.runtime.errors import EXIT_FINDINGS, fault_line


def emit(
    content: object,
    lines: Iterable[str],
    as_json: bool,
    *,
    indent: int | None = None,
    default: Callable[[object], object] | None = None,
    allow_nan: bool = True,
) -> None:
    """Print one JSON document, or else the lines. A function as ``content`` is called only for JSON.

    Dataclasses become objects, and dates ISO texts, unless ``default`` converts them.
    """
    if as_json:
        document = content() if callable(content) else content
        text = json.dumps(
            document, ensure_ascii=False, indent=indent, default=default or _plain, allow_nan=allow_nan
        )
        typer.echo(text)
    else:
        print_lines(lines)


def print_lines(lines: Iterable[str]) -> None:
    """Print lines."""
    for line in lines:
        typer.echo(line)


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    assert isinstance(value, date), f"{type(value).__name__} has no form in JSON"
    return value.isoformat()


def print_message(wiring: Wiring, template: str, **params: object) -> None:
    """Print a message in the reader's language."""
    typer.echo(wiring.render(template, **params))


def print_note(wiring: Wiring, template: str, **params: object) -> None:
    """Print a note to standard error in the reader's language."""
    typer.echo(wiring.render(template, **params), err=True)


def print_faults(wiring: Wiring, faults: Iterable[Fault]) -> None:
    """Print faults to standard error."""
    for fault in faults:
        typer.echo(fault_line(fault, wiring.language).text(), err=True)


def exit_on_findings(findings: object) -> None:
    """End the command with the exit code for findings if there are any. *Raises*: typer.Exit."""
    if findings:
        raise typer.Exit(EXIT_FINDINGS)


def usage_error(
    wiring: Wiring, template: str, *, option: str | None = None, **params: object
) -> typer.BadParameter:
    """Return the error for a value or a combination of options that can't be used."""
    return typer.BadParameter(wiring.render(template, option=option, **params), param_hint=option)


def refuse_usage(wiring: Wiring, template: str, *, option: str | None = None, **params: object) -> NoReturn:
    """Refuse a combination of options or a value. *Raises*: typer.BadParameter."""
    raise usage_error(wiring, template, option=option, **params)


def stop_on_signals(stopped: Event) -> None:
    """Set an event at SIGTERM and SIGINT, in place of ending at once."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
