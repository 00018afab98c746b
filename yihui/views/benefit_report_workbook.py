"""Render the report on benefits as a workbook without formulas or links."""

import io
from collections.abc import Iterable, Sequence
from datetime import date

import xlsxwriter

from core.text_marks import N_
from geo.formats.export import spreadsheet_safe_value
from yihui.runtime.language import Language
from yihui.services.benefits.report import BenefitReport
from yihui.views.benefit_report import (
    BALANCE_TITLES,
    GROUPING_TITLES,
    METHOD_NOTES,
    MOVEMENT_TITLES,
    budget_name,
    depletion_text,
    group_title,
    pace_text,
    period_text,
)

_MONEY = "#,##0.00"


def render_benefit_report_xlsx(report: BenefitReport, language: Language) -> bytes:
    """Render three sheets: figures, budgets, and method. *Units*: yuan, exact to the fen."""
    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as book:
        forms = _Forms(book)
        _figures(book, forms, report, language)
        _budgets(book, forms, report, language)
        _method(book, forms, report, language)
    return content.getvalue()


class _Forms:
    """Cell formats of the workbook."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self.head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        self.money = book.add_format({"num_format": _MONEY})
        self.total = book.add_format({"num_format": _MONEY, "bold": True, "top": 1})
        self.bold = book.add_format({"bold": True, "top": 1})
        self.text = book.add_format({"quote_prefix": True})
        self.day = book.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
        self.month = book.add_format({"num_format": "yyyy-mm", "align": "left"})


def _figures(book: xlsxwriter.Workbook, forms: _Forms, report: BenefitReport, language: Language) -> None:
    sheet = book.add_worksheet(language.translate(GROUPING_TITLES[report.by]))
    moved = [
        language.render(N_("in the period: {what}"), what=language.translate(title))
        for title in MOVEMENT_TITLES.values()
    ]
    stands = [
        language.render(N_("at its end: {what}"), what=language.translate(title))
        for title in BALANCE_TITLES.values()
    ]
    _heads(
        sheet,
        forms,
        [language.translate(GROUPING_TITLES[report.by]), language.render(N_("code")), *moved, *stands],
    )
    names = [*MOVEMENT_TITLES, *BALANCE_TITLES]
    for row, group in enumerate(report.groups, 1):
        title = group.title if group.key else group_title(group, report.by, language)
        _texts(sheet, forms, row, (title, group.key))
        if report.by == "month":
            sheet.write_datetime(row, 0, date.fromisoformat(f"{group.key}-01"), forms.month)
        for column, name in enumerate(names, 2):
            sheet.write_number(row, column, getattr(group.figures, name) / 100, forms.money)
    last = len(report.groups) + 1
    sheet.write_string(last, 0, language.render(N_("total")), forms.bold)
    for column, name in enumerate(names, 2):
        sheet.write_number(last, column, getattr(report.total, name) / 100, forms.total)
    _filter(sheet, len(report.groups), len(names) + 2)
    _paper(sheet)


def _budgets(book: xlsxwriter.Workbook, forms: _Forms, report: BenefitReport, language: Language) -> None:
    sheet = book.add_worksheet(language.render(N_("budgets")))
    heads = (
        N_("budget"),
        N_("code"),
        N_("ceiling"),
        N_("promised"),
        N_("came back"),
        N_("in use of the budget"),
        N_("left"),
        N_("weeks counted"),
        N_("promised in these weeks"),
        N_("of which came back"),
        N_("yuan a week"),
        N_("a week at least"),
        N_("a week at most"),
        N_("empty about"),
        N_("at the earliest"),
        N_("at the latest"),
        N_("in words"),
    )
    _heads(sheet, forms, [language.translate(head) for head in heads])
    for row, rate in enumerate(report.rates, 1):
        _texts(sheet, forms, row, (budget_name(rate, language), rate.budget))
        low, high = rate.week_range_fen or (None, None)
        weeks = (rate.weeks_granted_fen, rate.weeks_returned_fen, rate.week_fen) if rate.weeks else ()
        for column, fen in (
            *enumerate(
                (rate.ceiling_fen, rate.granted_fen, rate.returned_fen, rate.in_use_fen, rate.left_fen), 2
            ),
            *enumerate((*weeks, low, high), 8),
        ):
            if fen is not None:
                sheet.write_number(row, column, fen / 100, forms.money)
        sheet.write_number(row, 7, rate.weeks)
        for column, day in enumerate((rate.empty_on, rate.earliest, rate.latest), 13):
            if day is not None:
                sheet.write_datetime(row, column, day, forms.day)
        words = language.join_clauses([pace_text(rate, language), depletion_text(rate, language)])
        sheet.write_string(row, 16, words if rate.ceiling_fen is not None else pace_text(rate, language))
    sheet.set_column(16, 16, 60)
    _filter(sheet, len(report.rates), len(heads))
    _paper(sheet)


def _method(book: xlsxwriter.Workbook, forms: _Forms, report: BenefitReport, language: Language) -> None:
    """Write the period as dates, and what each figure means."""
    sheet = book.add_worksheet(language.render(N_("how it was reckoned")))
    sheet.set_column(0, 0, 110)
    sheet.set_column(1, 1, 14)
    sheet.write_string(0, 0, period_text(report, language))
    for row, (title, day) in enumerate(
        ((N_("first day"), report.period.first), (N_("last day"), report.period.last)), 1
    ):
        sheet.write_string(row, 0, language.translate(title))
        if day is None:
            sheet.write_string(row, 1, language.render(N_("the beginning")))
        else:
            sheet.write_datetime(row, 1, day, forms.day)
    for row, text in enumerate(METHOD_NOTES, 4):
        sheet.write_string(row, 0, language.translate(text))


def _filter(sheet: xlsxwriter.worksheet.Worksheet, rows: int, columns: int) -> None:
    """Add a filter to the heads of a table; a total below it stays in sight."""
    sheet.autofilter(0, 0, max(rows, 1), columns - 1)


def _heads(sheet: xlsxwriter.worksheet.Worksheet, forms: _Forms, heads: Sequence[str]) -> None:
    sheet.set_column(0, 0, 36)
    sheet.set_column(1, len(heads) - 1, 15)
    sheet.freeze_panes(1, 1)
    for column, head in enumerate(heads):
        sheet.write_string(0, column, head, forms.head)


def _texts(sheet: xlsxwriter.worksheet.Worksheet, forms: _Forms, row: int, texts: Iterable[str]) -> None:
    """Write titles and names from rule files and rolls; texts that a spreadsheet would run are neutralised."""
    for column, text in enumerate(texts):
        safe = str(spreadsheet_safe_value(text))
        sheet.write_string(row, column, safe, forms.text if safe != text else None)


def _paper(sheet: xlsxwriter.worksheet.Worksheet) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
