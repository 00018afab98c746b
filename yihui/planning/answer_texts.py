"""An answer as texts of one language, as jobs store it and pages show it."""

from collections.abc import Sequence

from typing_extensions import TypedDict

MOST_ROWS = 300  # of a table on the page; the files hold all


class ShownTable(TypedDict):
    """A table of texts, and what its columns are (`Unit`): figures stand flush right."""

    title: str
    columns: Sequence[str]
    units: Sequence[str]
    rows: Sequence[Sequence[str]]


class AnswerTexts(TypedDict):
    """The sentences and notes, and the first rows of the tables."""

    lines: Sequence[str]
    tables: Sequence[ShownTable]
