"""The kinds of analyses: one for each planning command."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from core.text_marks import N_
from yihui.planning.analysis.changes import (
    COMPARISON_FIELDS,
    check_comparison_values,
    count_comparison_steps,
    run_comparison,
)
from yihui.planning.analysis.fields import AnalysisField, AnalysisValues, FieldKind
from yihui.planning.analysis.measures import (
    ACCESS_FIELDS,
    COVERAGE_FIELDS,
    GAP_FIELDS,
    check_access_values,
    check_coverage_values,
    check_gap_values,
    count_coverage_steps,
    run_access,
    run_coverage,
    run_gaps,
)
from yihui.planning.analysis.reports import (
    LAYER_FIELDS,
    MAP_FIELDS,
    REPORT_FIELDS,
    check_layer_values,
    check_report_values,
    count_layer_steps,
    count_map_steps,
    count_report_steps,
    run_coverage_report,
    run_layers,
    run_map,
)
from yihui.planning.analysis.result import AnalysisResult, AnalysisRun
from yihui.planning.analysis.sites import SITE_FIELDS, check_site_values, count_site_steps, run_sites


def _accept(values: AnalysisValues) -> None:
    """Accept values that can't contradict each other."""


@dataclass(frozen=True, slots=True)
class AnalysisKind:
    """A kind of analysis: the command that it stands for, its fields, its check and its work."""

    command: str
    label: str
    about: str
    fields: tuple[AnalysisField, ...]
    run: Callable[[AnalysisRun], AnalysisResult]
    count_steps: Callable[[AnalysisValues], int]  # for its progress; an analysis may leave out the last ones
    check: Callable[[AnalysisValues], None] = _accept

    @property
    def file_fields(self) -> tuple[AnalysisField, ...]:
        return tuple(one for one in self.fields if one.kind is FieldKind.FILE)

    @property
    def option_labels(self) -> Mapping[str, str]:
        """The labels of the fields by option, for texts that name options."""
        named = {f"--{one.command_option}": one.label for one in reversed(self.fields)}
        return {**_OUTPUT_LABELS, **named, **{f"--{one.option}": one.label for one in self.fields}}


_OUTPUT_LABELS = {
    "--csv": N_("the file to download"),
    "--json": N_("the file to download"),
    "--limit 0": N_("the file to download"),
}
ANALYSIS_KINDS: Mapping[str, AnalysisKind] = MappingProxyType(
    {
        "report": AnalysisKind(
            "report coverage",
            N_("Coverage report"),
            N_("Who is served when, where places are missing and where to build: as a PDF, workbook or page."),
            REPORT_FIELDS,
            run_coverage_report,
            count_report_steps,
            check_report_values,
        ),
        "coverage": AnalysisKind(
            "plan coverage",
            N_("Coverage"),
            N_("Who has an open place within reach, by area, by cell and by the hour; also by street and minutes."),
            COVERAGE_FIELDS,
            run_coverage,
            count_coverage_steps,
            check_coverage_values,
        ),
        "gaps": AnalysisKind(
            "plan gaps",
            N_("Gaps"),
            N_("Where nobody has an open place within reach, how many people that concerns, and at which hours."),
            GAP_FIELDS,
            run_gaps,
            lambda values: 3 + bool(values.text("travel")),
            check_gap_values,
        ),
        "access": AnalysisKind(
            "plan access",
            N_("Access"),
            N_("How much of the open places falls to each, with their capacities, and how evenly."),
            ACCESS_FIELDS,
            run_access,
            lambda values: 2 + bool(values.text("travel")),
            check_access_values,
        ),
        "sites": AnalysisKind(
            "plan sites",
            N_("Further sites"),
            N_("The best sites of a list or a grid, with a goal, a budget and limits, and what each one gains."),
            SITE_FIELDS,
            run_sites,
            count_site_steps,
            check_site_values,
        ),
        "comparison": AnalysisKind(
            "plan compare",
            N_("Comparison of registers or days"),
            N_("Which places changed between two days or registers, and who gained or lost one within reach."),
            COMPARISON_FIELDS,
            run_comparison,
            count_comparison_steps,
            check_comparison_values,
        ),
        "map": AnalysisKind(
            "map",
            N_("Map"),
            N_("One HTML file with places and coverage by the hour, that opens without a network."),
            MAP_FIELDS,
            run_map,
            count_map_steps,
        ),
        "layers": AnalysisKind(
            "plan export",
            N_("Layers for GIS programs"),
            N_("Stations, coverage, gaps and proposed sites with their styles, as QGIS draws them."),
            LAYER_FIELDS,
            run_layers,
            count_layer_steps,
            check_layer_values,
        ),
    }
)  # fmt: skip
