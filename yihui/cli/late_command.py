"""A command whose options are built when they are first asked for: the list of a group's commands needs none of them."""

from collections.abc import Callable
from typing import Any

import typer
from typer.core import TyperCommand


class LateCommand(TyperCommand):
    """A command that `add_late_command` adds; ``translate_options`` is done once its options are there."""

    build: Callable[[], Callable[..., None]]
    translate_options: Callable[[Any], None] | None = None
    _params: list[Any] | None = None

    @property
    def params(self) -> Any:
        """The options and arguments."""
        if self._params is None:
            app = typer.Typer(add_completion=False)
            app.command()(self.build())
            command: Any = typer.main.get_command(app)
            self._params, self.callback = command.params, command.callback
            if self.translate_options is not None:
                self.translate_options(self)
        return self._params

    @params.setter
    def params(self, _: Any) -> None:
        """Leave out the options that the command is created with: it has none yet."""


def add_late_command(
    app: typer.Typer, name: str, help_: str, build: Callable[[], Callable[..., None]]
) -> None:
    """Add a command to a group; ``build`` returns its function, which loads what declares its options."""

    def command() -> None:
        raise AssertionError("the function is built with the options")

    app.command(name, help=help_, cls=type("Command", (LateCommand,), {"build": staticmethod(build)}))(
        command
    )
