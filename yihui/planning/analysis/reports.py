"""Analyses whose result is files: the coverage report, the map, and the layers for GIS programs."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.planning.analysis.fields import AnalysisValues
from yihui.planning.analysis.result import AnalysisResult, AnalysisRun, read_demand_options
from yihui.planning.study.request import StudyOrder
from yihui.runtime.progress import begin_step

_REPORT_TARGETS = ("pdf", "xlsx", "html", "map", "png")
REPORT_VALUE_FAULTS = FaultTable(
    "analysis",
    {
        "no_target": (N_("no file is chosen"), N_("choose in which form you want it")),
    },
)
EXPORT_OPTION_FAULTS = FaultTable(
    "usage",
    {
        "nowhere": (
            N_("nothing says where to write"),
            N_("add --gpkg FILE.gpkg or --geoparquet FOLDER, or both"),
        ),
    },
)


def _study_order(values: AnalysisValues, at: datetime) -> StudyOrder:
    return StudyOrder(
        values.text("area"),
        at,
        register=values.optional("register"),
        radius_m=values.number("radius", 1_000),
        demand=values.text("demand"),
        demand_file=read_demand_options(values),
        sites=values.optional_whole("sites"),
        townships=values.file("townships"),
        datum=values.datum("townships-datum"),
    )


def check_report_values(values: AnalysisValues) -> None:
    """*Raises*: FaultError unless a file is to be written."""
    _require_target(values, _REPORT_TARGETS)


def check_layer_values(values: AnalysisValues) -> None:
    """*Raises*: FaultError unless a file is to be written."""
    _require_target(values, ["gpkg", "geoparquet"])


def _require_target(values: AnalysisValues, options: Sequence[str]) -> None:
    if not any(values.is_ticked(one) for one in options):
        raise FaultError(REPORT_VALUE_FAULTS.build("no_target", field=f"--{options[0]}"))


_STUDY_STEPS, _SITE_STEPS = 5, 4  # as `build_study` begins them


def _count_study_steps(values: AnalysisValues) -> int:
    return _STUDY_STEPS + (_SITE_STEPS if values.optional_whole("sites") else 0)


def count_report_steps(values: AnalysisValues) -> int:
    """Count the steps of a report: its study, its map, and its files."""
    # The ways of the demand, of empty ground between its gaps, the map's gaps, and the sites and doors proposed.
    asked = 2 + values.is_ticked("map") + 2 * bool(values.optional_whole("sites"))
    ways = bool(values.text("travel")) * asked
    return _count_study_steps(values) + 2 * values.is_ticked("map") + 1 + ways


def count_layer_steps(values: AnalysisValues) -> int:
    """Count the steps of layers: their study, and their files."""
    return _count_study_steps(values) + 1


def count_map_steps(values: AnalysisValues) -> int:
    """Count the steps of a map: its ground, its ways, its levels, its hours, its gaps, and its page."""
    gaps = values.optional("gaps")
    ways = bool(values.text("travel")) * (1 + bool(gaps))
    return 3 + (values.is_ticked("hours") or gaps == "night") + bool(gaps) + ways


def run_coverage_report(run: AnalysisRun) -> AnalysisResult:
    """Write the coverage report of an area. *Raises*: FaultError."""
    from yihui.planning.report.data import coverage_report_json
    from yihui.planning.report.files import render_report_files
    from yihui.planning.report.request import ReportOutputs, default_report_instant
    from yihui.planning.report.run import build_coverage_report
    from yihui.planning.report.text import report_lines

    values, area = run.values, run.values.text("area")
    order = _study_order(values, values.instant() or default_report_instant(run.now))
    order = replace(order, streets=run.open_reach(order.radius_m))
    html, pdf, xlsx = (
        run.output(ending, f"coverage-{area}.{ending}", values.is_ticked(ending))
        for ending in ("html", "pdf", "xlsx")
    )
    map_page = run.output("map", f"map-{area}.html", values.is_ticked("map"))
    outputs = ReportOutputs(html, pdf, xlsx, run.output_folder("png"), map_page)
    report = build_coverage_report(run.wiring, order, outputs)
    advance = begin_step(sum(map(values.is_ticked, _REPORT_TARGETS)))
    written: list[tuple[Path, str | bytes]] = []
    for path, content in render_report_files(report, outputs, run.language):
        written.append((path, content))
        advance(len({one.suffix for one, _ in written}))
    study = report.study
    lines, notes = [*report_lines(study, run.language)], run.notes(study.notes)
    return AnalysisResult(lines, (), notes, lambda: coverage_report_json(study), written)


def run_layers(run: AnalysisRun) -> AnalysisResult:
    """Write an area's layers for GIS programs. *Raises*: FaultError."""
    from yihui.planning.study.layers import (
        build_study_layers,
        export_metadata,
        plan_export_json,
        plan_export_lines,
        render_layer_files,
    )
    from yihui.planning.study.run import build_study

    values, area = run.values, run.values.text("area")
    gpkg = run.output("gpkg", f"layers-{area}.gpkg", values.is_ticked("gpkg"))
    folder = run.output_folder("geoparquet")
    if gpkg is None and folder is None:
        raise FaultError(EXPORT_OPTION_FAULTS.build("nowhere", field="--gpkg"))
    study = build_study(run.wiring, _study_order(values, values.instant_or_now()))
    begin_step()
    layers = tuple(build_study_layers(study, run.language))
    about = export_metadata(study, run.language, run.now)
    files = [*render_layer_files(layers, about, gpkg, folder)]
    names = [run.name_of(path) for path, _ in files]
    lines = [*plan_export_lines(layers, run.language), *(f"{name}: {text}" for name, text in about.items())]
    return AnalysisResult(lines, figures=lambda: plan_export_json(layers, names, about), files=files)


def run_map(run: AnalysisRun) -> AnalysisResult:
    """Draw the map of an area. *Raises*: FaultError."""
    from yihui.planning.map.data import render_map_page
    from yihui.planning.map.request import CoverageMapOrder
    from yihui.planning.map.run import build_coverage_map
    from yihui.planning.map.text import drawn_map_text, map_street_lines

    values, area = run.values, run.values.text("area")
    page, radius_m = run.output("out", f"map-{area}.html"), values.number("radius", 1_000)
    order = CoverageMapOrder(
        area,
        values.instant_or_now(),
        values.is_ticked("hours"),
        values.optional("gaps"),
        values.file("proposals"),
        values.optional("tiles"),
        register=values.optional("register"),
        radius_m=radius_m,
        demand=values.text("demand"),
        demand_file=read_demand_options(values),
        townships=values.file("townships"),
        datum=values.datum("townships-datum"),
        streets=run.open_reach(radius_m),
    )
    assert page is not None, "a map is one file"
    found = build_coverage_map(run.wiring, order)
    begin_step()
    name = Path(run.name_of(page))
    lines = [drawn_map_text(found, name, run.language), *map_street_lines(found, run.language)]
    return AnalysisResult(lines, files=[(page, render_map_page(found, run.language))])
