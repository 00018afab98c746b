"""Render a still map (`maps.picture`): as SVG for a page, or as PNG for paper and files, with a font of this machine."""

import io
from collections.abc import Mapping, Sequence
from functools import lru_cache
from html import escape
from math import ceil
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from maps.pens import HATCHING, Ink, Paint, Points, Polygon
from maps.picture import WIDTH, Painter, Still

_HATCH_PX, _HATCH_GROUND, _HATCH_LINE = 7, "#fbe8dc", "#c1581d"
_PATTERN = (
    f'<defs><pattern id="hatching" width="{_HATCH_PX}" height="{_HATCH_PX}" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    f'<rect width="{_HATCH_PX}" height="{_HATCH_PX}" fill="{_HATCH_GROUND}"/><rect width="2" height="{_HATCH_PX}" fill="{_HATCH_LINE}"/></pattern></defs>'
)
_FONTS = "'Noto Sans CJK SC','PingFang SC','Microsoft YaHei',sans-serif"
_SCALE, _FINER = 2.25, 2  # pixels a unit; drawn finer and then reduced, which smooths edges
_COLOURS, _OPAQUE = 200, 255
_ANCHORS = {"start": "ls", "middle": "ms", "end": "rs"}
Font = tuple[str, int]  # a file, and the number of the face in it


def render_picture(data: Mapping[str, Any], title: str) -> str:
    """Render the JSON of a map as SVG. ``title`` is for readers who don't see it; every text is escaped."""
    painter = Painter(Still(data))
    pen = SvgPen(WIDTH, painter.height)
    painter.draw(pen)
    return pen.finish(title)


def render_png(still: Still, font: Font) -> bytes:
    """Render a still map as PNG. The same map gives the same bytes."""
    painter = Painter(still)
    pen = PngPen(WIDTH, painter.height, font)
    painter.draw(pen)
    return pen.finish()


class SvgPen:
    """Draws an SVG. Every text is escaped."""

    def __init__(self, width: float, height: float) -> None:
        self._size = f"0 0 {width:g} {height:g}"
        self._parts = [_PATTERN]

    def polygon(self, parts: Sequence[Polygon], look: Paint) -> None:
        path = "".join(_path(ring) + "Z" for rings in parts for ring in rings)
        self._parts.append(f'<path d="{path}" fill-rule="evenodd"{_attributes(look)}/>')

    def line(self, points: Points, look: Paint) -> None:
        self._parts.append(f'<path d="{_path(points)}"{_attributes(look)}/>')

    def marks(self, middles: Points, radius: float, look: Paint, *, is_square: bool = False) -> None:
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


def _attributes(look: Paint) -> str:
    fill = f"url(#{HATCHING})" if look.fill == HATCHING else look.fill or "none"
    stroke = f' stroke="{look.stroke}" stroke-width="{look.width:g}"' if look.stroke else ""
    return f' fill="{fill}"{stroke}' + (f' fill-opacity="{look.opacity:g}"' if look.opacity < 1 else "")


class PngPen:
    """Draws a PNG with a font."""

    def __init__(self, width: float, height: float, font: Font) -> None:
        self._scale, self._font = _SCALE * _FINER, font
        self._size = (ceil(width * _SCALE) * _FINER, ceil(height * _SCALE) * _FINER)
        self._image = Image.new("RGB", self._size, "#ffffff")
        self._draw = ImageDraw.Draw(self._image)

    def polygon(self, parts: Sequence[Polygon], look: Paint) -> None:
        rings = [
            (ring * self._scale, at > 0) for one in parts for at, ring in enumerate(one) if len(ring) > 2
        ]
        if look.fill and rings:
            self._fill(rings, look)
        for ring, _ in rings if look.stroke else ():
            self._line(np.vstack((ring, ring[:1])), look)

    def _fill(self, rings: Sequence[tuple[Points, bool]], look: Paint) -> None:
        every = np.concatenate([ring for ring, _ in rings])
        west, north = np.maximum(np.floor(every.min(axis=0)), 0).astype(int).tolist()
        east, south = np.minimum(np.ceil(every.max(axis=0)) + 1, self._size).astype(int).tolist()
        if east <= west or south <= north:
            return
        mask = Image.new("L", (east - west, south - north))
        cut = ImageDraw.Draw(mask)
        for ring, is_hole in sorted(rings, key=lambda one: -_area(one[0])):  # what lies in a hole comes later
            cut.polygon(_corners(ring - (west, north)), 0 if is_hole else round(_OPAQUE * look.opacity))
        self._image.paste(self._colours(look.fill, (west, north, east, south)), (west, north), mask)

    def _colours(self, fill: str, box: tuple[int, int, int, int]) -> Image.Image:
        if fill == HATCHING:
            return _hatch(self._size, round(_HATCH_PX * self._scale)).crop(box)
        return Image.new("RGB", (box[2] - box[0], box[3] - box[1]), fill)

    def line(self, points: Points, look: Paint) -> None:
        self._line(points * self._scale, look)

    def _line(self, pixels: Points, look: Paint) -> None:
        self._draw.line(_corners(pixels), look.stroke, self._pixels(look.width), "curve")

    def marks(self, middles: Points, radius: float, look: Paint, *, is_square: bool = False) -> None:
        mask = Image.new("L", self._size) if look.opacity < 1 else None
        pen = self._draw if mask is None else ImageDraw.Draw(mask)
        inside = look.fill if mask is None else round(_OPAQUE * look.opacity)
        edge = look.stroke if mask is None and look.stroke else None
        draw, far = pen.rectangle if is_square else pen.ellipse, radius * self._scale
        for x, y in (middles * self._scale).tolist():
            draw((x - far, y - far, x + far, y + far), inside, edge, self._pixels(look.width) if edge else 0)
        if mask is not None:
            self._image.paste(self._colours(look.fill, (0, 0, *self._size)), (0, 0), mask)

    def text(self, at: tuple[float, float], text: str, ink: Ink) -> None:
        place = (at[0] * self._scale, at[1] * self._scale)
        font = _load_font(*self._font, round(ink.size * self._scale))
        around = self._pixels(1.2) if ink.halo else 0
        edge = ink.halo or None
        self._draw.text(
            place, text, ink.colour, font, _ANCHORS[ink.anchor], stroke_width=around, stroke_fill=edge
        )

    def finish(self) -> bytes:
        """Return the PNG with a palette, which takes a third of the size, without a date."""
        content = io.BytesIO()
        flat = self._image.reduce(_FINER).quantize(_COLOURS, dither=Image.Dither.NONE)
        flat.save(content, "PNG", optimize=True)
        return content.getvalue()

    def _pixels(self, width: float) -> int:
        return max(round(width * self._scale), 1)


@lru_cache
def _load_font(file: str, face: int, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(file, size, face)


@lru_cache(maxsize=1)
def _hatch(size: tuple[int, int], step: int) -> Image.Image:
    made = Image.new("RGB", size, _HATCH_GROUND)
    pen, (width, height) = ImageDraw.Draw(made), size
    for x in range(-height, width, round(step * 2**0.5)):
        pen.line((x, height, x + height, 0), _HATCH_LINE, step * 2 // _HATCH_PX)
    return made


def _area(ring: Points) -> float:
    x, y = (ring - ring[0]).T
    return abs(float(x @ np.roll(y, 1) - y @ np.roll(x, 1)))


def _corners(points: Points) -> list[tuple[float, float]]:
    return [(x, y) for x, y in points.tolist()]
