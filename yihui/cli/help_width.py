"""Wrap help texts at the terminal's width, in which a Chinese character takes two columns."""

import unicodedata
from collections.abc import Sequence

import typer
from typer._click.formatting import HelpFormatter  # typer has no public name for it

WIDEST_HELP = 200  # columns; help takes the terminal's width up to this
_SECOND_COLUMN = "\ue000"  # a private character; it stands after each wide one while lines are measured


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


class HelpContext(typer.Context):
    """A command's context whose help takes the terminal's width."""

    formatter_class = WideTextFormatter


def _mark_wide(text: str) -> str:
    return "".join(c + _SECOND_COLUMN * (unicodedata.east_asian_width(c) in "WF") for c in text)
