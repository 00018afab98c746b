"""Analyses that measure an area: coverage, access and gaps."""

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.planning.analysis.fields import AnalysisValues
from yihui.planning.analysis.result import (
    MOST_ROWS,
    AnalysisResult,
    AnalysisRun,
    build_table,
    read_demand_options,
)

if TYPE_CHECKING:
    from yihui.planning.access.request import AccessOrder
    from yihui.planning.coverage.request import CoverageOrder
    from yihui.planning.gaps.request import GapOrder

MEASURE_FAULTS = FaultTable(
    "analysis",
    {
        "no_table": (N_("no table of capacities is given"), N_("choose the file, or another capacity")),
    },
)


def check_street_values(values: AnalysisValues) -> None:
    """*Raises*: FaultError for minutes without a way of travelling."""
    from yihui.planning.street_reach import check_street_options

    check_street_options(values.optional("travel"), values.optional_number("minutes"), None)


def _coverage_order(values: AnalysisValues) -> "CoverageOrder":
    """Build the order without the streets, as all these functions. *Raises*: FaultError."""
    from yihui.planning.coverage.request import CoverageOrder

    return CoverageOrder(
        area=values.text("area"),
        at=values.instant_or_now(),
        radius_m=values.number("radius", 1_000),
        by=values.text("by") or "county",
        demand=values.text("demand"),
        demand_file=read_demand_options(values),
        register=values.optional("register"),
        member=values.is_ticked("member"),
        employer=values.text("employer"),
        kinds=[one.strip().lower() for one in values.several("kind")],
        resolution=values.whole("resolution", 7),
        outlines=values.file("outlines"),
        townships=values.file("townships"),
        datum=values.datum("outlines-datum"),
        hours=values.is_ticked("hours"),
    )


def check_coverage_values(values: AnalysisValues) -> None:
    """*Raises*: FaultError for communities without outlines; those of townships may be with the built streets."""
    from yihui.planning.coverage.run import COVERAGE_FAULTS

    if values.text("by") == "community" and values.file("outlines") is None:
        raise FaultError(COVERAGE_FAULTS.build("no_such_outlines", field="--by", value=values.text("by")))


def count_coverage_steps(values: AnalysisValues) -> int:
    """Count the steps: the ground, the coverage, and that of each hour."""
    return 2 + values.is_ticked("hours")


def run_coverage(run: AnalysisRun) -> AnalysisResult:
    """Measure coverage. *Raises*: FaultError."""
    from yihui.planning.coverage.data import coverage_csv, coverage_json
    from yihui.planning.coverage.run import measure_coverage
    from yihui.planning.coverage.text import (
        coverage_summary_lines,
        coverage_table,
        coverage_week_table,
        night_sentence,
    )

    language, csv = run.language, run.output("csv", f"coverage-{run.values.text('area')}.csv")
    order = _coverage_order(run.values)
    order = replace(order, streets=run.open_reach(order.radius_m, run.values.number("minutes", 15)))
    answer = measure_coverage(run.wiring, order)
    lines = [*coverage_summary_lines(answer, language)]
    title, count = language.translate(N_("Coverage")), len(answer.table)
    if order.by == "cell":
        told = N_("the {shown} cells with the most uncovered demand of {count}")
        shown = min(run.values.whole("limit", MOST_ROWS) or count, count)
        title = language.render(told, shown=shown, count=f"{count:,}")
    tables = [build_table(title, coverage_table(answer, language))]
    if answer.hours is not None:
        lines.append(night_sentence(answer, language))
        told = N_("Share covered by the hour in the week from {monday} on")
        title = language.render(told, monday=answer.hours.monday.isoformat())
        tables.append(build_table(title, coverage_week_table(answer, language)))
    return AnalysisResult(
        lines,
        tables,
        run.notes(answer.notes),
        lambda: coverage_json(answer, language),
        [] if csv is None else [(csv, coverage_csv(answer))],
    )


def _access_order(values: AnalysisValues) -> "AccessOrder":
    """Build the order. *Raises*: FaultError."""
    from yihui.planning.access.request import AccessOrder, choose_zones

    return AccessOrder(
        area=values.text("area"),
        at=values.instant_or_now(),
        zones=choose_zones(values.optional_number("radius"), values.optional("zones")),
        capacity=_capacity(values),
        by=values.optional("by"),
        demand=values.text("demand"),
        demand_file=read_demand_options(values),
        spacing_m=values.optional_number("demand-grid"),
        register=values.optional("register"),
        outlines=values.file("outlines"),
        townships=values.file("townships"),
        datum=values.datum(),
    )


def _capacity(values: AnalysisValues) -> str:
    """Return what each place offers: the path of a table that was chosen in a form. *Raises*: FaultError."""
    table, capacity = values.file("capacity-file"), values.text("capacity") or "1"
    if capacity != "table":
        return capacity
    if table is None:
        raise FaultError(MEASURE_FAULTS.build("no_table", field="--capacity-file"))
    return str(table)


def check_access_values(values: AnalysisValues) -> None:
    """*Raises*: FaultError for what doesn't fit together."""
    from yihui.planning.access.request import check_access_order
    from yihui.planning.street_reach import check_one_limit

    check_street_values(values)
    others = {f"--{one}": values.optional(one) for one in ("radius", "zones")}
    check_one_limit(values.optional_number("minutes"), others)
    check_access_order(_access_order(values))


def run_access(run: AnalysisRun) -> AnalysisResult:
    """Measure access. *Raises*: FaultError."""
    from yihui.planning.access.data import access_json
    from yihui.planning.access.run import measure_access
    from yihui.planning.access.text import ACCESS_TABLE_TITLE, access_summary_lines, access_table

    order = _access_order(run.values)
    order = replace(order, streets=run.open_reach(order.zones[-1][0]))
    found, language = measure_access(run.wiring, order), run.language
    capacity = run.values.text("capacity") or "1"  # not where a table lay
    return AnalysisResult(
        [*access_summary_lines(found, language)],
        [build_table(language.translate(ACCESS_TABLE_TITLE), access_table(found, language))],
        run.notes(found.notes),
        lambda: {**access_json(found, language), "capacity": capacity},
    )


def _gap_order(values: AnalysisValues) -> "GapOrder":
    """Build the order. *Raises*: FaultError."""
    from yihui.planning.gaps.request import GapOrder, parse_clock_hours

    clock = values.optional("hours")
    return GapOrder(
        area=values.text("area"),
        at=values.instant(),
        week_of=values.day("week-of"),
        clock=parse_clock_hours(clock) if clock else None,
        radius_m=values.number("radius", 1_000),
        demand=values.text("demand"),
        demand_file=read_demand_options(values),
        spacing_m=values.optional_number("demand-grid"),
        register=values.optional("register"),
        outlines=values.file("outlines"),
        places=values.file("places"),
        townships=values.file("townships"),
        datum=values.datum(),
    )


def check_gap_values(values: AnalysisValues) -> None:
    """*Raises*: FaultError for what doesn't fit together."""
    from yihui.planning.gaps.request import check_gap_order

    check_street_values(values)
    check_gap_order(_gap_order(values))


def run_gaps(run: AnalysisRun) -> AnalysisResult:
    """Find gaps. *Raises*: FaultError."""
    from yihui.planning.gaps.data import gaps_geojson, gaps_json
    from yihui.planning.gaps.run import find_gaps
    from yihui.planning.gaps.text import gap_sum_lines, gap_summary_lines, gap_tables

    language, geojson = run.language, run.output("geojson", f"gaps-{run.values.text('area')}.geojson")
    order = _gap_order(run.values)
    order = replace(order, streets=run.open_reach(order.radius_m))
    found, limit = find_gaps(run.wiring, order), run.values.whole("limit", 0)
    return AnalysisResult(
        [*gap_summary_lines(found, language), *gap_sum_lines(found, language)],
        [build_table(*one) for one in gap_tables(found, language)],
        run.notes(found.notes),
        lambda: gaps_json(found, language, limit),
        [] if geojson is None else [(geojson, json.dumps(gaps_geojson(found, language), ensure_ascii=False))],
    )
