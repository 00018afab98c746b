"""Compute a coverage report: one study of the area, the map of it, and the streets below its printed maps."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import cos, floor, log2, radians
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import shapely

from core.faults import FaultError
from maps.pens import Paint, Pen
from maps.picture import WIDTH, MapPlane
from yihui.bootstrap import Wiring
from yihui.files.street_map.shapes import Box, StreetShapes, read_street_shapes
from yihui.planning.map.run import CoverageMap, build_study_map
from yihui.planning.order import StudyOrder
from yihui.planning.report.request import ReportOutputs
from yihui.planning.study.run import build_study
from yihui.planning.study.study import Study
from yihui.planning.text import Source
from yihui.services.streets.current import STREET_MAP_ATTRIBUTION
from yihui.services.streets.folder import StreetsFolder, StreetsPart

_METRES_A_PIXEL = 156_543.03  # of a web map at zoom 0 on the equator, tiles of 256 pixels
_LOG = logging.getLogger(__name__)
_PIXELS = 2 * WIDTH  # of a map across
_GREEN, _WATER = "#cfe3bf", "#a5cbe2"
# The kinds of roads, the last ones on top.
_ROADS = (
    (("service", "minor", "walk"), Paint("", "#b4ada1", 0.3)),
    (("rail",), Paint("", "#8f8f97", 0.4)),
    (("secondary", "tertiary"), Paint("", "#8d8578", 0.6)),
    (("motorway", "trunk", "primary"), Paint("", "#a8741a", 1.0)),
)


class Backdrop(NamedTuple):
    """Shapes below the areas of a map. *CRS*: WGS84."""

    geometry: shapely.Geometry
    look: Paint


def draw_backdrops(backdrops: Sequence[Backdrop], pen: Pen, plane: MapPlane) -> None:
    """Draw shapes on the plane of a map."""
    for geometry, look in backdrops:
        for part in shapely.get_parts(geometry):
            rings = [part] if part.geom_type == "LineString" else [part.exterior, *part.interiors]
            drawn = [plane.place(shapely.get_coordinates(one)) for one in rings]
            pen.polygon([drawn], look) if look.fill else pen.line(drawn[0], look)


@dataclass(frozen=True, slots=True)
class ReportStreets:
    """The file of a street map, and its widest and deepest zoom."""

    file: Path
    zooms: tuple[int, int]

    def read_shapes(
        self, box: Box, lat: float, metres_a_pixel: float
    ) -> Mapping[StreetShapes, gpd.GeoDataFrame]:
        """Read the shapes in a box (EPSG:3857) for a picture of this resolution; none if the file is damaged."""
        try:
            return read_street_shapes(self.file, self.choose_zoom(lat, metres_a_pixel), box)
        except FaultError as error:
            _LOG.warning("the street map is damaged: %s", type(error).__name__)
            return {}

    def choose_zoom(self, lat: float, metres_a_pixel: float) -> int:
        """Return the deepest zoom whose pixels are not finer than the picture's, within the map's zooms."""
        wanted = floor(log2(_METRES_A_PIXEL * cos(radians(lat)) / metres_a_pixel))
        return min(max(wanted, self.zooms[0]), self.zooms[1])


def load_backdrops(wiring: Wiring, outlines: gpd.GeoDataFrame) -> Sequence[Backdrop]:
    """Load the streets below a map of some counties; none where no street map is built, or it shows nothing of them."""
    street_map = None if wiring.street_maps is None else wiring.street_maps.current()
    if street_map is None or wiring.settings.streets is None:
        return ()
    file = StreetsFolder(wiring.settings.streets).part(StreetsPart.MAP)
    return tuple(build_backdrops(ReportStreets(file, street_map.zooms), outlines))


def build_backdrops(streets: ReportStreets, outlines: gpd.GeoDataFrame) -> Iterator[Backdrop]:
    """Yield green, water and roads within the counties, the bottom ones first. *CRS*: WGS84."""
    west, south, east, north = outlines.to_crs("EPSG:3857").total_bounds.tolist()
    lat = float(outlines.total_bounds[[1, 3]].mean())
    metres_a_pixel = (east - west) * cos(radians(lat)) / _PIXELS
    shapes = streets.read_shapes((west, south, east, north), lat, metres_a_pixel)
    ground = outlines.geometry.union_all()
    shapely.prepare(ground)
    for layer, look in (
        (StreetShapes.GREEN, Paint(_GREEN)),
        (StreetShapes.WATER, Paint(_WATER)),
        (StreetShapes.WATERWAY, Paint("", _WATER, 0.7)),
    ):
        if layer in shapes:
            yield _clip(shapes[layer], ground, look)
    if StreetShapes.ROAD in shapes:
        roads = shapes[StreetShapes.ROAD]
        roads = roads[~roads["tunnel"]]  # a reader doesn't see them on the ground
        for kinds, look in _ROADS:
            yield _clip(roads[roads["kind"].isin(kinds)], ground, look)


def _clip(frame: gpd.GeoDataFrame, ground: shapely.Geometry, look: Paint) -> Backdrop:
    parts = shapely.get_parts(shapely.intersection(frame.geometry.to_crs("EPSG:4326").to_numpy(), ground))
    parts = shapely.get_parts(parts)  # of collections
    wanted = shapely.GeometryType.POLYGON if look.fill else shapely.GeometryType.LINESTRING
    return Backdrop(shapely.GeometryCollection(parts[shapely.get_type_id(parts) == wanted].tolist()), look)


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
        streets = Source(wiring.render(STREET_MAP_ATTRIBUTION))
        study = replace(study, sources=(*study.sources, streets))
    drawn = build_study_map(wiring, study) if outputs.map else None
    return CoverageReport(study, wiring.now(), outputs, drawn, below)
