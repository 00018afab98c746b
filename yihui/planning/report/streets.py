"""The streets of a printed report: the street map that is built, at the zoom that suits a picture."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import cos, floor, log2, radians
from pathlib import Path
from typing import TYPE_CHECKING

from core.faults import FaultError
from yihui.bootstrap import Wiring
from yihui.files.street_map.shapes import GROUND_SHAPES, Box, StreetShapes, read_street_shapes
from yihui.planning.study.study import Study, StudySource
from yihui.services.streets.current import STREET_MAP_ATTRIBUTION
from yihui.services.streets.folder import StreetsFolder, StreetsPart

if TYPE_CHECKING:
    import geopandas as gpd

_METRES_A_PIXEL = 156_543.03  # of a web map at zoom 0 on the equator, tiles of 256 pixels
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ReportStreets:
    """The file of a street map, and its widest and deepest zoom."""

    file: Path
    zooms: tuple[int, int]

    def read_shapes(
        self, box: Box, lat: float, metres_a_pixel: float, layers: Sequence[StreetShapes] = GROUND_SHAPES
    ) -> "Mapping[StreetShapes, gpd.GeoDataFrame]":
        """Read the shapes in a box (EPSG:3857) for a picture of this resolution; none if the file is damaged."""
        try:
            return read_street_shapes(self.file, self.choose_zoom(lat, metres_a_pixel), box, layers)
        except FaultError as error:
            _LOG.warning("the street map is damaged: %s", type(error).__name__)
            return {}

    def choose_zoom(self, lat: float, metres_a_pixel: float) -> int:
        """Return the deepest zoom whose pixels are not finer than the picture's, within the map's zooms."""
        wanted = floor(log2(_METRES_A_PIXEL * cos(radians(lat)) / metres_a_pixel))
        return min(max(wanted, self.zooms[0]), self.zooms[1])


def load_report_streets(wiring: Wiring, study: Study) -> ReportStreets | None:
    """Return the streets of a study's area; None where no street map is built, or it shows nothing of the area."""
    street_map = None if wiring.street_maps is None else wiring.street_maps.current()
    if street_map is None or wiring.settings.streets is None:
        return None
    file = StreetsFolder(wiring.settings.streets).part(StreetsPart.MAP)
    streets = ReportStreets(file, street_map.zooms)
    west, south, east, north = study.outlines.to_crs("EPSG:3857").total_bounds.tolist()
    box = (west, south, east, north)
    lat = float(study.outlines.total_bounds[1])
    return streets if streets.read_shapes(box, lat, (east - west) / 1_000) else None


def add_street_source(wiring: Wiring, study: Study, streets: ReportStreets | None) -> Study:
    """Return the study with the source of the streets that its pictures show."""
    if streets is None:
        return study
    return replace(study, sources=(*study.sources, StudySource(wiring.render(STREET_MAP_ATTRIBUTION))))
