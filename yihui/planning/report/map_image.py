"""One map on paper: outlines, legend, scale bar, north, sources; as PNG, the same bytes every time."""

import io
import textwrap
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np

from yihui.planning.report.fonts import chinese_font

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Span = tuple[float, float]

DPI = 200
COLOURS = 200  # of the palette of a PNG
_INK, _SOFT, _LINE = "#161c22", "#4b5660", "#8a949d"
_WIDTH_IN, _HEIGHT_IN = 7.3, 4.9
_LEAST_MARGIN_M = 6_000.0
_WIDE = 1.2  # times as wide as high
_SIDE = 0.265  # of the width: legend and notes


@dataclass(frozen=True, slots=True)
class Key:
    """One line of a legend: a colour (or the outline of a symbol) and what it says."""

    colour: str
    text: str
    mark: str = "s"
    edge: str = "#8a949d"


@dataclass(frozen=True, slots=True)
class Panel:
    """One map of a sheet; ``paint`` draws on the axes what ``flat`` projected.

    ``around`` are points, lon, lat, about which the map is drawn larger; None shows all.
    """

    title: str
    paint: "Callable[[Axes, Flat], None]"
    around: np.ndarray | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands on a map beside the map. Every text is in the reader's language."""

    title: str
    legend_title: str
    keys: tuple[Key, ...]
    notes: tuple[str, ...]
    panels: tuple[Panel, ...]
    sample: str = ""  # 示例, where the register is generated
    north: str = "N"


class Flat:
    """The plane of a map: Lambert's azimuthal equal-area projection about the middle of what is shown.

    Areas are true everywhere; lengths are within 0.04 % of the geodesic 350 km from the middle.
    """

    def __init__(self, outlines: gpd.GeoDataFrame) -> None:
        west, south, east, north = outlines.total_bounds
        self.lon, self.lat = round((west + east) / 2, 1), round((south + north) / 2, 1)
        self.crs = f"+proj=laea +lat_0={self.lat} +lon_0={self.lon} +datum=WGS84 +units=m +no_defs"
        self.bounds: tuple[float, float, float, float] = tuple(outlines.to_crs(self.crs).total_bounds)

    def around(self, lonlat: np.ndarray) -> "Flat":
        """The same plane, shown only as far as these points and some ground about them reach."""
        points = self.points(lonlat)
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

    def frame(self, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """The same features in the plane."""
        return frame.to_crs(self.crs)

    def points(self, lonlat: np.ndarray) -> np.ndarray:
        """*Shape*: (n, 2), lon, lat to metres in the plane."""
        from pyproj import Transformer

        to = Transformer.from_crs("EPSG:4326", self.crs, always_xy=True)
        return np.column_stack(to.transform(lonlat[:, 0], lonlat[:, 1]))


def draw(sheet: Sheet, flat: Flat) -> bytes:
    """The sheet as PNG."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with rc_context({"font.family": chinese_font(), "axes.unicode_minus": False, "font.size": 7.5}):
        figure = Figure(figsize=(_WIDTH_IN, _HEIGHT_IN), dpi=DPI, facecolor="white")
        canvas: Any = FigureCanvasAgg(figure)
        for axes, panel in zip(_axes(figure, len(sheet.panels), flat), sheet.panels, strict=True):
            shown = flat if panel.around is None else flat.around(panel.around)
            _panel(axes, panel, shown)
            _scale_bar(axes, shown)
        _north(figure, sheet.north)
        _side(figure, sheet)
        canvas.draw()
        return _png(np.asarray(canvas.buffer_rgba()))


def _axes(figure: "Figure", count: int, flat: Flat) -> "list[Axes]":
    """Side by side, or one above the other where the area is wide."""
    room = 1 - _SIDE - 0.01
    west, south, east, north = flat.bounds
    if count == 2 and (east - west) / (north - south) > _WIDE:
        return [figure.add_axes((0.005, 0.505 - n * 0.495, room - 0.005, 0.485)) for n in range(count)]
    width = room / count
    return [figure.add_axes((0.005 + n * width, 0.01, width - 0.01, 0.98)) for n in range(count)]


def _panel(axes: "Axes", panel: Panel, flat: Flat) -> None:
    axes.set_axis_off()
    axes.set_aspect("equal", adjustable="box")
    west, south, east, north = flat.bounds
    margin = 0.025 * max(east - west, north - south)
    across = (west - margin, east + margin)
    upward = (south - 2.6 * margin, north + (4 if panel.title else 1) * margin)
    if panel.around is not None:  # more ground, rather than empty paper beside it
        across, upward = _filling(axes, across, upward)
    axes.set_xlim(*across)
    axes.set_ylim(*upward)
    panel.paint(axes, flat)
    if panel.title:
        middle, above = (west + east) / 2, north + 1.5 * margin
        box = {"boxstyle": "round,pad=0.3", "facecolor": "white", "edgecolor": "none"}
        axes.text(
            middle, above, panel.title, fontsize=9, color=_INK, ha="center", va="bottom", bbox=box, zorder=8
        )


def scale_length_m(width_m: float) -> float:
    """A round length of about a quarter of a map's width: 1, 2 or 5 and zeros."""
    wanted = width_m / 4
    power = 10.0 ** np.floor(np.log10(wanted))
    return float(max(step * power for step in (1, 2, 5) if step * power <= wanted))


def _scale_bar(axes: "Axes", flat: Flat) -> None:
    """As long as the same length on the ground: the plane's unit is the metre."""
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
    for part, text in ((0, "0"), (4, f"{_km(length)} km")):
        axes.text(
            west + part * length / 4, y - 0.15 * margin, text, ha="center", va="top", fontsize=6.5, color=_INK
        )


def _km(metres: float) -> str:
    return f"{metres / 1_000:g}"


def _filling(axes: "Axes", across: Span, upward: Span) -> tuple[Span, Span]:
    """The limits, grown about their middle to the shape of the axes."""
    box = axes.get_position(original=True)
    shape = box.height * _HEIGHT_IN / (box.width * _WIDTH_IN)
    width, height = across[1] - across[0], upward[1] - upward[0]
    return _grown(across, max(width, height / shape)), _grown(upward, max(height, width * shape))


def _grown(span: Span, length: float) -> Span:
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


def _side(figure: "Figure", sheet: Sheet) -> None:
    """Title, legend and notes, from the top down, and from the bottom up."""
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
    figure.text(left, 0.025, "\n".join(lines), fontsize=6.2, color=_SOFT, va="bottom", linespacing=1.35)


def _legend(figure: "Figure", keys: Sequence[Key], left: float, top: float) -> None:
    from matplotlib.lines import Line2D

    for number, key in enumerate(keys):
        y = top - 0.043 * number
        figure.add_artist(
            Line2D(
                [left + 0.012], [y], marker=key.mark, markersize=7.5, markerfacecolor=key.colour,
                markeredgecolor=key.edge, markeredgewidth=0.6, linestyle="none",
            )
        )  # fmt: skip
        figure.text(left + 0.032, y, key.text, fontsize=7.5, color=_INK, va="center")


def _wrapped(text: str, columns: float) -> list[str]:
    """Lines of so many Chinese characters; Latin ones are half as wide, and their words stay whole."""
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
    """Chinese characters one by one; what stands between them in one piece."""
    words: list[str] = []
    for character in text:
        latin = ord(character) < 0x2E80 and not character.isspace()
        if words and latin and ord(words[-1][-1]) < 0x2E80 and not words[-1][-1].isspace():
            words[-1] += character
        else:
            words.append(character)
    return words


def _png(pixels: np.ndarray) -> bytes:
    """With a palette, which takes a third of the room; no date and no program's name in it."""
    from PIL import Image

    content = io.BytesIO()
    flat = Image.fromarray(pixels).convert("RGB")
    flat.quantize(COLOURS, dither=Image.Dither.NONE).save(content, "PNG", optimize=True, dpi=(DPI, DPI))
    return content.getvalue()
