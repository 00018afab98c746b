"""Build the study that ``yihui plan export`` writes as layers."""

from yihui.bootstrap import Wiring
from yihui.planning.export.request import ExportTargets, check_export_targets
from yihui.planning.study.request import StudyOrder
from yihui.planning.study.run import build_study
from yihui.planning.study.study import Study


def build_exported_study(wiring: Wiring, order: StudyOrder, targets: ExportTargets) -> Study:
    """Study the area whose layers are exported.

    *Raises*: FaultError if no target is given; FaultError as `build_study`; OSError for an unusable target.
    """
    check_export_targets(targets)
    return build_study(wiring, order)
