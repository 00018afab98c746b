"""The sources to show where a report or a map uses the built streets: names of crossings, and the street map."""

from collections.abc import Sequence

from yihui.bootstrap import Wiring
from yihui.planning.gaps.landmarks import GapLandmarks
from yihui.planning.study.study import StudySource
from yihui.services.streets.names import STREETS_ATTRIBUTION
from yihui.services.streets.street_map import STREET_MAP_ATTRIBUTION


def list_landmark_sources(wiring: Wiring, landmarks: GapLandmarks) -> tuple[StudySource, ...]:
    """Return the source of the crossings that name gaps; empty where there are none."""
    return (StudySource(wiring.render(STREETS_ATTRIBUTION)),) if landmarks.has_crossings else ()


def add_street_map_source(wiring: Wiring, sources: Sequence[StudySource]) -> tuple[StudySource, ...]:
    """Return the sources with that of the street map, once."""
    own = StudySource(wiring.render(STREET_MAP_ATTRIBUTION))
    return (*(one for one in sources if one != own), own)
