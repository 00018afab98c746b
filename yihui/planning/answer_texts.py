"""An answer as texts of one language, as jobs store it and pages show it."""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired

from typing_extensions import TypedDict

MOST_ROWS = 300  # of a table on the page; the files hold all


class ShownTable(TypedDict):
    """A table of texts, and what its columns are (`Unit`): figures stand flush right.

    A page sorts by ``values``, first the worst row: that with the least of a column that is ``least_first``, else with
    the most. ``keys`` are what the map calls the rows.
    """

    title: str
    columns: Sequence[str]
    units: Sequence[str]
    rows: Sequence[Sequence[str]]
    least_first: NotRequired[Sequence[bool]]
    values: NotRequired[Sequence[Sequence[float | None]]]
    keys: NotRequired[Sequence[str]]


class ShownChart(TypedDict):
    """A chart as `Chart` has it, with its title in the reader's language."""

    kind: str
    title: str
    values: Sequence[object]
    of: str


class AnswerTexts(TypedDict):
    """The sentences and notes, and the first rows of the tables.

    Of an answer with a view, also its headline, its figures (title, value, what stands beside), what it can't say, its period and
    the holiday of its day, its chart, its map (`maps.map_data`), and the map's colours, each with its least and its
    largest share.
    """

    lines: Sequence[str]
    tables: Sequence[ShownTable]
    headline: NotRequired[str]
    figures: NotRequired[Sequence[Sequence[str]]]
    limits: NotRequired[Sequence[str]]
    period: NotRequired[str]
    holiday: NotRequired[str]
    chart: NotRequired[ShownChart]
    map: NotRequired[Mapping[str, object]]
    colours: NotRequired[Sequence[tuple[str, float, float]]]
    has_reach: NotRequired[bool]


def order_rows_as(result: Mapping[str, Any], model: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a result whose tables have their rows in the order of another's, by the name of each row."""
    orders = {one["title"]: [row[0] for row in one["rows"]] for one in model.get("tables", ())}
    tables = []
    for table in result.get("tables", ()):
        known, names = orders.get(table["title"], []), [row[0] for row in table["rows"]]
        ranks = [known.index(name) if name in known else len(known) for name in names]
        places = sorted(range(len(names)), key=ranks.__getitem__)
        lists = {name: [table[name][row] for row in places] for name in ("rows", "values", "keys")}
        tables.append({**table, **lists})
    return {**result, "tables": tables}
