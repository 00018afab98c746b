"""Render the report on benefits as a workbook."""

from collections.abc import Sequence
from datetime import date

from benefits import RunRate
from core.text_marks import N_
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
from yihui.views.workbook import MONTH, Cell, Figure, Worksheet, fen_cell, render_workbook

_BUDGET_HEADS = (
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


def render_benefit_report_xlsx(report: BenefitReport, language: Language) -> bytes:
    """Render three sheets: figures, budgets, and method. *Units*: yuan, exact to the fen."""
    return render_workbook(
        (_figures(report, language), _budgets(report, language), _method(report, language))
    )


def _figures(report: BenefitReport, language: Language) -> Worksheet:
    names = [*MOVEMENT_TITLES, *BALANCE_TITLES]
    heads = [
        language.translate(GROUPING_TITLES[report.by]),
        language.render(N_("code")),
        *(
            language.render(N_("in the period: {what}"), what=language.translate(title))
            for title in MOVEMENT_TITLES.values()
        ),
        *(
            language.render(N_("at its end: {what}"), what=language.translate(title))
            for title in BALANCE_TITLES.values()
        ),
    ]
    rows: list[Sequence[Cell]] = []
    for group in report.groups:
        title: Cell = group.title if group.key else group_title(group, report.by, language)
        if report.by == "month":
            title = Figure(date.fromisoformat(f"{group.key}-01"), MONTH)
        rows.append([title, group.key, *(fen_cell(getattr(group.figures, name)) for name in names)])
    total = (language.render(N_("total")), None, *(fen_cell(getattr(report.total, name)) for name in names))
    return Worksheet(heads[0], rows, heads, (36, 15), total=total)


def _budgets(report: BenefitReport, language: Language) -> Worksheet:
    heads = [language.translate(head) for head in _BUDGET_HEADS]
    rows = [_budget_cells(rate, language) for rate in report.rates]
    return Worksheet(language.render(N_("budgets")), rows, heads, (36, *[15] * (len(heads) - 2), 60))


def _budget_cells(rate: RunRate, language: Language) -> list[Cell]:
    stands = (rate.ceiling_fen, rate.granted_fen, rate.returned_fen, rate.in_use_fen, rate.left_fen)
    weeks = (rate.weeks_granted_fen, rate.weeks_returned_fen, rate.week_fen) if rate.weeks else (None,) * 3
    words = pace_text(rate, language)
    if rate.ceiling_fen is not None:
        words = language.join_clauses([words, depletion_text(rate, language)])
    return [
        budget_name(rate, language),
        rate.budget,
        *map(fen_cell, stands),
        rate.weeks,
        *map(fen_cell, (*weeks, *(rate.week_range_fen or (None, None)))),
        *(rate.empty_on, rate.earliest, rate.latest),
        words,
    ]


def _method(report: BenefitReport, language: Language) -> Worksheet:
    """Return the period as dates, and what each figure means."""
    begin = report.period.first or language.render(N_("the beginning"))
    rows: list[Sequence[Cell]] = [
        [period_text(report, language)],
        [language.translate(N_("first day")), begin],
        [language.translate(N_("last day")), report.period.last],
        [],
        *([language.translate(text)] for text in METHOD_NOTES),
    ]
    return Worksheet(language.render(N_("how it was reckoned")), rows)
