"""A scenario's comparison as a workbook: the changes, then one worksheet for each table; no formulas."""

import io
from collections.abc import Sequence
from datetime import datetime

import xlsxwriter

from core.text_marks import N_
from geo.coverage.demand import GROUND_UNIT
from geo.formats.export import spreadsheet_safe_value
from yihui.planning.report.tables import CellValue, ColumnUnit, ReportTable
from yihui.planning.scenario.data import ScenarioFigures
from yihui.planning.scenario.text import caveat_text, finding_text, scenario_tables, terms_text
from yihui.runtime.language import Language

_FORMATS = {
    ColumnUnit.COUNT: "#,##0",
    ColumnUnit.DEMAND: "#,##0",
    ColumnUnit.SHARE: "0.0%",
    ColumnUnit.METRES: "#,##0",
    ColumnUnit.RATIO: "0.000",
    ColumnUnit.DEGREES: "0.00000",
}
_SHEET_NAME = 31  # characters that Excel allows in a worksheet's name
_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\", " "))


def render_scenario_xlsx(
    name: str, changes: Sequence[str], figures: ScenarioFigures, language: Language, now: datetime
) -> bytes:
    """Render the workbook of a scenario. The same figures and instant give the same bytes."""
    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as book:
        book.set_properties({"created": now.replace(tzinfo=None), "author": "Yihui (驿惠)"})
        _write_about(book, name, changes, figures, language)
        for table in scenario_tables(figures, language):
            _write_table(book, table, figures["unit"])
    return content.getvalue()


def _write_about(
    book: xlsxwriter.Workbook,
    name: str,
    changes: Sequence[str],
    figures: ScenarioFigures,
    language: Language,
) -> None:
    sheet = book.add_worksheet(language.render(N_("about")))
    sheet.set_column(0, 0, 110)
    lines = [
        name,
        terms_text(figures, language),
        finding_text(figures, language),
        caveat_text(figures, language),
        "",
        language.render(N_("Changes")),
        *changes,
    ]
    for row, line in enumerate(lines):
        sheet.write_string(row, 0, _safe(line))


def _write_table(book: xlsxwriter.Workbook, table: ReportTable, demand_unit: str) -> None:
    sheet = book.add_worksheet(table.title.translate(_FORBIDDEN)[:_SHEET_NAME])
    head = book.add_format({"bold": True, "bottom": 1})
    formats = {unit: book.add_format({"num_format": form}) for unit, form in _FORMATS.items()}
    for column, one in enumerate(table.columns):
        sheet.write_string(0, column, _safe(one.title), head)
        sheet.set_column(column, column, 36 if one.unit is ColumnUnit.LONG else 16)
    for row, values in enumerate(table.rows, 1):
        for column, (value, one) in enumerate(zip(values, table.columns, strict=True)):
            if isinstance(value, str):
                sheet.write_string(row, column, _safe(value))
            elif value is not None:
                sheet.write_number(row, column, _size(value, one.unit, demand_unit), formats.get(one.unit))
    sheet.freeze_panes(1, 1)


def _size(value: CellValue, unit: ColumnUnit, demand_unit: str) -> float:
    """Return ground in km², every other value as it is."""
    assert isinstance(value, int | float)
    return value / 1e6 if unit is ColumnUnit.DEMAND and demand_unit == GROUND_UNIT else value


def _safe(text: str) -> str:
    return str(spreadsheet_safe_value(text))
