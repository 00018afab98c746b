"""Compute a coverage report: one study of the area, and the map of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from yihui.bootstrap import Wiring
from yihui.planning.map.run import CoverageMap, build_study_map
from yihui.planning.order import StudyOrder
from yihui.planning.report.request import ReportOutputs
from yihui.planning.report.streets import Backdrop, load_backdrops
from yihui.planning.study.run import build_study
from yihui.planning.study.study import Study, StudySource
from yihui.services.streets.current import STREET_MAP_ATTRIBUTION


@dataclass(frozen=True, slots=True)
class CoverageReport:
    """A study, when it was made, the files to make of it, its map if that is requested, and the streets below its pictures."""

    study: Study
    now: datetime
    outputs: ReportOutputs
    map: CoverageMap | None = None
    below: "Sequence[Backdrop]" = ()


def build_coverage_report(wiring: Wiring, order: StudyOrder, outputs: ReportOutputs) -> CoverageReport:
    """Build the study of an area. *Raises*: FaultError; OSError for an unusable path."""
    study = build_study(wiring, order)
    below = load_backdrops(wiring, study.outlines) if outputs.needs_map_pictures else ()
    if below:
        streets = StudySource(wiring.render(STREET_MAP_ATTRIBUTION))
        study = replace(study, sources=(*study.sources, streets))
    drawn = build_study_map(wiring, study) if outputs.map else None
    return CoverageReport(study, wiring.now(), outputs, drawn, below)
