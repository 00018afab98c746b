"""A scenario's comparison as a page to print, and as PDF."""

from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from importlib.resources import files
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from core.text_marks import N_
from yihui.planning.report.pdf import check_weasyprint, render_report_pdf
from yihui.planning.scenario.data import ScenarioFigures
from yihui.planning.scenario.text import caveat_text, finding_text, format_figure, scenario_tables, terms_text
from yihui.planning.text import date_time_text
from yihui.runtime.language import Language
from yihui.views.benefit_report_page import CONTENT_SECURITY_POLICY

if TYPE_CHECKING:
    from yihui.planning.scenario.pictures import ScenarioPlaces


def render_scenario_page(
    name: str,
    changes: Sequence[str],
    figures: ScenarioFigures,
    language: Language,
    now: datetime,
    map_png: bytes | None = None,
) -> str:
    """Render the report as one HTML page that holds everything, the map too. Every text is escaped."""
    environment = Environment(
        loader=PackageLoader("yihui"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    css = files("yihui").joinpath("templates", "coverage_report.css").read_text(encoding="utf-8")
    return environment.get_template("scenario_report.html").render(
        say=language.render,
        language=language.code,
        policy=CONTENT_SECURITY_POLICY,
        css=Markup(css),  # our own file
        name=name,
        changes=changes,
        map=None if map_png is None else f"data:image/png;base64,{b64encode(map_png).decode()}",
        terms=terms_text(figures, language),
        finding=finding_text(figures, language),
        caveat=caveat_text(figures, language),
        is_sample=figures["is_sample"],
        tables=scenario_tables(figures, language),
        shown=lambda value, unit: format_figure(value, unit, figures["unit"], language),
        made=language.render(N_("Made on {when} by Yihui (驿惠)"), when=date_time_text(now, language)),
    )


def render_scenario_pdf(
    name: str,
    changes: Sequence[str],
    figures: ScenarioFigures,
    places: "ScenarioPlaces",
    language: Language,
    now: datetime,
) -> bytes:
    """Render the report with its map as PDF on A4. *Raises*: ReportUnavailable if WeasyPrint or a font is missing."""
    from yihui.planning.scenario.pictures import render_scenario_map

    check_weasyprint()
    picture = render_scenario_map(figures, places, language)
    return render_report_pdf(render_scenario_page(name, changes, figures, language, now, picture))
