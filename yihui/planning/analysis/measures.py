"""Analyses that measure an area: coverage, access and gaps."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.planning.analysis.fields import (
    AREA,
    AT,
    DEMAND,
    DEMAND_GRID,
    FILES_DATUM,
    OUTLINE_FILES,
    OUTLINES,
    RADIUS,
    REGISTER,
    TABLE_FILES,
    TOWNSHIPS,
    AnalysisField,
    AnalysisValues,
    FieldKind,
)
from yihui.planning.analysis.result import (
    AnalysisResult,
    AnalysisRun,
    AnalysisTable,
    build_file,
    build_json_file,
)
from yihui.planning.analysis.streets import (
    STREET_MINUTES,
    TRAVEL,
    check_street_values,
    open_analysis_network,
    open_analysis_reach,
)
from yihui.views.labels import STATION_KIND_LABELS

if TYPE_CHECKING:
    from yihui.planning.access.request import AccessOrder
    from yihui.planning.coverage.request import CoverageOrder
    from yihui.planning.gaps.request import GapOrder

_LEVELS: Mapping[str, str] = MappingProxyType(
    {
        "province": N_("province"),
        "city": N_("city"),
        "county": N_("county"),
        "township": N_("township"),
        "community": N_("community"),
    }
)
_MINUTES = "15"
COVERAGE_FIELDS = (
    *(AREA, AT, RADIUS, DEMAND, REGISTER),
    AnalysisField("by", N_("Table by"), FieldKind.CHOICE, "county", {**_LEVELS, "cell": N_("cells of a grid")}),
    AnalysisField("hours", N_("for every hour of that week too"), FieldKind.TICK),
    TRAVEL,
    AnalysisField("minutes", N_("Minutes by street"), FieldKind.NUMBER, _MINUTES, least=1, most=360),
    AnalysisField("member", N_("places for members only count as well"), FieldKind.TICK, is_further=True),
    AnalysisField("employer", N_("An employer whose own places count as well"), is_further=True),
    AnalysisField(
        "kind", N_("Only places of these kinds"), FieldKind.CHOICES, "", STATION_KIND_LABELS, is_further=True
    ),
    AnalysisField(
        "resolution", N_("Size of the cells: 0 (coarse) to 15; 7 is 5 km²"), FieldKind.WHOLE, "7", is_further=True, most=10
    ),
    *(OUTLINES, TOWNSHIPS),
    replace(FILES_DATUM, option="outlines-datum", label=N_("Datum of the outlines")),
)  # fmt: skip
ACCESS_FIELDS = (
    *(AREA, AT, replace(RADIUS, default=""), DEMAND, REGISTER, TRAVEL, STREET_MINUTES),
    AnalysisField("zones", N_("Zones instead of a reach, as metres:weight, such as 500:1,1000:0.5")),
    AnalysisField(
        "capacity",
        N_("What each place offers"),
        FieldKind.CHOICE,
        "1",
        {"1": N_("all the same"), "area_m2": N_("the size of its room"), "table": N_("as a table says")},
    ),
    AnalysisField(
        "capacity-file",
        N_("Table of capacities, with the columns 编号 and 容量"),
        FieldKind.FILE,
        "",
        TABLE_FILES,
        of="capacity",
    ),
    AnalysisField("by", N_("Table by"), FieldKind.CHOICE, "", _LEVELS, is_further=True),
    *(DEMAND_GRID, OUTLINES, TOWNSHIPS, FILES_DATUM),
)
GAP_FIELDS = (
    *(AREA, RADIUS, DEMAND, REGISTER, TRAVEL, STREET_MINUTES),
    replace(AT, label=N_("At one instant (nothing: in a week)")),
    AnalysisField("week-of", N_("In the week of (nothing: this week)"), FieldKind.DAY),
    AnalysisField("hours", N_("Only these hours of each day, such as 22-6")),
    DEMAND_GRID,
    *(OUTLINES, TOWNSHIPS),
    AnalysisField(
        "places",
        N_("List of places that people know, by which gaps are named"),
        FieldKind.FILE,
        "",
        (*TABLE_FILES, *OUTLINE_FILES),
        True,
    ),
    FILES_DATUM,
)
MEASURE_FAULTS = FaultTable(
    "analysis",
    {
        "no_table": (N_("no table of capacities is given"), N_("choose the file, or another capacity")),
    },
)


def build_table(title: str, table: tuple[Sequence[str], Sequence[Sequence[str]]]) -> AnalysisTable:
    """Build a table of a title, and of headings and rows."""
    head, rows = table
    return {"title": title.rstrip(":："), "columns": list(head), "rows": [list(row) for row in rows]}


def summary(lines: Iterable[str]) -> list[str]:
    """Return the lines that say something."""
    return [line.strip() for line in lines if line.strip()]


def _coverage_order(values: AnalysisValues) -> "CoverageOrder":
    """Build the order without the streets. *Raises*: FaultError."""
    from geo.crs import Datum
    from yihui.planning.coverage.request import CoverageOrder, coverage_filters

    return CoverageOrder(
        area=values.text("area"),
        at=values.instant_or_now(),
        radius_m=values.number("radius", 1_000),
        by=values.text("by") or "county",
        demand=values.text("demand"),
        register=values.optional("register"),
        filters=coverage_filters(values.is_ticked("member"), values.text("employer"), values.several("kind")),
        resolution=values.whole("resolution", 7),
        outlines=values.file("outlines"),
        townships=values.file("townships"),
        datum=values.datum("outlines-datum") or Datum.WGS84,
        hours=values.is_ticked("hours"),
        within_s=values.number("minutes", 15) * 60 if values.text("travel") else None,
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
    """Measure coverage, as ``yihui plan coverage`` does. *Raises*: FaultError."""
    from geo.nearest.travel import Travel
    from yihui.planning.coverage.data import coverage_csv, coverage_json
    from yihui.planning.coverage.run import measure_coverage
    from yihui.planning.coverage.text import (
        coverage_summary_lines,
        coverage_table,
        coverage_week_table,
        night_sentence,
    )

    order, language = _coverage_order(run.values), run.language
    if travel := Travel.by_mode(run.values.optional("travel")):
        order = replace(order, network=open_analysis_network(run, travel))
    answer = measure_coverage(run.wiring, order)
    lines = [*coverage_summary_lines(answer, language)]
    tables = [build_table(language.translate(N_("Coverage")), coverage_table(answer, language))]
    if answer.hours is not None:
        lines.append(night_sentence(answer, language))
        title = language.translate(N_("Share covered by the hour"))
        tables.append(build_table(title, coverage_week_table(answer, language)))
    name = f"coverage-{order.area}"
    files = [
        build_file(f"{name}.csv", coverage_csv(answer)),
        build_json_file(f"{name}.json", coverage_json(answer, language)),
    ]
    return AnalysisResult(lines, tables, files)


def _access_order(values: AnalysisValues) -> "AccessOrder":
    """Build the order. *Raises*: FaultError."""
    from yihui.planning.access.request import AccessOrder, check_access_order, choose_zones

    table, capacity = values.file("capacity-file"), values.text("capacity") or "1"
    if capacity == "table":
        if table is None:
            raise FaultError(MEASURE_FAULTS.build("no_table", field="--capacity-file"))
        capacity = str(table)
    order = AccessOrder(
        area=values.text("area"),
        at=values.instant_or_now(),
        zones=choose_zones(values.optional_number("radius"), values.optional("zones")),
        capacity=capacity,
        by=values.optional("by"),
        demand=values.text("demand"),
        spacing_m=values.optional_number("demand-grid"),
        register=values.optional("register"),
        outlines=values.file("outlines"),
        townships=values.file("townships"),
        datum=values.datum(),
    )
    check_access_order(order)
    return order


def check_access_values(values: AnalysisValues) -> None:
    """*Raises*: FaultError for what doesn't fit together."""
    from yihui.planning.street_reach import check_one_limit

    check_street_values(values)
    others = {f"--{one}": values.optional(one) for one in ("radius", "zones")}
    check_one_limit(values.optional_number("minutes"), others)
    _access_order(values)


def run_access(run: AnalysisRun) -> AnalysisResult:
    """Measure access, as ``yihui plan access`` does. *Raises*: FaultError."""
    from yihui.planning.access.data import access_json
    from yihui.planning.access.run import measure_access
    from yihui.planning.access.text import ACCESS_TABLE_TITLE, access_summary_lines, access_table

    order = _access_order(run.values)
    order = replace(order, streets=open_analysis_reach(run, order.zones[-1][0]))
    found, language = measure_access(run.wiring, order), run.language
    figures = dict(access_json(found, run.wiring.language))
    if run.values.text("capacity") == "table":
        figures["capacity"] = "table"  # not where it lay
    return AnalysisResult(
        [*summary(access_summary_lines(found, language)), *run.notes(found.notes)],
        [build_table(language.translate(ACCESS_TABLE_TITLE), access_table(found, language))],
        [build_json_file(f"access-{found.order.area}.json", figures)],
    )


def _gap_order(values: AnalysisValues) -> "GapOrder":
    """Build the order. *Raises*: FaultError."""
    from yihui.planning.gaps.request import GapOrder, check_gap_order, parse_clock_hours

    clock = values.optional("hours")
    order = GapOrder(
        area=values.text("area"),
        at=values.instant(),
        week_of=values.day("week-of"),
        clock=parse_clock_hours(clock) if clock else None,
        radius_m=values.number("radius", 1_000),
        demand=values.text("demand"),
        spacing_m=values.optional_number("demand-grid"),
        register=values.optional("register"),
        outlines=values.file("outlines"),
        places=values.file("places"),
        townships=values.file("townships"),
        datum=values.datum(),
    )
    check_gap_order(order)
    return order


def check_gap_values(values: AnalysisValues) -> None:
    """*Raises*: FaultError for what doesn't fit together."""
    check_street_values(values)
    _gap_order(values)


def run_gaps(run: AnalysisRun) -> AnalysisResult:
    """Find gaps, as ``yihui plan gaps`` does. *Raises*: FaultError."""
    from yihui.planning.gaps.data import gaps_geojson, gaps_json
    from yihui.planning.gaps.run import find_gaps
    from yihui.planning.gaps.text import gap_sum_lines, gap_summary_lines, gap_table

    order = _gap_order(run.values)
    order = replace(order, streets=open_analysis_reach(run, order.radius_m))
    found, language = find_gaps(run.wiring, order), run.language
    name = f"gaps-{found.order.area}"
    return AnalysisResult(
        [*gap_summary_lines(found, language), *gap_sum_lines(found, language), *run.notes(found.notes)],
        [build_table(language.translate(N_("Gaps")), gap_table(found, language))] if found.gaps else [],
        [
            build_file(f"{name}.geojson", json.dumps(gaps_geojson(found, language), ensure_ascii=False)),
            build_json_file(f"{name}.json", gaps_json(found, language, 0)),
        ],
    )
