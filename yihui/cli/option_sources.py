"""A command's context: where its options got their values, and help in which a Chinese character takes two columns."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import typer
from typer._click.formatting import HelpFormatter  # typer has no public name for it

from yihui.runtime.setting import FILE_SUFFIX

WIDEST_HELP = 200  # columns; help takes the terminal's width up to this
_SECOND_COLUMN = "\ue000"  # a private character; it stands after each wide one while lines are measured
_OPTION = re.compile(r"--[a-z-]+")


class WideTextFormatter(HelpFormatter):
    """Measures a wide character as two columns; the library measures every character as one."""

    def write_text(self, text: str) -> None:
        """Write a paragraph."""
        super().write_text(_mark_wide(text))

    def write_dl(self, rows: Sequence[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Write options or commands with their texts."""
        super().write_dl([(name, _mark_wide(text)) for name, text in rows], col_max, col_spacing)

    def getvalue(self) -> str:
        """Return the help as it is printed."""
        return super().getvalue().replace(_SECOND_COLUMN, "")


def _mark_wide(text: str) -> str:
    return "".join(c + _SECOND_COLUMN * (unicodedata.east_asian_width(c) in "WF") for c in text)


@dataclass(slots=True)
class OptionSources:
    """The options that a variable stands for, and those among them that were typed all the same."""

    variables: dict[str, str] = field(default_factory=dict)  # option → variable
    typed: set[str] = field(default_factory=set)

    def record(self, parameter: Any, is_typed: bool) -> None:
        """Record one option of a command that is being run."""
        for option in parameter.opts:
            self.variables[option] = str(parameter.envvar)
            if is_typed:
                self.typed.add(option)

    def find_variable(self, field: str | None, file: str | None, environ: Mapping[str, str]) -> str | None:
        """Return the variable, or its ``…_FILE``, that a wrong value came from; None if it was typed or is no option's.

        ``field`` names the option as a fault does; ``file`` is a file that can't be used.
        """
        options = _OPTION.findall(field or "")
        if not options and file:
            options = [each for each, variable in self.variables.items() if environ.get(variable) == file]
        for option in options:
            variable = self.variables.get(option, "")
            if option not in self.typed and variable in environ:
                return variable
            if option not in self.typed and variable and variable + FILE_SUFFIX in environ:
                return variable + FILE_SUFFIX
        return None


_sources: ContextVar[OptionSources | None] = ContextVar("option_sources", default=None)


def start_recording() -> OptionSources:
    """Record the options of one command line from here on."""
    found = OptionSources()
    _sources.set(found)
    return found


def read_sources() -> OptionSources:
    """Return the sources of the command line that is being run."""
    return _sources.get() or OptionSources()


class CommandContext(typer.Context):
    """A command's context: its help takes the terminal's width, and it records where its options got their values."""

    formatter_class = WideTextFormatter

    def set_parameter_source(self, name: str, source: Any) -> None:
        """Record the source of one parameter; the library calls it before it reads the value."""
        super().set_parameter_source(name, source)
        found = _sources.get()
        parameter = next((each for each in self.command.params if each.name == name), None)
        if found is not None and parameter is not None and parameter.envvar:
            found.record(parameter, source.name == "COMMANDLINE")
