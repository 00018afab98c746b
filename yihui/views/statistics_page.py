"""Render the statistics of members as one HTML file with charts, and as a workbook."""

from datetime import datetime

from markupsafe import Markup

from core.civil_time import format_civil_minute
from core.sheets.workbook_rendering import Cell, Figure, Worksheet, render_workbook
from core.text_marks import N_
from members.statistics.movements import MEASURES, Measure
from members.statistics.tables import ALL
from yihui.runtime.language import Language
from yihui.services.organisations.statistics import MemberStatistics
from yihui.views.charts import empty_chart, render_bar_chart, short_label
from yihui.views.page_template import render_file_page
from yihui.views.statistics import (
    MEASURE_TITLES,
    fewer_text,
    format_count,
    format_coverage,
    head_title,
    key_title,
    method_lines,
    period_text,
    table_heads,
    table_rows,
    text_rows,
)

MOST_ROWS = 500  # rows in a table; the page counts the rest, the workbook lists them
_MOST_BARS = 12
_NOTHING = N_("Hardly anybody is counted here, so there is nothing to draw.")


def render_statistics_page(report: MemberStatistics, language: Language, now: datetime) -> str:
    """Render the whole page; all texts from rolls are escaped."""
    totals = [
        (language.translate(MEASURE_TITLES[one]), format_count(report.table.count(one, ALL), language))
        for one in MEASURES
    ]
    if share := format_coverage(report, ALL):
        totals.append((language.translate(N_("share of the eligible")), share))
    return render_file_page(
        "member_statistics.html",
        language,
        made=format_civil_minute(now),
        span=period_text(report, language),
        heading=head_title(report, language),
        totals=totals,
        charts=_charts(report, language),
        tables=_tables(report, language),
        method=method_lines(report, language),
        most=MOST_ROWS,
    )


def _tables(report: MemberStatistics, language: Language) -> list[tuple[str, list[str], list[list[str]]]]:
    """Return title, heads and rows of each table: one of all measures, or one for each measure."""
    if report.table.form.columns is None:
        title = head_title(report, language)
        return [(title, table_heads(report, "members", language), text_rows(report, "members", language))]
    return [
        (
            language.translate(MEASURE_TITLES[measure]),
            table_heads(report, measure, language),
            text_rows(report, measure, language),
        )
        for measure in MEASURES
    ]


def _charts(report: MemberStatistics, language: Language) -> list[tuple[str, list[tuple[str, str]], Markup]]:
    """Return title, legend and picture of each chart."""
    eligible = N_("eligible workers")
    pairs: list[tuple[str, str | None, str]] = [
        (MEASURE_TITLES["members"], eligible if report.eligible else None, "members"),
        (MEASURE_TITLES["joins"], MEASURE_TITLES["leavers"], "joins"),
    ]
    found = []
    for first, second, measure in pairs:
        legend = [("present", language.translate(first))]
        if second is not None:
            legend.append(("proposed", language.translate(second)))
        title = language.format_list([name for _, name in legend])
        found.append((title, legend, _chart(report, measure, title, language)))
    return found


def _chart(report: MemberStatistics, measure: str, title: str, language: Language) -> Markup:
    """Draw two bars for each of the largest rows: members and eligible workers, or joins and leavers."""
    table = report.table
    bars = []
    for row in table.rows:
        if measure == "members":
            pair = table.count("members", row) or 0, report.eligible.get(row, 0)
        else:
            pair = table.count("joins", row) or 0, table.count("leavers", row) or 0
        bars.append((short_label(key_title(table.form.rows, row, report, language)), *pair))
    if table.form.rows == "month":
        bars = bars[-_MOST_BARS:]
    elif table.form.rows != "level":
        bars = sorted(bars, key=lambda bar: -max(bar[1:]))[:_MOST_BARS]
    if not any(first or second for _, first, second in bars):
        return empty_chart(_NOTHING, language)
    return render_bar_chart(bars, title, language.code)


def render_statistics_xlsx(report: MemberStatistics, language: Language) -> bytes:
    """Render the workbook: a sheet of all measures, or one for each, and the method."""
    if report.table.form.columns is None:
        name = language.translate(N_("Statistics of members"))
        sheets = [_build_sheet(name, report, "members", language)]
    else:
        sheets = [
            _build_sheet(language.translate(MEASURE_TITLES[measure]), report, measure, language)
            for measure in MEASURES
        ]
    lines = [head_title(report, language), period_text(report, language), *method_lines(report, language)]
    method = Worksheet(language.render(N_("how it was reckoned")), [[line] for line in lines])
    return render_workbook([*sheets, method])


def _build_sheet(name: str, report: MemberStatistics, measure: Measure, language: Language) -> Worksheet:
    heads = [language.render(N_("code")), *table_heads(report, measure, language)]
    rows: list[list[Cell]] = []
    for key, title, numbers in table_rows(report, measure, language):
        counts = [fewer_text(language) if count is None else count for count in numbers]
        cells: list[Cell] = [key, title, *(_count_cell(count) for count in counts)]
        if report.table.form.columns is None and key in report.eligible:
            cells.append(_count_cell(report.eligible[key]))
            if (covered := report.coverage(key)) is not None:
                cells.append(Figure(covered, "0.0%"))
        rows.append(cells)
    return Worksheet(name, rows, heads, (16, 36, 13), frozen=2)


def _count_cell(count: int | str) -> Cell:
    return count if isinstance(count, str) else Figure(count, "#,##0")
