"""Labels of a printed map that hide neither each other nor the names: the ranks of gaps among them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import cos, pi, sin
from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    import geopandas as gpd
    from matplotlib.axes import Axes

_CHINESE_EM, _LATIN_EM, _LINE_EM = 1.0, 0.62, 1.3  # sizes of characters, of the font's size
_POINTS_AN_INCH = 72
_DIRECTIONS = 16
_STEPS = (1.0, 1.6, 2.4)  # distances of a label that must move aside, of its own size
_SNUG = 0.8  # share of a label's box that must lie on the ground that it names

MAX_LEADER_RANK = 30  # up to this rank, a number without room in its gap stands beside it; all, if few
_FEW = 100
_FIRST = 10
_INK, _TEMPORARY_INK = "#161c22", "#6b5d00"
_FIRST_PT, _OTHER_PT, _MANY_PT, _TEMPORARY_PT = 5.5, 4.6, 3.4, 4.0  # small where there are many

Box = tuple[float, float, float, float]


@dataclass(slots=True)
class LabelBoxes:
    """The boxes of the labels on one map; a new one is placed where it touches none of them.

    *Units*: those of the map's plane.
    """

    taken: list[Box] = field(default_factory=list)

    def reserve(self, middle: tuple[float, float], size: tuple[float, float]) -> None:
        """Keep the room of a label that is drawn in any case."""
        self.taken.append(_box(middle, size))

    def place_inside(
        self, spots: Sequence[tuple[float, float]], size: tuple[float, float], ground: shapely.Geometry
    ) -> tuple[float, float] | None:
        """Return the first of the spots at which the label lies on its ground and touches no other label."""
        snug = (size[0] * _SNUG, size[1] * _SNUG)
        for spot in spots:
            if self._is_free(_box(spot, size)) and shapely.contains(ground, shapely.box(*_box(spot, snug))):
                self.reserve(spot, size)
                return spot
        return None

    def place_beside(
        self, point: tuple[float, float], size: tuple[float, float]
    ) -> tuple[float, float] | None:
        """Return the nearest free place at a point or around it, or None if all of them are taken."""
        for step in (0.0, *_STEPS):
            for turn in range(_DIRECTIONS if step else 1):
                angle = 2 * pi * turn / _DIRECTIONS
                spot = (point[0] + step * size[0] * cos(angle), point[1] + step * size[1] * sin(angle))
                if self._is_free(_box(spot, size)):
                    self.reserve(spot, size)
                    return spot
        return None

    def take_free(self, middle: tuple[float, float], size: tuple[float, float]) -> bool:
        """Keep the room of a label if it touches no other one; return whether it does not."""
        is_free = self._is_free(_box(middle, size))
        if is_free:
            self.reserve(middle, size)
        return is_free

    def _is_free(self, box: Box) -> bool:
        if not self.taken:
            return True
        west, south, east, north = np.array(self.taken).T
        return bool(((east <= box[0]) | (west >= box[2]) | (north <= box[1]) | (south >= box[3])).all())


def label_size(
    text: str, font_pt: float, unit_a_point: float, padding_em: float = 0.2
) -> tuple[float, float]:
    """Return the width and height that a text takes on a map. *Units*: those of the map's plane."""
    ems = sum(_CHINESE_EM if ord(character) >= 0x2E80 else _LATIN_EM for character in text)
    return (ems + padding_em) * font_pt * unit_a_point, (_LINE_EM + padding_em) * font_pt * unit_a_point


def metres_a_point(axes: "Axes") -> float:
    """Return the length in the map's plane of one typographic point, once the map's limits are set."""
    axes.apply_aspect()
    figure = axes.get_figure(root=True)
    assert figure is not None
    width_in = axes.get_position().width * figure.get_size_inches()[0]
    west, east = axes.get_xlim()
    return float((east - west) / (width_in * _POINTS_AN_INCH))


def _box(middle: tuple[float, float], size: tuple[float, float]) -> Box:
    (x, y), (width, height) = middle, size
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def write_label(
    axes: "Axes",
    spot: tuple[float, float],
    text: str,
    font_pt: float,
    colour: str,
    *,
    order: float = 7,
    halo: float = 0.0,
    disc: str = "",
    **style: object,
) -> None:
    """Write a text about a spot, with a white halo of so many points, or on a disc of a colour."""
    from matplotlib.patheffects import withStroke

    if halo:
        style["path_effects"] = [withStroke(linewidth=halo, foreground="white")]
    if disc:
        style["bbox"] = {
            "boxstyle": "circle,pad=0.22",
            "facecolor": disc,
            "edgecolor": "white",
            "linewidth": 0.5,
        }
        style["fontweight"] = "bold"
    axes.text(
        *spot, text, fontsize=font_pt, color=colour, zorder=order, clip_on=True, parse_math=False,
        **{"ha": "center", "va": "center", **style},  # type: ignore[arg-type]
    )  # fmt: skip


def draw_ranks(axes: "Axes", gaps: "gpd.GeoSeries", boxes: LabelBoxes, metre: float) -> None:
    """Number the lasting gaps by rank, where the number hides no name and no other number.

    ``metre`` is the length in the plane of a typographic point. The first ranks may stand beside their gap, at the
    end of a line.
    """
    few = len(gaps) <= _FEW
    beside, other = (len(gaps), _OTHER_PT) if few else (MAX_LEADER_RANK, _MANY_PT)
    for rank, ground in enumerate(gaps, 1):
        is_first = rank <= _FIRST
        font = _FIRST_PT if is_first else other
        size = label_size(str(rank), font, metre, padding_em=0.7 if is_first else 0.15)
        middle, inner = ground.centroid, ground.representative_point()
        spot = boxes.place_inside([(middle.x, middle.y), (inner.x, inner.y)], size, ground)
        if spot is None and rank <= beside:
            spot = boxes.place_beside((inner.x, inner.y), size)
            if spot is not None:
                axes.plot(
                    [inner.x, spot[0]], [inner.y, spot[1]], color=_INK, linewidth=0.4, zorder=6,
                    solid_capstyle="butt",
                )  # fmt: skip
        if spot is not None and is_first:
            write_label(axes, spot, str(rank), font, "white", order=8, disc=_INK)
        elif spot is not None:
            write_label(axes, spot, str(rank), font, _INK, halo=1.1)


def draw_temporary_ranks(axes: "Axes", gaps: "gpd.GeoSeries", boxes: LabelBoxes, metre: float) -> None:
    """Number the gaps at some hours where the number lies on its own gap; their ranks are a list of their own."""
    for rank, ground in enumerate(gaps, 1):
        inner = ground.representative_point()
        size = label_size(str(rank), _TEMPORARY_PT, metre, padding_em=0.1)
        above = (inner.x, inner.y + size[1] / 2)  # clear of the place in the middle
        spot = boxes.place_inside([above, (inner.x, inner.y)], size, ground)
        if spot is not None:
            write_label(
                axes, spot, str(rank), _TEMPORARY_PT, _TEMPORARY_INK, style="italic", va="center_baseline"
            )
