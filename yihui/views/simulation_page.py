"""Render a simulation as one HTML file that works offline, in dark mode, on a phone and in print."""

from datetime import datetime

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from core.civil_time import CIVIL_TIME
from core.money import format_yuan
from core.text_marks import N_
from yihui.runtime.language import Language
from yihui.services.rules.simulation_figures import FundUse, SimulationReport
from yihui.views.simulation import (
    MAX_ROWS_SHOWN,
    cap_texts,
    comparison_headings,
    draft_days_text,
    drawing_texts,
    example_text,
    fund_text,
    fund_title,
    largest_gains_and_losses,
    parameter_value_text,
    report_caveats,
    signed_yuan,
    sum_by_district,
)
from yihui.views.simulation_charts import (
    UsageCurve,
    render_bar_chart,
    render_usage_chart,
    render_what_if_chart,
)
from yihui.views.simulation_refusals import refusal_text

MAX_TABLE_ROWS = 60  # rows of a table; further rows are counted, and are in the JSON
MAX_FUND_CHARTS = 8  # funds that get their own chart
CONTENT_SECURITY_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def render_simulation_page(report: SimulationReport, language: Language, now: datetime) -> str:
    """Render the whole page. Every text of a rule, a roll or an event is escaped."""
    drawn = [fund for fund in report.funds if is_telling_fund(fund)][:MAX_FUND_CHARTS]
    environment = Environment(
        loader=PackageLoader("yihui"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.globals.update(
        say=language.render, yuan=format_yuan, signed=signed_yuan, example=lambda e: example_text(e, language)
    )
    return environment.get_template("simulation.html").render(
        report=report,
        language=language.code,
        policy=CONTENT_SECURITY_POLICY,
        made=f"{now.astimezone(CIVIL_TIME):%Y-%m-%d %H:%M}",
        heads=comparison_headings(language),
        notes=list(report_caveats(report, language)),
        days=lambda draft: draft_days_text(draft, language),
        sides=[side for side in largest_gains_and_losses(report, MAX_ROWS_SHOWN * 2) if side],
        areas=sum_by_district(report.organisations),
        months=render_bar_chart(
            [(pair.key, pair.present_fen // 100, pair.proposed_fen // 100) for pair in report.months],
            language.render(N_("By month (yuan)")),
            language.code,
        ),
        funds=[fund_chart(fund, language) for fund in drawn],
        more_funds=[fund_text(fund, language) for fund in report.funds if fund not in drawn][:MAX_TABLE_ROWS],
        drawings=list(drawing_texts(report, language)),
        caps=list(cap_texts(report, language)),
        refusals=[refusal_text(refusal, language) for refusal in report.refusals],
        tried=[
            (parameter_value_text(tried.value, report.unit, language), tried, format_yuan(tried.amount_fen))
            for tried in report.tried
        ],
        tried_chart=render_what_if_chart(
            [(_short(tried.value, report.unit), tried.amount_fen // 100) for tried in report.tried],
            language.render(N_("if {parameter} is"), parameter=report.parameter),
            language.code,
        ),
        shown=MAX_ROWS_SHOWN,
        most=MAX_TABLE_ROWS,
    )


def is_telling_fund(fund: FundUse) -> bool:
    """Return whether the fund runs out, or the draft changes its use."""
    return fund.present != fund.proposed or any(
        use is not None and use.runs_out_on for use in (fund.present, fund.proposed)
    )


def _short(value: int, unit: str | None) -> str:
    return format_yuan(value) if unit == "fen" else f"{value:,}"


def fund_chart(fund: FundUse, language: Language) -> tuple[str, Markup, str]:
    """Return a fund's title, chart and text."""
    money = 100 if fund.kind == "budget" else 1
    lines = [
        UsageCurve(kind, tuple((day, used // money) for day, used in use.curve), use.runs_out_on)
        for kind, use in (("present", fund.present), ("proposed", fund.proposed))
        if use is not None
    ]
    ceiling = None if fund.size is None else fund.size // money
    title = fund_title(fund, language)
    return title, render_usage_chart(lines, ceiling, title, language.code), fund_text(fund, language)
