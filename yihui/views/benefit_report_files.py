"""Render the report on benefits as files: one HTML page, for offline use, dark mode, phones and A4 paper; and a workbook."""

from collections.abc import Sequence
from datetime import date, datetime

from markupsafe import Markup

from benefits import RunRate
from core.civil_time import format_civil_minute
from core.sheets.workbook_rendering import MONTH, Cell, Figure, Worksheet, fen_cell, render_workbook
from core.text_marks import N_
from yihui.runtime.language import Language
from yihui.services.benefits.report import BenefitReport
from yihui.views.benefit_report import (
    BALANCE_TITLES,
    GROUPING_TITLES,
    METHOD_NOTES,
    MOVEMENT_TITLES,
    budget_name,
    budget_sums_text,
    depletion_text,
    group_title,
    pace_text,
    period_text,
)
from yihui.views.charts import empty_chart, render_bar_chart, render_budget_chart, short_label
from yihui.views.page_template import render_file_page

MOST_ROWS = 200  # rows in a table; the page counts the rest, the workbook lists them
MOST_BUDGETS = 12  # budgets with a chart
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


def render_benefit_report_page(report: BenefitReport, language: Language, now: datetime) -> str:
    """Render the whole page; all texts from rules and rolls are escaped."""
    return render_file_page(
        "benefit_report.html",
        language,
        report=report,
        made=format_civil_minute(now),
        span=period_text(report, language),
        heading=language.translate(GROUPING_TITLES[report.by]),
        moved=MOVEMENT_TITLES,
        stands=BALANCE_TITLES,
        method=[language.translate(text) for text in METHOD_NOTES],
        title_of=lambda group: group_title(group, report.by, language),
        months=_months(report, language),
        groups_chart=_groups(report, language),
        budgets=[
            (
                budget_name(rate, language),
                budget_sums_text(rate, language),
                _budget(rate, language),
                [text for text in (pace_text(rate, language), _ends(rate, language)) if text],
            )
            for rate in report.rates[:MOST_BUDGETS]
        ],
        most=MOST_ROWS,
    )


def _ends(rate: RunRate, language: Language) -> str:
    return depletion_text(rate, language) if rate.ceiling_fen is not None else ""


def _months(report: BenefitReport, language: Language) -> Markup:
    """Draw used and paid amounts side by side, month by month."""
    if not report.months:
        return empty_chart(N_("Nothing happened in the period, so there is nothing to draw."), language)
    if not any(g.figures.redeemed_fen or g.figures.settled_fen for g in report.months):
        return empty_chart(
            N_("Nothing was used or paid in the period: no code was redeemed and no payment was confirmed."),
            language,
        )
    bars = [(g.key, g.figures.redeemed_fen // 100, g.figures.settled_fen // 100) for g in report.months]
    return render_bar_chart(bars, language.render(N_("used and paid, by month (yuan)")), language.code)


def _groups(report: BenefitReport, language: Language) -> Markup:
    """Draw granted and issued amounts side by side, for the largest groups."""
    if report.by == "month":
        shown = list(report.groups)[-12:]
    else:
        shown = sorted(report.groups, key=lambda group: -group.figures.granted_fen)[:6]
    if not any(g.figures.granted_fen or g.figures.issued_fen for g in shown):
        return empty_chart(
            N_("Nothing was promised or handed out in the period, or only things without a worth."), language
        )
    bars = [
        (short_label(g.title or "–"), g.figures.granted_fen // 100, g.figures.issued_fen // 100)
        for g in shown
    ]
    return render_bar_chart(bars, language.render(N_("promised and handed out (yuan)")), language.code)


def _budget(rate: RunRate, language: Language) -> Markup:
    """Draw the amount in use at the end of each day, the ceiling, and the projected end."""
    title = language.render(N_("in use of {name} (yuan)"), name=budget_name(rate, language))
    return render_budget_chart(rate, title, language)


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
