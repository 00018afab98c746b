"""Positions in a source text, quotes of it, and whether it shows anything."""

import unicodedata
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


def is_blank(text: str) -> bool:
    """Return whether a text shows a reader nothing: it is empty, or holds only blanks and invisible signs such as a joiner."""
    return all(sign.isspace() or unicodedata.category(sign) == "Cf" for sign in text)
