"""Write the names of roads and rivers on a printed map, along their lines, where they hide nothing else."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import atan2, cos, degrees, hypot, radians, sin
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from geo.geodesy import Floats
from yihui.files.street_map.shapes import StreetShapes
from yihui.planning.report.map_image import MapProjection
from yihui.planning.report.map_labels import LabelBoxes, label_size, metres_a_point, write_label
from yihui.planning.report.street_layers import read_drawn_shapes
from yihui.planning.report.streets import ReportStreets

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MAIN, _WATER, _OTHER = ("#5f4210", 4.6), ("#2f6f95", 4.4), ("#574f44", 4.2)
# What is named first, and in which colour and size (points); other roads have no names in print.
_NAMED = (
    ("motorway", _MAIN),
    ("trunk", _MAIN),
    ("primary", _MAIN),
    ("water", _WATER),
    ("secondary", _OTHER),
    ("tertiary", _OTHER),
)
_PLACE_PT = 3.0  # room of the dot of a place
_MIDDLE_AND_ASIDE = (0.5, 0.35, 0.65, 0.2, 0.8)  # of a line's length
_STRAIGHT = 0.97  # share of a name's length that lies between the ends of the line below it
_RIGHT_ANGLE, _HALF_TURN = 90.0, 180.0
_NO_PLACES = np.empty((0, 2))
_ORDER = 8  # above all areas and dots, below the names of counties


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
