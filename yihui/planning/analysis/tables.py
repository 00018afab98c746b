"""The sentences and tables of an analysis as a workbook: figures as numbers, no formulas."""

import re
from collections.abc import Sequence

from yihui.planning.analysis.result import AnalysisTable
from yihui.views.workbook import Cell, Figure, Worksheet, render_workbook

_FIGURE = re.compile(r"-?[0-9]{1,3}(,[0-9]{3})*(\.[0-9]+)?|-?[0-9]+(\.[0-9]+)?")


def render_analysis_xlsx(
    about: str, title: str, lines: Sequence[str], tables: Sequence[AnalysisTable]
) -> bytes:
    """Render a worksheet of sentences, then one for each table; ``about`` names the first."""
    sentences = Worksheet(about, [[line] for line in (title, "", *lines)])
    sheets = (
        Worksheet(
            f"{number} {table['title']}",
            ([*row[:1], *map(_read_figure, row[1:])] for row in table["rows"]),
            table["columns"],
            (36, 18),
        )
        for number, table in enumerate(tables, 1)
    )
    return render_workbook([sentences, *sheets])


def _read_figure(text: str) -> Cell:
    plain = text.removesuffix("%")
    if not _FIGURE.fullmatch(plain):
        return text
    value = float(plain.replace(",", ""))
    return Figure(value / 100, "0.0%") if text.endswith("%") else Figure(value, "#,##0.###")
