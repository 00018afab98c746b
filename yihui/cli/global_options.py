"""Options of the whole command line, --db and --lang: understood wherever they are typed."""

from collections.abc import Callable, Sequence

import typer

from yihui.runtime.language import LANGUAGES

N_ = str  # marks a text for the message catalogue

WIDE = ("--db", "--lang")
_END = "--"  # what follows is no option


def wide_options_first(arguments: Sequence[str]) -> list[str]:
    """The arguments with the wide options at the front, where typer looks for them."""
    first: list[str] = []
    others: list[str] = []
    waiting = list(arguments)
    while waiting:
        argument = waiting.pop(0)
        if argument == _END:
            return [*first, *others, argument, *waiting]
        if argument in WIDE:
            first += [argument, *waiting[:1]]
            del waiting[:1]
        else:
            (first if argument.startswith(tuple(f"{name}=" for name in WIDE)) else others).append(argument)
    return [*first, *others]


def checked_language(_: Callable[[str], str]) -> Callable[[str], str]:
    """Refuses a language that we don't have. *Raises*: typer.BadParameter."""

    def check(text: str) -> str:
        if text[:2].lower() not in LANGUAGES:
            told = _(N_("“{value}”: there are {known}"))
            raise typer.BadParameter(told.format(value=text, known=", ".join(LANGUAGES)))
        return text

    return check
