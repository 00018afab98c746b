"""Render the report on benefits as a workbook without formulas or links."""

import io
from collections.abc import Iterable, Sequence

import xlsxwriter

from core.text_marks import N_
from geo.formats.export import spreadsheet_safe_value
from yihui.runtime.language import Language
from yihui.services.benefit_report import BenefitReport
from yihui.views.benefit_report import (
    BALANCE_TITLES,
    GROUPING_TITLES,
    METHOD_NOTES,
    MOVEMENT_TITLES,
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
        sheet = book.add_worksheet(language.render(N_("how it was reckoned")))
        sheet.set_column(0, 0, 110)
        for row, text in enumerate((period_text(report, language), *map(language.translate, METHOD_NOTES))):
            sheet.write_string(row, 0, text)
    return content.getvalue()


class _Forms:
    """Cell formats of the workbook."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self.head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        self.money = book.add_format({"num_format": _MONEY})
        self.total = book.add_format({"num_format": _MONEY, "bold": True, "top": 1})
        self.bold = book.add_format({"bold": True, "top": 1})
        self.text = book.add_format({"quote_prefix": True})
        self.day = book.add_format({"num_format": "yyyy-mm-dd"})


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
        for column, name in enumerate(names, 2):
            sheet.write_number(row, column, getattr(group.figures, name) / 100, forms.money)
    last = len(report.groups) + 1
    sheet.write_string(last, 0, language.render(N_("total")), forms.bold)
    for column, name in enumerate(names, 2):
        sheet.write_number(last, column, getattr(report.total, name) / 100, forms.total)
    _paper(sheet)


def _budgets(book: xlsxwriter.Workbook, forms: _Forms, report: BenefitReport, language: Language) -> None:
    sheet = book.add_worksheet(language.render(N_("budgets")))
    heads = (
        N_("budget"),
        N_("ceiling"),
        N_("promised"),
        N_("left"),
        N_("yuan a week"),
        N_("uncertainty"),
        N_("empty about"),
        N_("at the earliest"),
        N_("at the latest"),
        N_("in words"),
    )
    _heads(sheet, forms, [language.translate(head) for head in heads])
    for row, rate in enumerate(report.rates, 1):
        _texts(sheet, forms, row, (rate.budget,))
        amounts = (rate.ceiling_fen, rate.promised_fen, rate.left_fen, rate.week_fen, rate.error_fen)
        for column, fen in enumerate(amounts, 1):
            if fen is not None:
                sheet.write_number(row, column, fen / 100, forms.money)
        for column, day in enumerate((rate.empty_on, rate.earliest, rate.latest), 6):
            if day is not None:
                sheet.write_datetime(row, column, day, forms.day)
        words = language.join_clauses([pace_text(rate, language), depletion_text(rate, language)])
        sheet.write_string(row, 9, words if rate.ceiling_fen is not None else pace_text(rate, language))
    sheet.set_column(9, 9, 60)
    _paper(sheet)


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
