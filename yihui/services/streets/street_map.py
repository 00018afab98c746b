"""The riders' street map of the built streets, as one process uses it."""

from pathlib import Path

from core.text_marks import N_
from yihui.files.street_map.reading import StreetMap
from yihui.services.streets.current import CurrentPart
from yihui.services.streets.folder import StreetsPart

# Shown below the map that draws it: ODbL 1.0, clause 4.3.
STREET_MAP_ATTRIBUTION = N_("Streets: © OpenStreetMap contributors (ODbL)")


class StreetMaps(CurrentPart[StreetMap]):
    """Provides the street map of a folder of streets."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, StreetsPart.MAP, StreetMap.open)
