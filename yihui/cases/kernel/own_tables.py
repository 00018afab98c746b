"""Tables of a member's pages, which have no headings."""

from collections.abc import Sequence
from operator import itemgetter

from yihui.frame.cells import Cell
from yihui.frame.content import Table, TableColumn


def build_table(
    name: str, title: str, rows: Sequence[Sequence[Cell]], empty: str = ""
) -> Table[Sequence[Cell]]:
    """Return a table: of each row its cells, the first one its title."""
    width = max(map(len, rows), default=0)
    columns = [TableColumn[Sequence[Cell]](f"{at}", "", itemgetter(at)) for at in range(width)]
    filled = [[*row, *[None] * (width - len(row))] for row in rows]
    return Table(name, title, columns, filled, empty)
