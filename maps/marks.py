"""What stands on a map besides places and districts: areas that lack something, and points that are proposed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

Facts = Sequence[tuple[str, str]]  # what a popup says: label and text, both as they are shown


@dataclass(frozen=True, slots=True)
class Patch:
    """An area with a name, such as a gap; ``hours`` says at which of a week's 168 hours it is one (None: always).

    *CRS*: WGS84. *Raises*: ValueError where ``hours`` has another shape.
    """

    name: str
    geometry: shapely.Geometry
    facts: Facts = ()
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
    facts: Facts = ()
