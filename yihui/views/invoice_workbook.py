"""Render a reconciliation as a workbook without formulas: figures side by side, findings for every row."""

import io
from collections.abc import Sequence
from datetime import datetime

import xlsxwriter

from benefits import ComparedRow
from core.civil_time import CIVIL_TIME
from core.text_marks import N_
from geo.formats.cells import escape_formula
from yihui.runtime.language import Language
from yihui.services.money.invoices import (
    ROW_STATE_TITLES,
    ReconciliationResult,
    reconciliation_summary,
    row_findings_text,
)

RECONCILIATION_HEADINGS = (
    N_("row"),
    N_("reference"),
    N_("grant"),
    N_("rule"),
    N_("issued (yuan)"),
    N_("redeemed (yuan)"),
    N_("invoiced (yuan)"),
    N_("difference (yuan)"),
    N_("state"),
    N_("what was found"),
)
_WIDTHS = (8, 26, 16, 20, 14, 14, 14, 14, 10, 60)
_LONGEST = 32_000  # Excel's limit for a cell is 32,767


def render_reconciliation_xlsx(result: ReconciliationResult, language: Language, now: datetime) -> bytes:
    """Render three sheets: summary, rows that differ or are tolerated, all rows."""
    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    rows = (*result.found.rows, *result.found.totals)
    with xlsxwriter.Workbook(content, options) as book:
        book.set_properties({"created": now.astimezone(CIVIL_TIME).replace(tzinfo=None)})
        pen = _Pen(book, language)
        pen.lines(N_("summary"), [result.file, result.digest, *reconciliation_summary(result, language)])
        pen.table(N_("differences"), [row for row in rows if row.findings])
        pen.table(N_("all rows"), rows)
    return content.getvalue()


class _Pen:
    """Writes texts as texts, whatever they begin with, and fen as yuan."""

    def __init__(self, book: xlsxwriter.Workbook, language: Language) -> None:
        self.book, self.language = book, language
        self.bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True})
        self.money = book.add_format({"num_format": "#,##0.00"})
        self.plain = book.add_format({"text_wrap": True, "valign": "top"})
        self.kept = book.add_format({"text_wrap": True, "valign": "top", "quote_prefix": True})

    def lines(self, title: str, lines: Sequence[str]) -> None:
        sheet = self.book.add_worksheet(self.language.translate(title))
        sheet.set_column(0, 0, 100)
        for number, line in enumerate(lines):
            self._text(sheet, number, 0, line)

    def table(self, title: str, rows: Sequence[ComparedRow]) -> None:
        sheet = self.book.add_worksheet(self.language.translate(title))
        sheet.freeze_panes(1, 2)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        for column, (head, width) in enumerate(zip(RECONCILIATION_HEADINGS, _WIDTHS, strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, self.language.translate(head), self.bold)
        for number, row in enumerate(rows, 1):
            self._row(sheet, number, row)
        if rows:
            sheet.autofilter(0, 0, len(rows), len(RECONCILIATION_HEADINGS) - 1)

    def _row(self, sheet: xlsxwriter.worksheet.Worksheet, number: int, row: ComparedRow) -> None:
        if row.row is not None:
            sheet.write_number(number, 0, row.row)
        for column, text in ((1, row.reference), (2, row.grant_id or ""), (3, row.rule_id or "")):
            self._text(sheet, number, column, text)
        sides = (row.issued_fen, row.redeemed_fen, row.invoiced_fen, row.difference_fen)
        for column, fen in enumerate(sides, 4):
            sheet.write_number(number, column, fen / 100, self.money)
        self._text(sheet, number, 8, self.language.translate(ROW_STATE_TITLES[row.state]))
        self._text(sheet, number, 9, row_findings_text(row, self.language))

    def _text(self, sheet: xlsxwriter.worksheet.Worksheet, row: int, column: int, text: str) -> None:
        safe = escape_formula(text[:_LONGEST])
        sheet.write_string(row, column, safe, self.plain if safe == text else self.kept)
