"""What a still map is drawn with: strokes that a pen makes an SVG of, or a picture of another kind."""

import re
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]  # (n, 2), x to the right and y down
Polygon = Sequence[Points]  # its outer ring, then its holes
HATCHING = "hatching"  # a fill
_CHINESE_EM, _LATIN_EM = 1.0, 0.58


class Paint(NamedTuple):
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

    def polygon(self, parts: Sequence[Polygon], look: Paint) -> None: ...
    def line(self, points: Points, look: Paint) -> None: ...
    def marks(self, middles: Points, radius: float, look: Paint, *, is_square: bool = False) -> None: ...
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
