"""Compute a coverage report: one study of the area, and the map of it."""

from dataclasses import dataclass
from datetime import datetime

from core.faults import Fault
from yihui.bootstrap import Wiring
from yihui.planning.map.run import CoverageMap, build_study_map
from yihui.planning.order import StudyOrder
from yihui.planning.report.request import ReportOutputs, select_possible_outputs
from yihui.planning.report.streets import ReportStreets, add_street_source, load_report_streets
from yihui.planning.study.run import build_study
from yihui.planning.study.study import Study


@dataclass(frozen=True, slots=True)
class CoverageReport:
    """A study, the instant at which it was made, its map if that is requested, and the streets of its pictures.

    ``outputs`` are the files to make; ``lacking`` says why others that are requested can't be made here.
    """

    study: Study
    now: datetime
    outputs: ReportOutputs
    lacking: tuple[Fault, ...] = ()
    map: CoverageMap | None = None
    streets: ReportStreets | None = None


def build_coverage_report(wiring: Wiring, order: StudyOrder, outputs: ReportOutputs) -> CoverageReport:
    """Build the study of an area.

    *Raises*: FaultError; OSError for an unusable path.
    """
    outputs, lacking = select_possible_outputs(outputs)
    study = build_study(wiring, order)
    streets = load_report_streets(wiring, study) if outputs.needs_map_pictures else None
    study = add_street_source(wiring, study, streets)
    drawn = build_study_map(wiring, study) if outputs.map else None
    return CoverageReport(study, wiring.now(), outputs, lacking, drawn, streets)
