"""Draw streets on a printed map, below the coverage: green, water, roads by class, and whose they are."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import geopandas as gpd

from yihui.files.street_map.shapes import GROUND_SHAPES, TILES_CRS, StreetShapes
from yihui.planning.report.map_image import DPI, MapProjection
from yihui.planning.report.map_labels import metres_a_point
from yihui.planning.report.streets import ReportStreets

if TYPE_CHECKING:
    from matplotlib.axes import Axes

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
