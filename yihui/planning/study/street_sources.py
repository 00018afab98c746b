"""The source to show where crossings of the built streets name the gaps of a report or a map."""

from yihui.bootstrap import Wiring
from yihui.planning.gaps.landmarks import GapLandmarks
from yihui.planning.study.study import StudySource
from yihui.services.streets.current import STREETS_ATTRIBUTION


def list_landmark_sources(wiring: Wiring, landmarks: GapLandmarks) -> tuple[StudySource, ...]:
    """Return the source of the crossings that name gaps; empty where there are none."""
    return (StudySource(wiring.render(STREETS_ATTRIBUTION)),) if landmarks.has_crossings else ()
