"""What a still map is drawn with: strokes that a pen makes an SVG of, or a picture of another kind."""

import re
from collections.abc import Sequence
from html import escape
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]  # (n, 2), x to the right and y down
Polygon = Sequence[Points]  # its outer ring, then its holes
HATCHING = "hatching"  # a fill
HATCH_PX, HATCH_GROUND, HATCH_LINE = 7, "#fbe8dc", "#c1581d"
_PATTERN = (
    f'<defs><pattern id="hatching" width="{HATCH_PX}" height="{HATCH_PX}" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    f'<rect width="{HATCH_PX}" height="{HATCH_PX}" fill="{HATCH_GROUND}"/><rect width="2" height="{HATCH_PX}" fill="{HATCH_LINE}"/></pattern></defs>'
)
_FONTS = "'Noto Sans CJK SC','PingFang SC','Microsoft YaHei',sans-serif"
_CHINESE_EM, _LATIN_EM = 1.0, 0.58


class Look(NamedTuple):
    """How a shape is filled and edged; an empty colour is none. Colours are written #rrggbb, ``fill`` may be `HATCHING`."""

    fill: str = ""
    stroke: str = ""
    width: float = 0.8
    opacity: float = 1.0  # of the fill


class Ink(NamedTuple):
    """How a text is written: the height of its letters, its colour, which part of it stands at its point, what is around."""

    size: float
    colour: str = "#161c22"
    anchor: str = "start"
    halo: str = ""


class Pen(Protocol):
    """Draws on a sheet; what several marks cover is no darker, and a text stands on its base line."""

    def polygon(self, parts: Sequence[Polygon], look: Look) -> None: ...
    def line(self, points: Points, look: Look) -> None: ...
    def marks(self, middles: Points, radius: float, look: Look, *, is_square: bool = False) -> None: ...
    def text(self, at: tuple[float, float], text: str, ink: Ink) -> None: ...


def measure_text(text: str, size: float) -> float:
    """Return about how wide a text is."""
    return size * sum(_CHINESE_EM if ord(one) >= 0x2E80 else _LATIN_EM for one in text)


def wrap_text(text: str, size: float, width: float) -> list[str]:
    """Cut a text into lines of a width at most, between Latin words or anywhere in Chinese."""
    lines: list[str] = []
    for word in re.findall(r"[!-~]+ ?|.", text):
        if lines and measure_text((lines[-1] + word).rstrip(), size) <= width:
            lines[-1] += word
        else:
            lines.append(word.lstrip())
    return lines


class SvgPen:
    """Draws an SVG. Every text is escaped."""

    def __init__(self, width: float, height: float) -> None:
        self._size = f"0 0 {width:g} {height:g}"
        self._parts = [_PATTERN]

    def polygon(self, parts: Sequence[Polygon], look: Look) -> None:
        path = "".join(_path(ring) + "Z" for rings in parts for ring in rings)
        self._parts.append(f'<path d="{path}" fill-rule="evenodd"{_attributes(look)}/>')

    def line(self, points: Points, look: Look) -> None:
        self._parts.append(f'<path d="{_path(points)}"{_attributes(look)}/>')

    def marks(self, middles: Points, radius: float, look: Look, *, is_square: bool = False) -> None:
        r = f"{radius:.1f}"
        drawn = (
            f'<rect x="{x - radius:.1f}" y="{y - radius:.1f}" width="{2 * radius:.1f}" height="{2 * radius:.1f}"/>'
            if is_square
            else f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r}"/>'
            for x, y in middles.tolist()
        )
        group = _attributes(look).replace("fill-opacity", "opacity")
        self._parts.append(f"<g{group}>{''.join(drawn)}</g>")

    def text(self, at: tuple[float, float], text: str, ink: Ink) -> None:
        halo = f' paint-order="stroke" stroke="{ink.halo}" stroke-width="2.4"' if ink.halo else ""
        halo += f' style="fill:{ink.colour}"'  # also in a page whose style gives texts a colour
        self._parts.append(
            f'<text x="{at[0]:.1f}" y="{at[1]:.1f}" font-size="{ink.size:g}" fill="{ink.colour}" text-anchor="{ink.anchor}"{halo}>'
            f"{escape(text)}</text>"
        )

    def finish(self, label: str) -> str:
        head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{self._size}" role="img" aria-label="{escape(label)}"'
        return f'{head} font-family="{_FONTS}">{"".join(self._parts)}</svg>'


def _path(points: Points) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points.tolist())


def _attributes(look: Look) -> str:
    fill = f"url(#{HATCHING})" if look.fill == HATCHING else look.fill or "none"
    stroke = f' stroke="{look.stroke}" stroke-width="{look.width:g}"' if look.stroke else ""
    return f' fill="{fill}"{stroke}' + (f' fill-opacity="{look.opacity:g}"' if look.opacity < 1 else "")
