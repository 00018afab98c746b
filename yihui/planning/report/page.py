"""The report on coverage as one HTML file: opens without a network, in the dark, on a phone and on A4."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from math import isfinite
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from geo.coverage.demand import PEOPLE_UNIT
from yihui.planning.report.charts import (
    curve_chart,
    day_chart,
    distance_chart,
    heat_classes,
    heat_map,
    legend_of,
    lorenz_chart,
)
from yihui.planning.report.findings import findings
from yihui.planning.report.method import limits, method
from yihui.planning.report.phrases import (
    amount,
    amount_text,
    clock,
    distance_text,
    months_text,
    of_now,
    percent,
    source_text,
    who,
)
from yihui.planning.report.pictures import Picture
from yihui.planning.report.tables import Cell, Table, Unit, tables
from yihui.runtime.language import Language
from yihui.views.benefit_report_page import CONTENT_SECURITY_POLICY

if TYPE_CHECKING:
    from yihui.planning.study.study import Study

N_ = str  # marks a text for the message catalogue

TABLES = (
    "cities",
    "counties",
    "week",
    "day",
    "distances",
    "equity",
    "gaps",
    "gaps_at_times",
    "rests",
    "proposals",
    "curve",
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture as a page holds it: inside."""

    src: str
    caption: str


def report_page(study: "Study", pictures: Sequence[Picture], language: Language, now: datetime) -> str:
    """The whole page; every text of a register or a file is escaped."""
    environment = Environment(
        loader=PackageLoader("yihui"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.globals.update(say=language.render, shown=_Cells(study, language).shown)
    found = findings(study, language)
    by_section = {finding.section: finding.text for finding in found}
    context = {
        **_words(study, language, now),
        **_charts(study, language),
        "study": study,
        "language": language.code,
        "policy": CONTENT_SECURITY_POLICY,
        "css": Markup(
            files("yihui").joinpath("templates", "coverage_report.css").read_text(encoding="utf-8")
        ),
        "findings": found,
        "sums": _sums(study, language),
        "maps": {picture.name: _inside(picture) for picture in pictures},
        "tables": _named(tables(study, language)),
        "method": method(study, language),
        "limits": limits(study, language),
        "sources": [source_text(source, language) for source in study.sources],
        "equity_texts": _equity(study, by_section.get("access", ""), language),
        "proposal_text": by_section.get("proposals", ""),
    }
    return environment.get_template("coverage_report.html").render(context)


def report_title(study: "Study", language: Language) -> str:
    """What the report is called."""
    return language.render(N_("{area}: coverage by service stations"), area=study.area_name)


class _Cells:
    """Numbers of tables as people read them."""

    def __init__(self, study: "Study", language: Language) -> None:
        self._unit = study.demand.unit
        self._language = language

    def shown(self, value: Cell, unit: str) -> str:
        if value is None:
            return "–"
        if isinstance(value, str):
            return value
        return self._number(float(value), unit)

    def _number(self, value: float, unit: str) -> str:
        if unit == Unit.METRES:
            return distance_text(value, self._language)
        if not isfinite(value):
            return "–"
        if unit == Unit.DEMAND:
            return amount(value, self._unit)
        if unit == Unit.SHARE:
            return percent(value)
        return {Unit.COUNT: f"{value:,.0f}", Unit.KM2: f"{value:,.1f}", Unit.DEGREES: f"{value:.4f}"}.get(
            Unit(unit), f"{value:.2f}"
        )


def _inside(picture: Picture) -> Shown:
    return Shown(f"data:image/png;base64,{b64encode(picture.png).decode()}", picture.caption)


def _named(made: Sequence[Table]) -> dict[str, Table | None]:
    by_name: dict[str, Table | None] = dict.fromkeys(TABLES)
    return by_name | {table.name: table for table in made}


def _words(study: "Study", language: Language, now: datetime) -> dict[str, str]:
    """The page's own sentences."""
    radius = distance_text(study.reach.radius_m, language)
    subject = who(study.demand.unit, language)
    made = clock(now, language)
    week = N_("Share of {who} (%) with an open place within {radius} at each full hour, week of {monday}.")
    day = N_("{who} with an open place within {radius} by the hour, mean of the week.")
    curve = N_("{who} newly served at best by so many new places.")
    return {
        "title": report_title(study, language),
        "radius": radius,
        "at": clock(study.now.at, language),
        "night_at": clock(study.night.at, language),
        "made": made,
        "made_line": language.render(N_("Made on {when} by Yihui (驿惠)"), when=made),
        "week_note": language.render(week, who=subject, radius=radius, monday=study.monday.isoformat()),
        "day_note": language.render(day, who=subject, radius=radius),
        "curve_note": language.render(curve, who=subject),
        "rests_note": months_text(study.uses.months, language),
        "sample_note": limits(study, language)[-1] if study.is_sample else "",
        "review": language.render(N_("Map-review number (审图号): none yet. Publishing this map needs one.")),
    }


def _charts(study: "Study", language: Language) -> dict[str, object]:
    proposals = study.proposals
    points = [(point.sites, point.cumulative) for point in proposals.curve] if proposals else []
    unit = study.demand.unit
    return {
        "heat": heat_map(study.hours.share, language.render(N_("The week, hour by hour")), language),
        "heat_legend": legend_of(heat_classes(study.hours.share)),
        "day": day_chart(study, language.render(N_("The day, hour by hour")), language),
        "distances": distance_chart(study, language.render(N_("Ways to the nearest open place")), language),
        "lorenz": lorenz_chart(study.equity.lorenz, language.render(N_("Lorenz curve"))),
        "curve": curve_chart(points, unit, language.render(N_("What each further site buys")), language)
        if points
        else "",
    }


def _sums(study: "Study", language: Language) -> list[tuple[str, str]]:
    """Four figures that are seen first."""
    subject = who(study.demand.unit, language)
    return [
        (language.render(N_("places in the register")), f"{study.counts.total:,}"),
        (
            of_now(study, N_("{who} served by day"), N_("{who} served at {hour}"), language, who=subject),
            percent(study.now.figures.share),
        ),
        (language.render(N_("{who} served by night"), who=subject), percent(study.night.figures.share)),
        (language.render(N_("half live within")), distance_text(study.now.figures.median_m, language))
        if study.demand.unit == PEOPLE_UNIT
        else (language.render(N_("demand")), amount_text(study.demand.total, study.demand.unit, language)),
    ]


def _equity(study: "Study", finding: str, language: Language) -> list[str]:
    line = N_(
        "The further the line hangs below the diagonal, the less evenly access is shared; each {who} counts once."
    )
    return [finding, language.render(line, who=who(study.demand.unit, language))]
