"""Render the files of a coverage report; its page works offline, in dark mode, on a phone and printed on A4."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from core.civil_time import CIVIL_TIME
from core.faults import Fault
from core.sheets.workbook_rendering import MINUTE, Cell, Figure, Heading, Worksheet, render_workbook
from core.text_marks import N_
from geo.coverage.demand import PEOPLE_UNIT
from yihui.planning.answer import Answer, KeyFigure, Paragraph, short_amount, value_text
from yihui.planning.charts import (
    class_legend_entries,
    heat_classes,
    render_day_chart,
    render_distance_chart,
    render_gain_curve_chart,
    render_heat_map,
    render_lorenz_chart,
)
from yihui.planning.coverage.answer import list_key_figures
from yihui.planning.report.answer import build_cell_table, distances
from yihui.planning.report.pictures import MapPicture, render_map_pictures
from yihui.planning.report.request import ReportOutputs
from yihui.planning.report.run import CoverageReport
from yihui.planning.report.text import distance_title, limitation_texts, method_texts, study_reach_text
from yihui.planning.study.study import Study
from yihui.planning.tables import show_table, table_worksheet
from yihui.planning.text import (
    day_text,
    demand_unit_label,
    moment_text,
    night_text,
    rest_months_text,
    source_text,
)
from yihui.runtime.language import Language
from yihui.views.page_template import render_file_page
from yihui.views.pdf import ReportUnavailable, check_weasyprint, find_chinese_font, render_report_pdf

_LORENZ = N_(
    "The further the line hangs below the diagonal, the less evenly access is shared; each {who} counts once."
)
_NOT_ALWAYS = ("cities", "townships", "rests", "sites", "curve")  # tables of some reports


def render_coverage_report_page(
    study: Study, answer: Answer, pictures: Sequence[MapPicture], language: Language, now: datetime
) -> str:
    """Render the whole page. Every text from a register or a file is escaped."""
    findings = [one for one in answer.sentences if isinstance(one, Paragraph)]
    who = demand_unit_label(study.demand.unit, language)
    # a province's townships are in the workbook alone
    on_page = [one for one in answer.further if not (study.is_of_province and one.name == "townships")]
    by_section = {one.section: one.text(language) for one in findings}
    context: dict[str, object] = {
        **_words(study, language, now),
        **_charts(study, language),
        "study": study,
        "findings": [(language.translate(one.title), one.text(language)) for one in findings],
        "sums": _sums(study, language),
        "maps": {picture.name: picture for picture in pictures},
        "tables": {**dict.fromkeys(_NOT_ALWAYS), **{one.name: show_table(one, language) for one in on_page}},
        "townships_note": study.townships.outlines.format_source(language) if study.townships else "",
        "method": method_texts(study, language),
        "limits": limitation_texts(study, language),
        "sources": [source_text(source, language) for source in study.sources],
        "equity_texts": [by_section.get("access", ""), language.render(_LORENZ, who=who)],
        "proposal_text": by_section.get("proposals", ""),
    }
    return render_file_page("coverage_report.html", language, **context)


def coverage_report_title(study: Study, language: Language) -> str:
    """Return the title of the report."""
    return language.render(N_("{area}: coverage by service stations"), area=study.area_name)


def _words(study: Study, language: Language, now: datetime) -> dict[str, str]:
    """Return the sentences that only the page has."""
    radius, made = study_reach_text(study, language), day_text(now, language)
    about = {
        "who": demand_unit_label(study.demand.unit, language),
        "radius": radius,
        "monday": day_text(study.monday, language),
    }
    week = N_("Share of {who} (%) with an open place within {radius} at each full hour, week of {monday}.")
    day = N_("{who} with an open place within {radius} by the hour, mean of the week.")
    curve = N_("{who} newly served at best by so many new places.")
    straight = language.render(N_("{radius}, straight line"), **about)
    return {
        "title": coverage_report_title(study, language),
        "reach": straight if study.terms is None else radius,
        "at": moment_text(study.now.at, language),
        "night_at": night_text(study.night.at, language),
        "made": made,
        "made_line": language.render(N_("Made on {when} by Yihui (驿惠)"), when=made),
        "week_note": language.render(week, **about),
        "day_note": language.render(day, **about),
        "curve_note": language.render(curve, **about),
        "rests_note": rest_months_text(study.uses.months, language),
        "sample_note": limitation_texts(study, language)[-1] if study.is_sample else "",
        "review": language.render(N_("Map-review number (审图号): none yet. Publishing this map needs one.")),
    }


def _charts(study: Study, language: Language) -> dict[str, object]:
    proposals, share, unit = study.proposals, study.hours.share, study.demand.unit
    points = [(point.sites, point.cumulative) for point in proposals.curve] if proposals else []
    ways = distance_title(N_("Ways to the nearest open place"), study, language)
    buys = language.render(N_("What each further site buys"))
    return {
        "heat": render_heat_map(share, language.render(N_("The week, hour by hour")), language),
        "heat_legend": class_legend_entries(heat_classes(share)),
        "day": render_day_chart(study, language.render(N_("The day, hour by hour")), language),
        "distances": render_distance_chart(study, ways, language),
        "lorenz": render_lorenz_chart(study.equity.lorenz, language.render(N_("Lorenz curve")), language),
        "curve": render_gain_curve_chart(points, unit, buys, language) if points else "",
    }


def _sums(study: Study, language: Language) -> list[tuple[str, str]]:
    """Return the four key figures at the top of the page."""
    now, night, unit = study.now, study.night.figures.share, study.demand.unit
    found = list_key_figures(now.figures, unit, now.tolerance, study.order.at, night, study.hours)[:2]
    last = KeyFigure(N_("demand"), short_amount(study.demand.total, unit))
    if unit == PEOPLE_UNIT:
        last = KeyFigure(distance_title(N_("half live within"), study, language), distances(now)[0])
    shown = [KeyFigure(N_("places in the register"), study.counts.total), *found, last]
    return [(language.translate(one.title), value_text(one.value, language)) for one in shown]


def _build_about(study: Study, answer: Answer, language: Language, now: datetime) -> Worksheet:
    """Return the worksheet with findings, method, limitations and sources; its dates are dates, in column B."""
    moments = ((N_("As of"), study.now.at), (N_("the night from"), study.night.at), (N_("Made on"), now))
    parts = (
        (N_("Findings"), [one.text(language) for one in answer.sentences if isinstance(one, Paragraph)]),
        (N_("how it was reckoned"), method_texts(study, language)),
        (N_("what it can't tell"), limitation_texts(study, language)),
    )
    rows: list[Sequence[Cell]] = [[Heading(coverage_report_title(study, language))]]
    for name, at in moments:
        civil = Figure(at.astimezone(CIVIL_TIME).replace(tzinfo=None), MINUTE)
        rows.append((language.translate(name), civil))
    rows += [[language.render(N_("week that begins on")), study.monday], []]
    for name, lines in parts:
        rows += [[Heading(language.translate(name))], *([line] for line in lines), []]
    rows.append([Heading(language.translate(N_("Sources")))])
    rows += [[source_text(source, language), source.day] for source in study.sources]
    return Worksheet(language.render(N_("about")), rows)


def select_possible_outputs(outputs: ReportOutputs) -> tuple[ReportOutputs, tuple[Fault, ...]]:
    """Return the outputs for which this machine has fonts and libraries, and what the others lack."""
    possible = ReportOutputs(xlsx=outputs.xlsx, map=outputs.map)
    try:
        if outputs.needs_map_pictures:
            find_chinese_font()
        possible = replace(outputs, pdf=None)
        if outputs.pdf is not None:
            check_weasyprint()
    except ReportUnavailable as error:
        return possible, error.faults
    return outputs, ()


def render_report_files(
    report: CoverageReport, answer: Answer, language: Language
) -> Iterator[tuple[Path, str | bytes]]:
    """Yield each file with its path, rendered when it is asked for."""
    study, now, outputs = report.study, report.now, report.outputs
    maps = tuple(render_map_pictures(study, language, report.below)) if outputs.needs_map_pictures else ()
    if outputs.html is not None or outputs.pdf is not None:
        page = render_coverage_report_page(study, answer, maps, language, now)
        if outputs.html is not None:
            yield outputs.html, page
        if outputs.pdf is not None:
            yield outputs.pdf, render_report_pdf(page)
    if outputs.png is not None:
        yield from ((outputs.png / f"{picture.name}.png", picture.png) for picture in maps)
    if outputs.xlsx is not None:
        tables = (*answer.further, build_cell_table(study, language))
        sheets = [table_worksheet(table, language) for table in tables]
        yield outputs.xlsx, render_workbook([_build_about(study, answer, language, now), *sheets], now)
    if outputs.map is not None and report.map is not None:
        from yihui.planning.map.answer import render_map_page

        yield outputs.map, render_map_page(report.map, language)
