"""Where the options of this command line got their values: typed, or from a variable of the environment."""

import re
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from yihui.cli.help_width import HelpContext
from yihui.runtime.setting import FILE_SUFFIX

_OPTION = re.compile(r"--[a-z-]+")


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


class CommandContext(HelpContext):
    """A command's context that records where the values of its options come from."""

    def set_parameter_source(self, name: str, source: Any) -> None:
        """Record the source of one parameter; the library calls it before it reads the value."""
        super().set_parameter_source(name, source)
        found = _sources.get()
        parameter = next((each for each in self.command.params if each.name == name), None)
        if found is not None and parameter is not None and parameter.envvar:
            found.record(parameter, source.name == "COMMANDLINE")
