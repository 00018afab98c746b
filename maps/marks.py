"""Marks on a map besides places and districts: areas such as gaps, and points such as proposed sites."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

PopupFacts = Sequence[tuple[str, str]]  # lines of a popup: label and text, both as displayed


@dataclass(frozen=True, slots=True)
class AreaMark:
    """A named area, such as a gap.

    ``hours`` marks the hours of the week (of 168) at which it is a gap; None means always.
    *CRS*: WGS84. *Raises*: ValueError if ``hours`` has another shape.
    """

    name: str
    geometry: shapely.Geometry
    facts: PopupFacts = ()
    hours: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        if self.hours is not None and self.hours.shape != (168,):
            raise ValueError(f"hours has the shape {self.hours.shape}; give (168,)")


@dataclass(frozen=True, slots=True)
class Pin:
    """A point with a rank and a name, such as a proposed site. *CRS*: WGS84."""

    rank: int
    name: str
    lon: float
    lat: float
    facts: PopupFacts = ()
