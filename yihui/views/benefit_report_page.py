"""Render the report on benefits as one HTML file, for offline use, dark mode, phones and A4 paper."""

from datetime import datetime

from markupsafe import Markup

from benefits import RunRate
from core.civil_time import CIVIL_TIME
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
from yihui.views.charts import UsageCurve, empty_chart, render_bar_chart, render_usage_chart
from yihui.views.page_template import render_file_page

MOST_ROWS = 200  # rows in a table; the page counts the rest, the workbook lists them
MOST_BUDGETS = 12  # budgets with a chart


def render_benefit_report_page(report: BenefitReport, language: Language, now: datetime) -> str:
    """Render the whole page; all texts from rules and rolls are escaped."""
    return render_file_page(
        "benefit_report.html",
        language,
        report=report,
        made=f"{now.astimezone(CIVIL_TIME):%Y-%m-%d %H:%M}",
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
        (_short(g.title or "–"), g.figures.granted_fen // 100, g.figures.issued_fen // 100) for g in shown
    ]
    return render_bar_chart(bars, language.render(N_("promised and handed out (yuan)")), language.code)


def _short(title: str) -> str:
    return title if len(title) <= 7 else title[:6] + "…"


def _budget(rate: RunRate, language: Language) -> Markup:
    """Draw the amount in use at the end of each day, the ceiling, and the projected end."""
    points = tuple((day, fen // 100) for day, fen in rate.curve)
    if not points:
        return empty_chart(N_("Nothing was ever promised out of this budget."), language)
    ceiling = None if rate.ceiling_fen is None else rate.ceiling_fen // 100
    title = language.render(N_("in use of {name} (yuan)"), name=budget_name(rate, language))
    return render_usage_chart([UsageCurve("proposed", points, rate.empty_on)], ceiling, title, language.code)
