"""The kinds of analyses: what each one checks, how many steps its progress has, and how it is computed."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.planning.analysis.fields import AnalysisValues
from yihui.planning.analysis.forms import DEFAULT_SPACING_RULE
from yihui.planning.analysis.orders import AnalysisRun, read_order, require_target
from yihui.planning.answer import Answer
from yihui.planning.order import StudyOrder
from yihui.planning.tables import table_csv, tables_geojson
from yihui.runtime.progress import begin_step

if TYPE_CHECKING:
    from yihui.planning.access.request import AccessOrder
    from yihui.planning.comparison.request import CompareOrder
    from yihui.planning.coverage.request import CoverageOrder
    from yihui.planning.gaps.request import GapOrder
    from yihui.planning.siting.request import SitingOrder

_REPORT_TARGETS = ("pdf", "xlsx", "html", "map", "png")
_STUDY_STEPS, _SITE_STEPS = 5, 4  # as `build_study` begins them
ANALYSIS_FAULTS = FaultTable(
    "analysis",
    {
        "no_table": (N_("no table of capacities is given"), N_("choose the file, or another capacity")),
        "same_sides": (
            N_("before and after are the same"),
            N_("choose a day, a register or a file for “before” or for “after”"),
        ),
        "no_weasyprint": (
            N_("there is no PDF: this site can't make one"),
            N_("print the page instead; whoever runs the site can install what PDF files need"),
        ),
        "no_chinese_font": (
            N_("there is no page, PDF or picture: this site has no Chinese font for their maps"),
            N_("the workbook has all figures; whoever runs the site can install a font"),
        ),
        "two_sides": (
            N_("a file and also a day or a register are chosen for one side"),
            N_("leave out one of them"),
        ),
    },
)
EXPORT_OPTION_FAULTS = FaultTable(
    "usage",
    {
        "nowhere": (
            N_("nothing says where to write"),
            N_("add --gpkg FILE.gpkg or --geoparquet FOLDER, or both"),
        )
    },
)


def _check_streets(values: AnalysisValues) -> None:
    """*Raises*: FaultError for minutes without a way of travelling."""
    from yihui.planning.street_reach import check_street_options

    check_street_options(values.optional("travel"), values.optional_number("minutes"), None)


def _coverage_order(values: AnalysisValues) -> "CoverageOrder":
    from yihui.planning.coverage.request import CoverageOrder

    kinds = [one.strip().lower() for one in values.several("kind")]
    return read_order(CoverageOrder, "coverage", values, at=values.instant_or_usual(), kinds=kinds)


def _check_coverage(values: AnalysisValues) -> None:
    """*Raises*: FaultError for communities without outlines; those of townships may be with the built streets."""
    from yihui.planning.coverage.run import COVERAGE_FAULTS

    if values.text("by") == "community" and values.file("outlines") is None:
        raise FaultError(COVERAGE_FAULTS.build("no_such_outlines", field="--by", value=values.text("by")))


def _run_coverage(run: AnalysisRun) -> Answer:
    from yihui.planning.coverage.answer import build_coverage_answer, build_hours_table
    from yihui.planning.coverage.run import measure_coverage

    order = _coverage_order(run.values)
    csv = run.output("csv", f"coverage-{order.area}.csv")
    order = replace(order, streets=run.open_reach(order.radius_m, run.values.number("minutes", 15)))
    found = measure_coverage(run.wiring, order)
    answer = build_coverage_answer(found, run.language)
    if csv is None:
        return answer
    is_by_hour = order.hours and order.by != "cell"
    table = build_hours_table(found) if is_by_hour else answer.tables[0]
    return replace(answer, files=[(csv, table_csv(table, run.language))])


def _access_order(values: AnalysisValues) -> "AccessOrder":
    from yihui.planning.access.request import AccessOrder, choose_zones

    zones = choose_zones(values.optional_number("radius"), values.optional("zones"))
    table, capacity = values.file("capacity-file"), values.text("capacity") or "1"
    if capacity == "table":  # one that was chosen in a form
        if table is None:
            raise FaultError(ANALYSIS_FAULTS.build("no_table", field="--capacity-file"))
        capacity = str(table)
    at = values.instant_or_usual()
    return read_order(AccessOrder, "access", values, at=at, zones=zones, capacity=capacity, radius_m=1_000.0)


def _check_access(values: AnalysisValues) -> None:
    from yihui.planning.street_reach import check_one_limit

    _check_streets(values)
    others = {f"--{one}": values.optional(one) for one in ("radius", "zones")}
    check_one_limit(values.optional_number("minutes"), others)
    _access_order(values).check()


def _run_access(run: AnalysisRun) -> Answer:
    from yihui.planning.access.answer import build_access_answer
    from yihui.planning.access.run import measure_access

    order = _access_order(run.values)
    order = replace(order, streets=run.open_reach(order.zones[-1][0]))
    found = measure_access(run.wiring, order)
    return build_access_answer(found, run.language, run.values.text("capacity") or "1")


def _gap_order(values: AnalysisValues) -> "GapOrder":
    from yihui.planning.gaps.request import GapOrder, parse_clock_hours

    clock = values.optional("hours")
    return read_order(GapOrder, "gaps", values, clock=parse_clock_hours(clock) if clock else None)


def _check_gaps(values: AnalysisValues) -> None:
    _check_streets(values)
    _gap_order(values).check()


def _run_gaps(run: AnalysisRun) -> Answer:
    from yihui.planning.gaps.answer import build_gap_table, build_gaps_answer, list_gap_sources
    from yihui.planning.gaps.run import find_gaps

    order, language = _gap_order(run.values), run.language
    geojson = run.output("geojson", f"gaps-{order.area}.geojson")
    found = find_gaps(run.wiring, replace(order, streets=run.open_reach(order.radius_m)))
    answer = build_gaps_answer(found, language)
    if geojson is None:
        return answer
    about = {"demand": found.demand_title, "sources": list_gap_sources(found, language)}
    drawn = tables_geojson({"gap": build_gap_table(found, found.gaps, language)}, language, about)
    return replace(answer, files=[(geojson, json.dumps(drawn, ensure_ascii=False))])


def _run_searches(run: AnalysisRun) -> Answer:
    from yihui.planning.searches.answer import build_searches_answer
    from yihui.planning.searches.request import SearchesOrder
    from yihui.planning.searches.run import find_unmet_searches

    order, language = read_order(SearchesOrder, "searches", run.values), run.language
    geojson = run.output("geojson", f"searches-{order.area}.geojson")
    answer = build_searches_answer(find_unmet_searches(run.wiring, order), language)
    if geojson is None:
        return answer
    drawn = tables_geojson({one.name: one for one in answer.tables}, language, {})
    return replace(answer, files=[(geojson, json.dumps(drawn, ensure_ascii=False))])


def _siting_order(values: AnalysisValues) -> "SitingOrder":
    from yihui.planning.siting.request import (
        SITING_OPTION_FAULTS,
        SitingOrder,
        parse_fixed_option,
        parse_hour_of_week,
        parse_siting_model,
        parse_spacing_rule,
    )
    from yihui.runtime.arguments import parse_fen

    budget, cost = values.optional("budget"), values.optional("cost")
    hour = values.optional("hour-of-week")
    if values.instant() and hour:
        raise FaultError(SITING_OPTION_FAULTS.build("instant_and_hour", field="--at"))
    return read_order(
        SitingOrder,
        "sites",
        values,
        at=parse_hour_of_week(hour, values.now) if hour else values.instant_or_usual(),
        goal=parse_siting_model(values.text("model") or "mclp"),
        budget_fen=parse_fen(budget, "--budget") if budget else None,
        cost_fen=parse_fen(cost, "--cost") if cost else None,
        keep=parse_fixed_option(values.text("fixed") or "existing"),
        rule=parse_spacing_rule(values.text("spacing-rule") or DEFAULT_SPACING_RULE),
    )


def _check_sites(values: AnalysisValues) -> None:
    _check_streets(values)
    _siting_order(values).check()


def _count_site_steps(values: AnalysisValues) -> int:
    """Count the steps: the ground, the plan, and what else is computed of it."""
    from geo.siting.street_ways import MOST_WAY_QUESTIONS
    from yihui.planning.siting.request import parse_siting_model

    extras = values.is_ticked("extended-hours") + values.is_ticked("curve")
    streets = bool(values.text("travel")) * (1 + values.is_ticked("extended-hours"))
    if streets and not parse_siting_model(values.text("model") or "mclp").is_cover:
        streets += MOST_WAY_QUESTIONS
    return 2 + streets + extras + bool(values.whole("stability", 0))


def _run_sites(run: AnalysisRun) -> Answer:
    from yihui.planning.siting.answer import build_siting_answer, siting_geojson
    from yihui.planning.siting.run import load_checked_inputs, propose_sites_from_inputs

    order, language = _siting_order(run.values), run.language
    geojson = run.output("geojson", f"sites-{order.area}.geojson")
    if (streets := run.open_reach(order.radius_m)) is not None:
        order = replace(order, streets=streets, radius_m=streets.straight_m)
    inputs = load_checked_inputs(run.wiring, order)
    found = propose_sites_from_inputs(run.wiring, inputs)
    answer = build_siting_answer(order, found, language, inputs)
    if geojson is None:
        return answer
    drawn = siting_geojson(answer, found, language)
    return replace(answer, files=[(geojson, json.dumps(drawn, ensure_ascii=False))])


def _side(values: AnalysisValues, side: str) -> str:
    """Return a side as the command writes it: a path, a name, a date, or name@date. *Raises*: FaultError."""
    file, register, day = values.file(f"{side}-file"), values.text(side), values.text(f"{side}-day")
    if file is None:
        return "@".join(part for part in (register, day) if part) or "now"
    if register or day:
        raise FaultError(ANALYSIS_FAULTS.build("two_sides", field=f"--{side}-file"))
    return str(file)


def _comparison_order(values: AnalysisValues) -> "CompareOrder":
    from yihui.planning.comparison.request import CompareOrder

    before, after = _side(values, "before"), _side(values, "after")
    at = values.instant_or_usual()
    return read_order(CompareOrder, "comparison", values, before=before, after=after, at=at)


def _check_comparison(values: AnalysisValues) -> None:
    order = _comparison_order(values)
    if order.before == order.after:
        raise FaultError(ANALYSIS_FAULTS.build("same_sides", field="--before"))


def _run_comparison(run: AnalysisRun) -> Answer:
    from yihui.planning.comparison.answer import build_comparison_answer, build_points_table
    from yihui.planning.comparison.run import compare_registers

    order = _comparison_order(run.values)
    points = run.output("points", f"comparison-{order.area}-points.csv")
    found = compare_registers(run.wiring, order)
    shown = replace(order, before=run.name_of(order.before), after=run.name_of(order.after))
    answer = build_comparison_answer(replace(found, order=shown), run.language)
    if points is None:
        return answer
    return replace(answer, files=[(points, table_csv(build_points_table(found), run.language))])


def _count_study_steps(values: AnalysisValues) -> int:
    return _STUDY_STEPS + (_SITE_STEPS if values.optional_whole("sites") else 0)


def _count_report_steps(values: AnalysisValues) -> int:
    """Count the steps of a report: its study, its map, and its files."""
    # The ways of the demand, of empty ground between its gaps, the map's gaps, and the sites and doors proposed.
    asked = 2 + values.is_ticked("map") + 2 * bool(values.optional_whole("sites"))
    ways = bool(values.text("travel")) * asked
    return _count_study_steps(values) + 2 * values.is_ticked("map") + 1 + ways


def _count_map_steps(values: AnalysisValues) -> int:
    """Count the steps of a map: its ground, its ways, its levels, its hours, its gaps, and its page."""
    gaps = values.optional("gaps")
    ways = bool(values.text("travel")) * (1 + bool(gaps))
    return 3 + (values.is_ticked("hours") or gaps == "night") + bool(gaps) + ways


def _run_report(run: AnalysisRun) -> Answer:
    from yihui.planning.report.answer import build_report_answer
    from yihui.planning.report.page import render_report_files
    from yihui.planning.report.request import ReportOutputs
    from yihui.planning.report.run import build_coverage_report

    values, area = run.values, run.area
    at = values.instant_or_usual()
    order = read_order(StudyOrder, "report", values, at=at)
    order = replace(order, streets=run.open_reach(order.radius_m))
    html, pdf, xlsx = (
        run.output(ending, f"coverage-{area}.{ending}", values.is_ticked(ending))
        for ending in ("html", "pdf", "xlsx")
    )
    map_page = run.output("map", f"map-{area}.html", values.is_ticked("map"))
    outputs = ReportOutputs(html, pdf, xlsx, run.output_folder("png"), map_page)
    report = build_coverage_report(run.wiring, order, outputs)
    answer = build_report_answer(report.study, run.language)
    advance = begin_step(sum(map(values.is_ticked, _REPORT_TARGETS)))
    written: list[tuple[Path, str | bytes]] = []
    for path, content in render_report_files(report, answer, run.language):
        written.append((path, content))
        advance(len({one.suffix for one, _ in written}))
    lacking = report.lacking
    if run.folder is not None:  # an officer can install nothing
        lacking = tuple(ANALYSIS_FAULTS.build(one.short_code, severity="warning") for one in lacking)
    return replace(answer, files=written, notes=(*answer.notes, *lacking), lacks_files=bool(lacking))


def _run_layers(run: AnalysisRun) -> Answer:
    from yihui.planning.study.layers import build_layers_answer, render_layer_files
    from yihui.planning.study.run import build_study

    gpkg = run.output("gpkg", f"layers-{run.area}.gpkg", run.values.is_ticked("gpkg"))
    folder = run.output_folder("geoparquet")
    if gpkg is None and folder is None:
        raise FaultError(EXPORT_OPTION_FAULTS.build("nowhere", field="--gpkg"))
    order = read_order(StudyOrder, "layers", run.values, at=run.values.instant_or_usual())
    study = build_study(run.wiring, order)
    begin_step()
    answer, layers, about = build_layers_answer(study, run.language, run.now)
    return replace(answer, files=[*render_layer_files(layers, about, gpkg, folder)])


def _run_map(run: AnalysisRun) -> Answer:
    from yihui.planning.map.answer import build_map_answer, render_map_page
    from yihui.planning.map.request import CoverageMapOrder
    from yihui.planning.map.run import build_coverage_map

    values = run.values
    page, at = run.output("out", f"map-{run.area}.html"), values.instant_or_usual()
    order = read_order(CoverageMapOrder, "map", values, at=at, with_hours=values.is_ticked("hours"))
    order = replace(order, streets=run.open_reach(order.radius_m))
    assert page is not None, "a map is one file"
    found = build_coverage_map(run.wiring, order)
    begin_step()
    answer = build_map_answer(found, Path(run.name_of(page)), run.language)
    return replace(answer, files=[(page, render_map_page(found, run.language))])


def _accept(values: AnalysisValues) -> None:
    """Accept values that can't contradict each other."""


@dataclass(frozen=True, slots=True)
class AnalysisKind:
    """The work of a kind of analysis, and the check of values that may contradict each other."""

    run: Callable[[AnalysisRun], Answer]
    count_steps: Callable[[AnalysisValues], int]  # for its progress; an analysis may leave out the last ones
    check: Callable[[AnalysisValues], None] = _accept


# By the code of its form.
ANALYSIS_KINDS: Mapping[str, AnalysisKind] = {
    "report": AnalysisKind(
        _run_report, _count_report_steps, lambda values: require_target(values, _REPORT_TARGETS)
    ),
    "coverage": AnalysisKind(_run_coverage, lambda values: 2 + values.is_ticked("hours"), _check_coverage),
    "gaps": AnalysisKind(_run_gaps, lambda values: 3 + bool(values.text("travel")), _check_gaps),
    "searches": AnalysisKind(_run_searches, lambda values: 2),
    "access": AnalysisKind(_run_access, lambda values: 2 + bool(values.text("travel")), _check_access),
    "sites": AnalysisKind(_run_sites, _count_site_steps, _check_sites),
    "comparison": AnalysisKind(
        _run_comparison, lambda values: 2 + values.is_ticked("hours"), _check_comparison
    ),
    "map": AnalysisKind(_run_map, _count_map_steps),
    "layers": AnalysisKind(
        _run_layers,
        lambda values: _count_study_steps(values) + 1,
        lambda values: require_target(values, ["gpkg", "geoparquet"]),
    ),
}
