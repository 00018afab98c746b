"""Render tables as CSV that spreadsheet programs open: no text of a cell runs as a formula."""

import csv
import io
from collections.abc import Iterable

from core.sheets.table import escape_formula

BYTE_ORDER_MARK = "\ufeff"  # or Excel reads Chinese in another encoding


def render_csv(rows: Iterable[Iterable[object]], end: str = "\r\n") -> str:
    """Render the rows of a table, its heads being the first; ``end`` ends each line."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=end)
    writer.writerows(
        [escape_formula(cell) if isinstance(cell, str) else cell for cell in cells] for cells in rows
    )
    return BYTE_ORDER_MARK + out.getvalue()


def render_csv_line(cells: Iterable[object]) -> str:
    """Render one row without the end of its line and without the mark."""
    return render_csv([cells], end="").removeprefix(BYTE_ORDER_MARK)
