"""The sentences and tables of an analysis as a workbook: figures as numbers, no formulas."""

import io
import re
from collections.abc import Sequence

import xlsxwriter

from geo.formats.export import spreadsheet_safe_value
from yihui.planning.analysis.result import AnalysisTable

_FIGURE = re.compile(r"-?[0-9]{1,3}(,[0-9]{3})*(\.[0-9]+)?|-?[0-9]+(\.[0-9]+)?")
_SHEET_NAME = 31  # characters that Excel allows in a worksheet's name
_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\", " "))


def render_analysis_xlsx(
    about: str, title: str, lines: Sequence[str], tables: Sequence[AnalysisTable]
) -> bytes:
    """Render a worksheet of sentences, then one for each table; ``about`` names the first."""
    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as book:
        sheet = book.add_worksheet(_sheet_name(about, 0))
        sheet.set_column(0, 0, 110)
        for row, line in enumerate([title, "", *lines]):
            sheet.write_string(row, 0, _safe(line))
        for number, table in enumerate(tables, 1):
            _write_table(book, table, number)
    return content.getvalue()


def _write_table(book: xlsxwriter.Workbook, table: AnalysisTable, number: int) -> None:
    sheet = book.add_worksheet(_sheet_name(table["title"], number))
    head = book.add_format({"bold": True, "bottom": 1})
    share, figure = book.add_format({"num_format": "0.0%"}), book.add_format({"num_format": "#,##0.###"})
    for column, title in enumerate(table["columns"]):
        sheet.write_string(0, column, _safe(title), head)
        sheet.set_column(column, column, 18 if column else 36)
    for row, values in enumerate(table["rows"], 1):
        for column, text in enumerate(values):
            plain = text.removesuffix("%")
            if column == 0 or not _FIGURE.fullmatch(plain):
                sheet.write_string(row, column, _safe(text))
            else:
                value = float(plain.replace(",", ""))
                is_share = text.endswith("%")
                sheet.write_number(
                    row, column, value / 100 if is_share else value, share if is_share else figure
                )
    sheet.freeze_panes(1, 1)


def _sheet_name(title: str, number: int) -> str:
    name = title.translate(_FORBIDDEN)
    return (f"{number} {name}" if number else name)[:_SHEET_NAME]


def _safe(text: str) -> str:
    return str(spreadsheet_safe_value(text))
