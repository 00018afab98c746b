"""A simulation as one HTML file: opens without a network, in the dark, on a phone and on paper."""

from datetime import datetime

from jinja2 import Environment, PackageLoader, StrictUndefined

from core.civil_time import CIVIL_TIME
from rules import yuan
from yihui.runtime.language import Language
from yihui.services.simulation_figures import FundUse, Report
from yihui.views.simulation import (
    SHOWN,
    by_area,
    cap_texts,
    days_of,
    drawing_texts,
    example_text,
    fund_text,
    fund_title,
    headings,
    most_changed,
    notes,
    refusal_text,
    signed_yuan,
    value_text,
)
from yihui.views.simulation_charts import Curve, bars, curves, what_if

N_ = str  # marks a text for the message catalogue

MOST_ROWS = 60  # of a table; the rest is counted, and stands in the JSON
MOST_FUNDS = 8  # that have a picture of their own
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def page(report: Report, language: Language, now: datetime) -> str:
    """The whole page; every text of a rule, a roll or an event is escaped."""
    drawn = [fund for fund in report.funds if _is_telling(fund)][:MOST_FUNDS]
    environment = Environment(
        loader=PackageLoader("yihui"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.globals.update(
        say=language.say, yuan=yuan, signed=signed_yuan, example=lambda e: example_text(e, language)
    )
    return environment.get_template("simulation.html").render(
        report=report,
        language=language.code,
        policy=POLICY,
        made=f"{now.astimezone(CIVIL_TIME):%Y-%m-%d %H:%M}",
        heads=headings(language),
        notes=list(notes(report, language)),
        days=lambda draft: days_of(draft, language),
        sides=[side for side in most_changed(report, SHOWN * 2) if side],
        areas=by_area(report.organisations),
        months=bars(
            [(pair.key, pair.present_fen // 100, pair.proposed_fen // 100) for pair in report.months],
            language.say(N_("By month (yuan)")),
            language.code,
        ),
        funds=[_fund(fund, language) for fund in drawn],
        more_funds=[fund_text(fund, language) for fund in report.funds if fund not in drawn][:MOST_ROWS],
        drawings=list(drawing_texts(report, language)),
        caps=list(cap_texts(report, language)),
        refusals=[refusal_text(refusal, language) for refusal in report.refusals],
        tried=[
            (value_text(tried.value, report.unit, language), tried, yuan(tried.amount_fen))
            for tried in report.tried
        ],
        tried_chart=what_if(
            [(_short(tried.value, report.unit), tried.amount_fen // 100) for tried in report.tried],
            language.say(N_("if {parameter} is"), parameter=report.parameter),
            language.code,
        ),
        shown=SHOWN,
        most=MOST_ROWS,
    )


def _is_telling(fund: FundUse) -> bool:
    """Whether it runs out, or the draft makes a difference to it."""
    return fund.present != fund.proposed or any(
        use is not None and use.runs_out_on for use in (fund.present, fund.proposed)
    )


def _short(value: int, unit: str | None) -> str:
    return yuan(value) if unit == "fen" else f"{value:,}"


def _fund(fund: FundUse, language: Language) -> tuple[str, str, str]:
    """Title, picture, words."""
    money = 100 if fund.kind == "budget" else 1
    lines = [
        Curve(kind, tuple((day, used // money) for day, used in use.curve), use.runs_out_on)
        for kind, use in (("present", fund.present), ("proposed", fund.proposed))
        if use is not None
    ]
    ceiling = None if fund.size is None else fund.size // money
    title = fund_title(fund, language)
    return title, curves(lines, ceiling, title, language.code), fund_text(fund, language)
