"""The report's tables as a workbook: one worksheet each, numbers as numbers."""

from collections.abc import Sequence
from datetime import datetime
from math import isfinite
from typing import TYPE_CHECKING

from core.civil_time import CIVIL_TIME
from core.text_marks import N_
from geo.coverage.demand import GROUND_UNIT
from yihui.planning.report.tables import CellValue, ColumnUnit, ReportTable, build_report_tables
from yihui.planning.report.text import build_report_findings, limitation_texts, method_texts
from yihui.planning.text import source_text
from yihui.runtime.language import Language
from yihui.views.workbook import MINUTE, Cell, Figure, Heading, Worksheet, render_workbook

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


def render_coverage_report_xlsx(study: "Study", language: Language, now: datetime) -> bytes:
    """Render the workbook. The same study and instant give the same bytes.

    *Units*: metres, shares 0..1, km².
    """
    tables = build_report_tables(study, language)
    sheets = [_build_table(table, study.demand.unit == GROUND_UNIT, language) for table in tables]
    return render_workbook([_build_about(study, language, now), *sheets], now)


def _build_about(study: "Study", language: Language, now: datetime) -> Worksheet:
    """Return the worksheet with findings, method, limitations and sources; its dates are dates, in column B."""
    title = language.render(N_("{area}: coverage by service stations"), area=study.area_name)
    moments = ((N_("As of"), study.now.at), (N_("by night"), study.night.at), (N_("Made on"), now))
    parts = (
        (N_("Findings"), [finding.text for finding in build_report_findings(study, language)]),
        (N_("how it was reckoned"), method_texts(study, language)),
        (N_("what it can't tell"), limitation_texts(study, language)),
    )
    rows: list[Sequence[Cell]] = [
        [Heading(title)],
        *((language.translate(name), _build_minute(at)) for name, at in moments),
        [language.render(N_("week that begins on")), study.monday],
        [],
    ]
    for name, lines in parts:
        rows += [[Heading(language.translate(name))], *([line] for line in lines), []]
    rows.append([Heading(language.translate(N_("Sources")))])
    rows += [[source_text(source, language), source.day] for source in study.sources]
    return Worksheet(language.render(N_("about")), rows)


def _build_minute(at: datetime) -> Figure:
    return Figure(at.astimezone(CIVIL_TIME).replace(tzinfo=None), MINUTE)


def _build_table(table: ReportTable, ground: bool, language: Language) -> Worksheet:
    units = [column.unit for column in table.columns]
    heads = [_titled(column.title, column.unit, language) for column in table.columns]
    rows = [
        [_build_cell(value, unit, ground) for value, unit in zip(values, units, strict=True)]
        for values in table.rows
    ]
    return Worksheet(table.title, rows, heads, [_WIDTHS.get(unit, _NARROW) for unit in units])


def _titled(title: str, unit: ColumnUnit, language: Language) -> str:
    return language.render(N_("{title} (m)"), title=title) if unit is ColumnUnit.METRES else title


def _build_cell(value: CellValue, unit: ColumnUnit, ground: bool) -> Cell:
    """Return one cell. Missing values stay empty."""
    if value is None or isinstance(value, str):
        return value
    if not isfinite(value):
        return "> 100 km" if value > 0 else None
    return Figure(value / 1e6 if ground and unit is ColumnUnit.DEMAND else value, _FORMATS[unit])
