"""Positions in a source text, and quotes of it."""

from typing import NamedTuple

MAX_QUOTE_CHARACTERS = 80


class SourcePosition(NamedTuple):
    """Line and column within the source text, from 1."""

    line: int
    column: int


def shorten_quote(text: str) -> str:
    """Return the text on one line, short enough to be quoted."""
    line = " ".join(text[: MAX_QUOTE_CHARACTERS * 4].split())
    # a terminal executes some control characters
    line = "".join(sign if sign.isprintable() else "\ufffd" for sign in line)
    return line if len(line) <= MAX_QUOTE_CHARACTERS else line[: MAX_QUOTE_CHARACTERS - 1] + "…"
