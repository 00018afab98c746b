"""Render a reconciliation as a workbook: figures side by side, findings for every row."""

from collections.abc import Sequence
from datetime import datetime

from benefits import ComparedRow
from core.text_marks import N_
from yihui.runtime.language import Language
from yihui.services.money.invoices import (
    ROW_STATE_TITLES,
    ReconciliationResult,
    reconciliation_summary,
    row_findings_text,
)
from yihui.views.workbook import Cell, Worksheet, fen_cell, render_workbook

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


def render_reconciliation_xlsx(result: ReconciliationResult, language: Language, now: datetime) -> bytes:
    """Render three sheets: summary, rows that differ or are tolerated, all rows."""
    rows = (*result.found.rows, *result.found.totals)
    summary = [result.file, result.digest, *reconciliation_summary(result, language)]
    sheets = (
        Worksheet(language.translate(N_("summary")), [[line] for line in summary]),
        _build_table(N_("differences"), [row for row in rows if row.findings], language),
        _build_table(N_("all rows"), rows, language),
    )
    return render_workbook(sheets, now)


def _build_table(title: str, rows: Sequence[ComparedRow], language: Language) -> Worksheet:
    heads = [language.translate(head) for head in RECONCILIATION_HEADINGS]
    cells = [_row_cells(row, language) for row in rows]
    return Worksheet(language.translate(title), cells, heads, _WIDTHS, frozen=2)


def _row_cells(row: ComparedRow, language: Language) -> list[Cell]:
    sides = (row.issued_fen, row.redeemed_fen, row.invoiced_fen, row.difference_fen)
    return [
        *(row.row, row.reference, row.grant_id, row.rule_id),
        *map(fen_cell, sides),
        language.translate(ROW_STATE_TITLES[row.state]),
        row_findings_text(row, language),
    ]
