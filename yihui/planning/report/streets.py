"""The streets of a printed map, below its layers: read at its zoom, drawn, and named where names hide nothing."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import atan2, cos, degrees, floor, hypot, log2, radians, sin
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from core.faults import FaultError
from geo.geodesy import Floats
from yihui.bootstrap import Wiring
from yihui.files.street_map.shapes import GROUND_SHAPES, TILES_CRS, Box, StreetShapes, read_street_shapes
from yihui.planning.report.map_image import DPI, MapProjection
from yihui.planning.report.map_labels import LabelBoxes, label_size, metres_a_point, write_label
from yihui.planning.study.study import Study, StudySource
from yihui.services.streets.current import STREET_MAP_ATTRIBUTION
from yihui.services.streets.folder import StreetsFolder, StreetsPart

if TYPE_CHECKING:
    from matplotlib.axes import Axes


_METRES_A_PIXEL = 156_543.03  # of a web map at zoom 0 on the equator, tiles of 256 pixels
_LOG = logging.getLogger(__name__)
COVERAGE_OPACITY = 0.65  # of what is drawn above streets
GROUND_ORDER = 0.1  # matplotlib's zorder of the ground; what else lies below the streets has up to 0.5
_POINTS_AN_INCH = 72
_GREEN, _WATER = "#cfe3bf", "#a5cbe2"
# The kinds of roads, the last ones on top: colour and width in points.
_ROADS = (
    (("service", "minor", "walk"), "#b4ada1", 0.25),
    (("rail",), "#8f8f97", 0.35),
    (("secondary", "tertiary"), "#8d8578", 0.45),
    (("motorway", "trunk", "primary"), "#a8741a", 0.7),
)
_BELOW, _TOP = 0.5, 10  # above the ground, below the coverage (1)
_OF_MAIN, _OF_WATER, _OF_OTHER = ("#5f4210", 4.6), ("#2f6f95", 4.4), ("#574f44", 4.2)
# What is named first, and in which colour and size (points); other roads have no names in print.
_NAMED = (
    ("motorway", _OF_MAIN),
    ("trunk", _OF_MAIN),
    ("primary", _OF_MAIN),
    ("water", _OF_WATER),
    ("secondary", _OF_OTHER),
    ("tertiary", _OF_OTHER),
)
_PLACE_PT = 3.0  # room of the dot of a place
_MIDDLE_AND_ASIDE = (0.5, 0.35, 0.65, 0.2, 0.8)  # of a line's length
_STRAIGHT = 0.97  # share of a name's length that lies between the ends of the line below it
_RIGHT_ANGLE, _HALF_TURN = 90.0, 180.0
_NO_PLACES = np.empty((0, 2))
_ORDER = 8  # above all areas and dots, below the names of counties


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


def draw_streets(
    axes: "Axes", flat: MapProjection, counties: gpd.GeoDataFrame, streets: ReportStreets, credit: str
) -> None:
    """Draw the streets within the counties, in the limits of the axes, and ``credit`` in the corner.

    ``counties`` are in the plane of the projection.
    """
    shapes = read_drawn_shapes(axes, flat, streets, GROUND_SHAPES)
    drawn = len(axes.collections)
    for layer, colour in ((StreetShapes.GREEN, _GREEN), (StreetShapes.WATER, _WATER)):
        if layer in shapes:
            shapes[layer].plot(
                ax=axes, color=colour, edgecolor="none", antialiased=False, aspect=None, zorder=_BELOW
            )
    if StreetShapes.WATERWAY in shapes:
        _plot_lines(axes, shapes[StreetShapes.WATERWAY], _WATER, 0.5)
    if StreetShapes.ROAD in shapes:
        roads = shapes[StreetShapes.ROAD]
        roads = roads[~roads["tunnel"]]  # a reader doesn't see them on the ground
        for kinds, colour, width in _ROADS:
            _plot_lines(axes, roads[roads["kind"].isin(kinds)], colour, width)
    _clip(axes, drawn, counties)
    axes.text(
        0.995, 0.004, credit, transform=axes.transAxes, fontsize=5, color="#4b5660", ha="right", va="bottom",
        zorder=_TOP, bbox={"boxstyle": "square,pad=0.15", "facecolor": "white", "edgecolor": "none", "alpha": 0.8},
    )  # fmt: skip


def read_drawn_shapes(
    axes: "Axes", flat: MapProjection, streets: ReportStreets, layers: Sequence[StreetShapes]
) -> Mapping[StreetShapes, gpd.GeoDataFrame]:
    """Read what the axes show, at the zoom that suits them, in the plane of the projection."""
    from pyproj import Transformer

    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
    to_tiles = Transformer.from_crs(flat.crs, TILES_CRS, always_xy=True)
    box = to_tiles.transform_bounds(west, south, east, north)
    metres_a_pixel = metres_a_point(axes) * _POINTS_AN_INCH / DPI
    shapes = streets.read_shapes(box, flat.lat, metres_a_pixel, layers)
    return {layer: frame.to_crs(flat.crs) for layer, frame in shapes.items()}


def blend(colour: str, ground: str) -> str:
    """Return the colour that a reader sees where ``colour`` lies over the ground with `COVERAGE_OPACITY`."""
    pairs = zip(_channels(colour), _channels(ground), strict=True)
    mixed = [round(COVERAGE_OPACITY * above + (1 - COVERAGE_OPACITY) * below) for above, below in pairs]
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def _channels(colour: str) -> list[int]:
    return [int(colour[at : at + 2], 16) for at in (1, 3, 5)]


def _plot_lines(axes: "Axes", lines: gpd.GeoDataFrame, colour: str, width: float) -> None:
    if len(lines):
        lines.plot(ax=axes, color=colour, linewidth=width, aspect=None, zorder=_BELOW)


def _clip(axes: "Axes", first: int, counties: gpd.GeoDataFrame) -> None:
    """Clip what was drawn since the collection ``first`` to the counties."""
    from matplotlib.path import Path as Outline

    rings = [
        ring
        for polygon in counties.geometry.explode(index_parts=False)
        for ring in (polygon.exterior, *polygon.interiors)
    ]
    outline = Outline.make_compound_path(*(Outline(list(ring.coords), closed=True) for ring in rings))
    for collection in axes.collections[first:]:
        collection.set_clip_path(outline, axes.transData)


@dataclass(frozen=True, slots=True)
class NameSpot:
    """A place for a name: its middle, and its turn in degrees, from −90 to 90."""

    middle: tuple[float, float]
    turn: float


def draw_street_names(
    axes: "Axes",
    flat: MapProjection,
    counties: gpd.GeoDataFrame,
    streets: ReportStreets,
    boxes: LabelBoxes,
    places: Floats = _NO_PLACES,
) -> None:
    """Write each name once, on a straight part of its line, clear of the boxes.

    Names also leave the dots of ``places`` free, and the edge of the panel, where its scale bar, title and sources
    stand. Names in a script that the font of the picture lacks are left out. *Shape*: ``places`` (n, 2), in the plane
    of the projection. ``counties`` are in the plane of the projection; names stand within them. The roads come first that are larger.
    """
    named = read_drawn_shapes(axes, flat, streets, (StreetShapes.NAMED_LINE,)).get(StreetShapes.NAMED_LINE)
    if named is None:
        return
    ground = shapely.intersection(counties.geometry.union_all(), shapely.box(*flat.bounds))
    shapely.prepare(ground)
    metre, written = metres_a_point(axes), set[str]()
    for x, y in places.tolist():
        boxes.reserve((x, y), (_PLACE_PT * metre, _PLACE_PT * metre))
    for kind, (colour, font_pt) in _NAMED:
        for name, lines in _join_lines(named[named["kind"] == kind]):
            if name in written or not _has_all_characters(name):
                continue
            size = label_size(name, font_pt, metre)
            for spot in iter_name_spots(lines, size[0]):
                if _lies_on(ground, spot, size) and boxes.take_free(spot.middle, _turned(size, spot.turn)):
                    write_label(
                        axes, spot.middle, name, font_pt, colour, order=_ORDER, halo=1.2, rotation=spot.turn,
                        rotation_mode="anchor", va="center_baseline",
                    )  # fmt: skip
                    written.add(name)
                    break


def _join_lines(named: gpd.GeoDataFrame) -> list[tuple[str, shapely.Geometry]]:
    """Return each name and the line of all its parts, the longest line first."""
    there = named[named["name"].notna()]
    joined = [
        (str(name), shapely.line_merge(shapely.union_all(parts.to_numpy())))
        for name, parts in there.geometry.groupby(there["name"])
    ]
    return sorted(joined, key=lambda one: (-shapely.length(one[1]), one[0]))


def _has_all_characters(name: str) -> bool:
    """Return whether the font that is set has every character; others would be drawn as empty boxes."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    font = get_font(findfont(FontProperties()))
    return all(font.get_char_index(ord(character)) for character in name)


def iter_name_spots(line: shapely.Geometry, length: float) -> Iterator[NameSpot]:
    """Yield the places on a line for a name of this length, the longest pieces first."""
    pieces = sorted(shapely.get_parts(line), key=shapely.length, reverse=True)
    for piece in pieces:
        if piece.length < length:
            return
        for share in _MIDDLE_AND_ASIDE:
            middle = share * piece.length
            if not length / 2 <= middle <= piece.length - length / 2:
                continue
            begin, end = (piece.interpolate(middle + half * length) for half in (-0.5, 0.5))
            dx, dy = end.x - begin.x, end.y - begin.y
            if hypot(dx, dy) >= _STRAIGHT * length:
                yield NameSpot(
                    ((begin.x + end.x) / 2, (begin.y + end.y) / 2), _upright(degrees(atan2(dy, dx)))
                )


def _upright(turn: float) -> float:
    """Return the turn at which a name on the same line is not upside down."""
    if turn > _RIGHT_ANGLE:
        return turn - _HALF_TURN
    return turn + _HALF_TURN if turn <= -_RIGHT_ANGLE else turn


def _turned(size: tuple[float, float], turn: float) -> tuple[float, float]:
    """Return the width and height of the box around a turned label."""
    across, along = abs(cos(radians(turn))), abs(sin(radians(turn)))
    return size[0] * across + size[1] * along, size[0] * along + size[1] * across


def _lies_on(ground: shapely.Geometry, spot: NameSpot, size: tuple[float, float]) -> bool:
    (x, y), (width, height) = spot.middle, _turned(size, spot.turn)
    return bool(
        shapely.contains(ground, shapely.box(x - width / 2, y - height / 2, x + width / 2, y + height / 2))
    )
