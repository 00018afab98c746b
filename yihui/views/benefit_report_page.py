"""The report on benefits as one HTML file: opens without a network, in the dark, on a phone and on A4."""

from datetime import datetime

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from benefits import RunRate
from core.civil_time import CIVIL_TIME
from rules import yuan
from yihui.runtime.language import Language
from yihui.views.benefit_report import (
    METHOD,
    MOVED,
    STANDS,
    TITLES,
    BenefitReport,
    empty_text,
    group_title,
    pace_text,
    span_text,
)
from yihui.views.simulation_charts import Curve, bars, curves

N_ = str  # marks a text for the message catalogue

MOST_ROWS = 200  # of a table; the rest is counted, and stands in the workbook
MOST_BUDGETS = 12  # that have a picture
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def report_page(report: BenefitReport, language: Language, now: datetime) -> str:
    """The whole page; every text of a rule or a roll is escaped."""
    environment = Environment(
        loader=PackageLoader("yihui"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.globals.update(say=language.say, text=language.text, yuan=yuan)
    return environment.get_template("benefit_report.html").render(
        report=report,
        language=language.code,
        policy=POLICY,
        made=f"{now.astimezone(CIVIL_TIME):%Y-%m-%d %H:%M}",
        span=span_text(report, language),
        heading=language.text(TITLES[report.by]),
        moved=MOVED,
        stands=STANDS,
        method=[language.text(text) for text in METHOD],
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
    return empty_text(rate, language) if rate.ceiling_fen is not None else ""


def _months(report: BenefitReport, language: Language) -> Markup:
    """Used beside paid, month by month."""
    return bars(
        [(g.key, g.figures.redeemed_fen // 100, g.figures.settled_fen // 100) for g in report.months],
        language.say(N_("used and paid, by month (yuan)")),
        language.code,
    )


def _groups(report: BenefitReport, language: Language) -> Markup:
    """Granted beside handed out, of the largest groups."""
    if report.by == "month":
        shown = list(report.groups)[-12:]
    else:
        shown = sorted(report.groups, key=lambda group: -group.figures.granted_fen)[:6]
    return bars(
        [(_short(g.title or "–"), g.figures.granted_fen // 100, g.figures.issued_fen // 100) for g in shown],
        language.say(N_("promised and handed out (yuan)")),
        language.code,
    )


def _short(title: str) -> str:
    return title if len(title) <= 7 else title[:6] + "…"


def _budget(rate: RunRate, language: Language) -> Markup:
    """What was promised by the end of each day, the ceiling, and where the pace leads."""
    points = tuple((day, fen // 100) for day, fen in rate.curve)
    if not points:
        return Markup("")
    ceiling = None if rate.ceiling_fen is None else rate.ceiling_fen // 100
    return curves([Curve("proposed", points, rate.empty_on)], ceiling, rate.budget, language.code)
