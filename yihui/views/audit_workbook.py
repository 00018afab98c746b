"""Write entries of the audit log as a workbook without formulas, row by row: memory stays small."""

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import xlsxwriter

from core.civil_time import format_wall_clock
from core.text_marks import N_
from geo.formats.cells import escape_formula
from yihui.runtime.language import Language
from yihui.services.access.audit import RecordedEntry
from yihui.views.act_labels import act_text
from yihui.views.audit import is_erased_text

AUDIT_HEADINGS = (
    N_("number"),
    N_("time"),
    N_("who"),
    N_("kind of actor"),
    N_("role"),
    N_("deputy of"),
    N_("organisation"),
    N_("act"),
    N_("act, as recorded"),
    N_("kind of object"),
    N_("object"),
    N_("reason"),
    N_("changes (JSON)"),
    N_("request"),
)
_WIDTHS = (8, 20, 16, 12, 16, 14, 18, 26, 26, 16, 26, 30, 60, 20)
MOST_ROWS = 1_000_000  # Excel's sheets end at 1,048,576
_LONGEST = 32_000  # Excel's limit for a cell is 32,767


def write_audit_workbook(entries: Iterable[RecordedEntry], to: Path, language: Language) -> None:
    """Write entries to sheets of at most a million rows each."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(to), options) as book:
        bold = book.add_format({"bold": True, "bottom": 1})
        sheet, row = _add_sheet(book, bold, language), 0
        for entry in entries:
            if row == MOST_ROWS:
                sheet, row = _add_sheet(book, bold, language), 0
            row += 1
            for column, value in enumerate(_cells(entry, language)):
                if isinstance(value, int):
                    sheet.write_number(row, column, value)
                elif value:
                    sheet.write_string(row, column, escape_formula(value[:_LONGEST]))


def _add_sheet(
    book: xlsxwriter.Workbook, bold: xlsxwriter.format.Format, language: Language
) -> xlsxwriter.worksheet.Worksheet:
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 2)
    for column, (head, width) in enumerate(zip(AUDIT_HEADINGS, _WIDTHS, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, language.translate(head), bold)
    return sheet


def _cells(entry: RecordedEntry, language: Language) -> list[int | str]:
    row = asdict(entry)
    texts = {name: "" if is_erased_text(row[name]) else row[name] for name in ("reason", "changes")}
    return [
        entry.sequence,
        format_wall_clock(entry.at),
        entry.actor,
        entry.actor_kind,
        entry.role or "",
        entry.deputy_of or "",
        entry.organisation or "",
        act_text(entry.act, language),
        entry.act,
        entry.object_kind,
        entry.object_id,
        texts["reason"],
        texts["changes"],
        entry.request_id or "",
    ]
