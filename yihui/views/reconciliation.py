"""Render a reconciliation: as a workbook with a row for every row, and as one HTML file that works offline and on paper."""

from collections.abc import Sequence
from datetime import datetime

from benefits import ComparedRow
from core.civil_time import format_civil_minute
from core.text_marks import N_
from yihui.runtime.errors import fault_line
from yihui.runtime.language import Language
from yihui.services.money.invoices import (
    FINDING_KIND_TITLES,
    ROW_STATE_TITLES,
    ReconciliationResult,
    reconciliation_summary,
    row_findings_text,
)
from yihui.views.page_template import render_file_page
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
MOST_ROWS = 2_000  # differing rows; the page counts the rest, the workbook lists them
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


def render_reconciliation_page(result: ReconciliationResult, language: Language, now: datetime) -> str:
    """Render the whole page; all texts from the invoice are escaped."""
    found = result.found
    differing = [row for row in (*found.rows, *found.totals) if row.findings]
    return render_file_page(
        "reconciliation.html",
        language,
        told=lambda row: row_findings_text(row, language),
        result=result,
        found=found,
        made=format_civil_minute(now),
        summary=reconciliation_summary(result, language),
        heads=RECONCILIATION_HEADINGS,
        states=ROW_STATE_TITLES,
        kinds=[
            (FINDING_KIND_TITLES[kind], count, fen) for kind, (count, fen) in found.count_by_kind().items()
        ],
        tolerances=[
            (FINDING_KIND_TITLES[kind], t.limit, t.reason) for kind, t in result.scope.tolerances.items()
        ],
        notes=[fault_line(note, language).text() for note in result.notes],
        rows=differing[:MOST_ROWS],
        more=len(differing) - MOST_ROWS,
    )
