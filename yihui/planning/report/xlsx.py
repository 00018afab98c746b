"""The report's tables as a workbook: one worksheet each, numbers as numbers, no formulas."""

import io
from datetime import datetime
from math import isfinite
from typing import TYPE_CHECKING

import xlsxwriter

from core.civil_time import CIVIL_TIME
from core.text_marks import N_
from geo.coverage.demand import GROUND_UNIT
from geo.formats.export import spreadsheet_safe_value
from yihui.planning.report.tables import CellValue, ColumnUnit, ReportTable, build_report_tables
from yihui.planning.report.text import build_report_findings, limitation_texts, method_texts
from yihui.planning.text import source_text
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from yihui.planning.study.study import Study


_FORMATS = {
    ColumnUnit.COUNT: "#,##0",
    ColumnUnit.DEMAND: "#,##0",
    ColumnUnit.SHARE: "0.0%",
    ColumnUnit.METRES: "#,##0",
    ColumnUnit.RATIO: "0.00",
    ColumnUnit.KM2: "#,##0.0",
    ColumnUnit.DEGREES: "0.000000",
}
_WIDTHS = {ColumnUnit.TEXT: 22, ColumnUnit.LONG: 44}
_NARROW = 13
_SHEET_NAME = 31  # characters that Excel allows in a worksheet's name
_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\", " "))


def render_coverage_report_xlsx(study: "Study", language: Language, now: datetime) -> bytes:
    """Render the workbook. The same study and instant give the same bytes.

    *Units*: metres, shares 0..1, km².
    """
    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as book:
        book.set_properties({"created": now.replace(tzinfo=None), "author": "Yihui (驿惠)"})
        forms = _Forms(book)
        _about(book, forms, study, language, now)
        for table in build_report_tables(study, language):
            _sheet(book, forms, table, study, language)
    return content.getvalue()


class _Forms:
    """The cell formats of the workbook."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self.head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.bold = book.add_format({"bold": True})
        self.wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        self.text = book.add_format({"quote_prefix": True})
        self.day = book.add_format({"num_format": "yyyy-mm-dd", "align": "left", "valign": "top"})
        self.minute = book.add_format({"num_format": "yyyy-mm-dd hh:mm", "align": "left", "valign": "top"})
        self.number = {unit: book.add_format({"num_format": form}) for unit, form in _FORMATS.items()}


def _about(
    book: xlsxwriter.Workbook, forms: _Forms, study: "Study", language: Language, now: datetime
) -> None:
    """Write the worksheet with findings, method, limitations and sources; its dates are dates, in column B."""
    sheet = book.add_worksheet(language.render(N_("about")))
    sheet.set_column(0, 0, 110)
    sheet.set_column(1, 1, 18)
    sheet.write_string(
        0,
        0,
        _safe(language.render(N_("{area}: coverage by service stations"), area=study.area_name)),
        forms.title,
    )
    parts = (
        (N_("Findings"), [finding.text for finding in build_report_findings(study, language)]),
        (N_("how it was reckoned"), method_texts(study, language)),
        (N_("what it can't tell"), limitation_texts(study, language)),
        (N_("Sources"), [source_text(source, language) for source in study.sources]),
    )
    moments = (
        (N_("As of"), study.now.at),
        (N_("by night"), study.night.at),
        (N_("Made on"), now),
    )
    for row, (title, at) in enumerate(moments, 1):
        sheet.write_string(row, 0, language.translate(title))
        sheet.write_datetime(row, 1, at.astimezone(CIVIL_TIME).replace(tzinfo=None), forms.minute)
    sheet.write_string(4, 0, language.render(N_("week that begins on")))
    sheet.write_datetime(4, 1, study.monday, forms.day)
    row = 6
    for title, lines in parts:
        sheet.write_string(row, 0, language.translate(title), forms.bold)
        for row, line in enumerate(lines, row + 1):  # noqa: B020 continues below the title
            sheet.write_string(row, 0, _safe(line), forms.wrapped)
        row += 2
    for number, source in enumerate(study.sources, row - 1 - len(study.sources)):
        if source.day is not None:
            sheet.write_datetime(number, 1, source.day, forms.day)
    _set_up_printing(sheet)


def _sheet(
    book: xlsxwriter.Workbook, forms: _Forms, table: ReportTable, study: "Study", language: Language
) -> None:
    sheet = book.add_worksheet(table.title.translate(_FORBIDDEN)[:_SHEET_NAME])
    ground = study.demand.unit == GROUND_UNIT
    for column, head in enumerate(table.columns):
        sheet.write_string(0, column, _safe(_titled(head.title, head.unit, language)), forms.head)
        sheet.set_column(column, column, _WIDTHS.get(head.unit, _NARROW))
    for row, values in enumerate(table.rows, 1):
        for column, (value, head) in enumerate(zip(values, table.columns, strict=True)):
            _write(sheet, forms, (row, column), value, head.unit, ground)
    sheet.freeze_panes(1, 1)
    if table.rows:
        sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)
    _set_up_printing(sheet)


def _titled(title: str, unit: ColumnUnit, language: Language) -> str:
    return language.render(N_("{title} (m)"), title=title) if unit is ColumnUnit.METRES else title


def _write(
    sheet: xlsxwriter.worksheet.Worksheet,
    forms: _Forms,
    place: tuple[int, int],
    value: CellValue,
    unit: ColumnUnit,
    ground: bool,
) -> None:
    """Write one cell.

    Text that a spreadsheet would run as a formula is neutralised, because names come from registers.
    Missing values stay empty.
    """
    row, column = place
    if isinstance(value, str):
        safe = _safe(value)
        sheet.write_string(row, column, safe, forms.text if safe != value else None)
    elif value is not None and isfinite(value):
        size = value / 1e6 if ground and unit is ColumnUnit.DEMAND else value
        sheet.write_number(row, column, size, forms.number[unit])
    elif value == float("inf"):
        sheet.write_string(row, column, "> 100 km")


def _safe(text: str) -> str:
    return str(spreadsheet_safe_value(text))


def _set_up_printing(sheet: xlsxwriter.worksheet.Worksheet) -> None:
    """Set up printing on landscape A4."""
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
