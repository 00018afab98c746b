"""Render the report on benefits as one HTML file, for offline use, dark mode, phones and A4 paper."""

from datetime import datetime

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from benefits import RunRate
from core.civil_time import CIVIL_TIME
from core.money import format_yuan
from core.text_marks import N_
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
from yihui.views.simulation_charts import UsageCurve, render_bar_chart, render_usage_chart

MOST_ROWS = 200  # rows in a table; the page counts the rest, the workbook lists them
MOST_BUDGETS = 12  # budgets with a chart
CONTENT_SECURITY_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def render_benefit_report_page(report: BenefitReport, language: Language, now: datetime) -> str:
    """Render the whole page; all texts from rules and rolls are escaped."""
    environment = Environment(
        loader=PackageLoader("yihui"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.globals.update(say=language.render, text=language.translate, yuan=format_yuan)
    return environment.get_template("benefit_report.html").render(
        report=report,
        language=language.code,
        policy=CONTENT_SECURITY_POLICY,
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
            (rate, _budget(rate, language), pace_text(rate, language), _ends(rate, language))
            for rate in report.rates[:MOST_BUDGETS]
        ],
        most=MOST_ROWS,
    )


def _ends(rate: RunRate, language: Language) -> str:
    return depletion_text(rate, language) if rate.ceiling_fen is not None else ""


def _months(report: BenefitReport, language: Language) -> Markup:
    """Draw used and paid amounts side by side, month by month."""
    return render_bar_chart(
        [(g.key, g.figures.redeemed_fen // 100, g.figures.settled_fen // 100) for g in report.months],
        language.render(N_("used and paid, by month (yuan)")),
        language.code,
    )


def _groups(report: BenefitReport, language: Language) -> Markup:
    """Draw granted and issued amounts side by side, for the largest groups."""
    if report.by == "month":
        shown = list(report.groups)[-12:]
    else:
        shown = sorted(report.groups, key=lambda group: -group.figures.granted_fen)[:6]
    return render_bar_chart(
        [(_short(g.title or "–"), g.figures.granted_fen // 100, g.figures.issued_fen // 100) for g in shown],
        language.render(N_("promised and handed out (yuan)")),
        language.code,
    )


def _short(title: str) -> str:
    return title if len(title) <= 7 else title[:6] + "…"


def _budget(rate: RunRate, language: Language) -> Markup:
    """Draw the amount promised by the end of each day, the ceiling, and the projected end."""
    points = tuple((day, fen // 100) for day, fen in rate.curve)
    if not points:
        return Markup("")
    ceiling = None if rate.ceiling_fen is None else rate.ceiling_fen // 100
    return render_usage_chart(
        [UsageCurve("proposed", points, rate.empty_on)], ceiling, rate.budget, language.code
    )
