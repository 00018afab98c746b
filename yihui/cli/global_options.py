"""Global options of the command line, --db and --lang, accepted at any position."""

from collections.abc import Callable, Sequence

import typer

from core.text_marks import N_
from yihui.runtime.language import LANGUAGES

GLOBAL_OPTIONS = ("--db", "--lang")
_END = "--"  # arguments after it are not options


def move_global_options_first(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with the global options at the front, where typer expects them."""
    first: list[str] = []
    others: list[str] = []
    waiting = list(arguments)
    while waiting:
        argument = waiting.pop(0)
        if argument == _END:
            return [*first, *others, argument, *waiting]
        if argument in GLOBAL_OPTIONS:
            first += [argument, *waiting[:1]]
            del waiting[:1]
        else:
            (first if argument.startswith(tuple(f"{name}=" for name in GLOBAL_OPTIONS)) else others).append(
                argument
            )
    return [*first, *others]


def language_validator(_: Callable[[str], str]) -> Callable[[str], str]:
    """Return a callback for typer that refuses an unknown language.

    The callback raises typer.BadParameter.
    """

    def check(text: str) -> str:
        if text[:2].lower() not in LANGUAGES:
            told = _(N_("“{value}”: there are {known}"))
            raise typer.BadParameter(told.format(value=text, known=", ".join(LANGUAGES)))
        return text

    return check
