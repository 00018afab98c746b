"""Render one map for print as PNG: outlines, legend, scale bar, north arrow, sources.

The same input gives the same bytes.
"""

import io
import textwrap
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np

from yihui.planning.report.pdf import find_chinese_font

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

AxisLimits = tuple[float, float]
MapPainter = Callable[["Axes", "MapProjection"], None]

DPI = 200
PNG_COLOURS = 200  # size of the PNG palette
_INK, _SOFT, _LINE = "#161c22", "#4b5660", "#8a949d"
_WIDTH_IN, _HEIGHT_IN = 7.3, 4.9
_LEAST_MARGIN_M = 6_000.0
_WIDE = 1.2  # ratio of width to height from which panels are stacked
_SIDE = 0.265  # share of the width for legend and notes
_LEGEND_STEP, _LINE_SPACING, _PANEL_PT = 0.043, 1.35, 9


@dataclass(frozen=True, slots=True)
class LegendKey:
    """One line of a legend: the colour of an area or of a symbol, and its text."""

    colour: str
    text: str
    mark: str = "s"


@dataclass(frozen=True, slots=True)
class MapPanel:
    """One map of a layout. ``paint`` draws on the axes, in the plane of the projection.

    ``around`` has points of the plane to enlarge the map around; None shows the whole area.
    """

    title: str
    paint: MapPainter
    around: np.ndarray | None = None


@dataclass(frozen=True, slots=True)
class MapLayout:
    """The panels of a map with title, legend and notes. Every text is in the reader's language."""

    title: str
    legend_title: str
    keys: tuple[LegendKey, ...]
    notes: tuple[str, ...]
    panels: tuple[MapPanel, ...]
    sample: str = ""  # 示例 if the register is generated
    north: str = "N"


class MapProjection:
    """Lambert's azimuthal equal-area projection about the middle of the outlines.

    Areas are true everywhere; lengths are within 0.04 % of the geodesic up to 350 km from the middle.
    """

    def __init__(self, outlines: gpd.GeoDataFrame) -> None:
        west, south, east, north = outlines.total_bounds
        self.lon, self.lat = round((west + east) / 2, 1), round((south + north) / 2, 1)
        self.crs = f"+proj=laea +lat_0={self.lat} +lon_0={self.lon} +datum=WGS84 +units=m +no_defs"
        self.bounds: tuple[float, float, float, float] = tuple(outlines.to_crs(self.crs).total_bounds)

    def zoom_to(self, points: np.ndarray) -> "MapProjection":
        """Return the same projection with bounds reduced to these points of its plane and a margin."""
        low, high = points.min(axis=0), points.max(axis=0)
        margin = max(_LEAST_MARGIN_M, 0.15 * float((high - low).max()))
        closer = copy(self)
        west, south, east, north = self.bounds
        closer.bounds = (
            max(west, low[0] - margin),
            max(south, low[1] - margin),
            min(east, high[0] + margin),
            min(north, high[1] + margin),
        )
        return closer


def render_map_png(sheet: MapLayout, flat: MapProjection) -> bytes:
    """Render the layout as PNG."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with rc_context({"font.family": find_chinese_font(), "axes.unicode_minus": False, "font.size": 7.5}):
        figure = Figure(figsize=(_WIDTH_IN, _HEIGHT_IN), dpi=DPI, facecolor="white")
        canvas: Any = FigureCanvasAgg(figure)
        for axes, panel in zip(_axes(figure, len(sheet.panels), flat), sheet.panels, strict=True):
            shown = flat if panel.around is None else flat.zoom_to(panel.around)
            _panel(axes, panel, shown)
            _scale_bar(axes, shown)
        _north(figure, sheet.north)
        _side(figure, sheet)
        canvas.draw()
        return _png(np.asarray(canvas.buffer_rgba()))


def _axes(figure: "Figure", count: int, flat: MapProjection) -> "list[Axes]":
    """Place the panels side by side, or one above the other if the area is wide."""
    room = 1 - _SIDE - 0.01
    west, south, east, north = flat.bounds
    if count == 2 and (east - west) / (north - south) > _WIDE:
        return [figure.add_axes((0.005, 0.505 - n * 0.495, room - 0.005, 0.485)) for n in range(count)]
    width = room / count
    return [figure.add_axes((0.005 + n * width, 0.01, width - 0.01, 0.98)) for n in range(count)]


def _panel(axes: "Axes", panel: MapPanel, flat: MapProjection) -> None:
    axes.set_axis_off()
    axes.set_aspect("equal", adjustable="box")
    west, south, east, north = flat.bounds
    margin = 0.025 * max(east - west, north - south)
    across = (west - margin, east + margin)
    upward = (south - 2.6 * margin, north + (4 if panel.title else 1) * margin)
    if panel.around is not None:  # show more of the area instead of an empty margin
        across, upward = _filling(axes, across, upward)
    axes.set_xlim(*across)
    axes.set_ylim(*upward)
    panel.paint(axes, flat)
    if panel.title:
        middle, above = (west + east) / 2, north + 1.5 * margin
        box = {"boxstyle": "round,pad=0.3", "facecolor": "white", "edgecolor": "none"}
        columns = axes.get_window_extent().width / axes.figure.dpi * 72 / _PANEL_PT
        title = "\n".join(_wrapped(panel.title, columns))
        axes.text(
            middle, above, title, fontsize=_PANEL_PT, color=_INK, ha="center", va="bottom", bbox=box, zorder=8
        )


def scale_length_m(width_m: float) -> float:
    """Return a round length (1, 2 or 5 times a power of ten) of about a quarter of a map's width."""
    wanted = width_m / 4
    power = 10.0 ** np.floor(np.log10(wanted))
    return float(max(step * power for step in (1, 2, 5) if step * power <= wanted))


def _scale_bar(axes: "Axes", flat: MapProjection) -> None:
    """Draw the scale bar. The plane's unit is the metre, so its length is that on the ground."""
    from matplotlib.patches import Rectangle

    west, south, east, north = flat.bounds
    length, margin = scale_length_m(east - west), 0.025 * max(east - west, north - south)
    height, y = 0.25 * margin, south - 1.7 * margin
    for part in range(4):
        fill = _INK if part % 2 == 0 else "white"
        axes.add_patch(
            Rectangle(
                (west + part * length / 4, y), length / 4, height, facecolor=fill, edgecolor=_INK, lw=0.5
            )
        )
    for part, text in ((0, "0"), (4, f"{length / 1_000:g} km")):
        axes.text(
            west + part * length / 4, y - 0.15 * margin, text, ha="center", va="top", fontsize=6.5, color=_INK
        )


def _filling(axes: "Axes", across: AxisLimits, upward: AxisLimits) -> tuple[AxisLimits, AxisLimits]:
    """Extend the limits about their middle to the shape of the axes."""
    box = axes.get_position(original=True)
    shape = box.height * _HEIGHT_IN / (box.width * _WIDTH_IN)
    width, height = across[1] - across[0], upward[1] - upward[0]
    return _grown(across, max(width, height / shape)), _grown(upward, max(height, width * shape))


def _grown(span: AxisLimits, length: float) -> AxisLimits:
    middle = (span[0] + span[1]) / 2
    return middle - length / 2, middle + length / 2


def _north(figure: "Figure", letter: str) -> None:
    from matplotlib.patches import Polygon

    axes = figure.add_axes((1 - _SIDE - 0.05, 0.87, 0.04, 0.11))
    axes.set_axis_off()
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.6)
    axes.add_patch(Polygon([(0.5, 1.1), (0.2, 0.1), (0.5, 0.35)], facecolor=_INK, edgecolor=_INK, lw=0.6))
    axes.add_patch(Polygon([(0.5, 1.1), (0.8, 0.1), (0.5, 0.35)], facecolor="white", edgecolor=_INK, lw=0.6))
    axes.text(0.5, 1.18, letter, ha="center", va="bottom", fontsize=8, color=_INK)


def _side(figure: "Figure", sheet: MapLayout) -> None:
    """Draw title and legend from the top down, and the notes from the bottom up."""
    left, top = 1 - _SIDE + 0.005, 0.955
    for line in _wrapped(sheet.title, 11):
        figure.text(left, top, line, fontsize=11, fontweight="bold", color=_INK, va="top")
        top -= 0.05
    if sheet.sample:
        figure.text(
            left + 0.004, top - 0.012, sheet.sample, fontsize=8, color="white", va="top",
            bbox={"boxstyle": "round,pad=0.3", "facecolor": "#a3231b", "edgecolor": "none"},
        )  # fmt: skip
        top -= 0.065
    top -= 0.01
    for line in _wrapped(sheet.legend_title, 16):
        figure.text(left, top, line, fontsize=8, color=_INK, va="top")
        top -= 0.036
    _legend(figure, sheet.keys, left, top - 0.015)
    lines = [line for note in sheet.notes for line in _wrapped(note, 21)]
    room_pt = 72 * _HEIGHT_IN * (top - 0.06 - _LEGEND_STEP * len(sheet.keys))
    size = min(6.2, room_pt / (_LINE_SPACING * max(len(lines), 1)))  # smaller rather than over the legend
    figure.text(
        left, 0.025, "\n".join(lines), fontsize=size, color=_SOFT, va="bottom", linespacing=_LINE_SPACING
    )


def _legend(figure: "Figure", keys: Sequence[LegendKey], left: float, top: float) -> None:
    from matplotlib.lines import Line2D

    for number, key in enumerate(keys):
        y = top - _LEGEND_STEP * number
        figure.add_artist(
            Line2D(
                [left + 0.012], [y], marker=key.mark, markersize=7.5, markerfacecolor=key.colour,
                markeredgecolor=_LINE, markeredgewidth=0.6, linestyle="none",
            )
        )  # fmt: skip
        figure.text(left + 0.032, y, key.text, fontsize=7.5, color=_INK, va="center")


def _wrapped(text: str, columns: float) -> list[str]:
    """Wrap text to ``columns`` Chinese characters.

    Latin characters count as half as wide, and Latin words are not broken.
    """
    if all(ord(character) < 0x2E80 for character in text):
        return textwrap.wrap(text, int(columns * 1.9))
    lines, line, width = [], "", 0.0
    for word in _words(text):
        wide = sum(1.0 if ord(character) >= 0x2E80 else 0.5 for character in word)
        if line and width + wide > columns and word not in "，。；：、）”":
            lines.append(line)
            line, width = "", 0.0
            word = word.lstrip()
        line, width = line + word, width + wide
    return [*lines, line]


def _words(text: str) -> list[str]:
    """Split text into single Chinese characters and whole Latin words."""
    words: list[str] = []
    for character in text:
        latin = ord(character) < 0x2E80 and not character.isspace()
        if words and latin and ord(words[-1][-1]) < 0x2E80 and not words[-1][-1].isspace():
            words[-1] += character
        else:
            words.append(character)
    return words


def _png(pixels: np.ndarray) -> bytes:
    """Encode as PNG with a palette, which takes a third of the size, without date or program name."""
    from PIL import Image

    content = io.BytesIO()
    flat = Image.fromarray(pixels).convert("RGB")
    flat.quantize(PNG_COLOURS, dither=Image.Dither.NONE).save(content, "PNG", optimize=True, dpi=(DPI, DPI))
    return content.getvalue()
