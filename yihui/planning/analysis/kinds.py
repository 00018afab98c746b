"""The kinds of analyses: what each one checks and computes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from yihui.planning.analysis.changes import (
    check_comparison_values,
    count_comparison_steps,
    run_comparison,
)
from yihui.planning.analysis.fields import AnalysisValues
from yihui.planning.analysis.measures import (
    check_access_values,
    check_coverage_values,
    check_gap_values,
    count_coverage_steps,
    run_access,
    run_coverage,
    run_gaps,
)
from yihui.planning.analysis.reports import (
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
from yihui.planning.analysis.sites import check_site_values, count_site_steps, run_sites


def _accept(values: AnalysisValues) -> None:
    """Accept values that can't contradict each other."""


@dataclass(frozen=True, slots=True)
class AnalysisKind:
    """The work of a kind of analysis, and the check of values that may contradict each other."""

    run: Callable[[AnalysisRun], AnalysisResult]
    count_steps: Callable[[AnalysisValues], int]  # for its progress; an analysis may leave out the last ones
    check: Callable[[AnalysisValues], None] = _accept


# By the code of its form.
ANALYSIS_KINDS: Mapping[str, AnalysisKind] = MappingProxyType(
    {
        "report": AnalysisKind(run_coverage_report, count_report_steps, check_report_values),
        "coverage": AnalysisKind(run_coverage, count_coverage_steps, check_coverage_values),
        "gaps": AnalysisKind(run_gaps, lambda values: 3 + bool(values.text("travel")), check_gap_values),
        "access": AnalysisKind(
            run_access, lambda values: 2 + bool(values.text("travel")), check_access_values
        ),
        "sites": AnalysisKind(run_sites, count_site_steps, check_site_values),
        "comparison": AnalysisKind(run_comparison, count_comparison_steps, check_comparison_values),
        "map": AnalysisKind(run_map, count_map_steps),
        "layers": AnalysisKind(run_layers, count_layer_steps, check_layer_values),
    }
)
