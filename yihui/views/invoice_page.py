"""Render a reconciliation as one HTML file, for offline use, dark mode, phones and paper."""

from datetime import datetime

from core.civil_time import CIVIL_TIME
from yihui.runtime.errors import fault_line
from yihui.runtime.language import Language
from yihui.services.money.invoices import (
    FINDING_KIND_TITLES,
    ROW_STATE_TITLES,
    ReconciliationResult,
    reconciliation_summary,
    row_findings_text,
)
from yihui.views.invoice_workbook import RECONCILIATION_HEADINGS
from yihui.views.page_template import render_file_page

MOST_ROWS = 2_000  # differing rows; the page counts the rest, the workbook lists them


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
        made=f"{now.astimezone(CIVIL_TIME):%Y-%m-%d %H:%M}",
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
