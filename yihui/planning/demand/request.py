"""What somebody says of a file of demand; its headers, its CRS and its content say the rest."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from geo.crs import Datum


class LeaveOut(StrEnum):
    """What may be left out, if somebody says so."""

    OUTSIDE = "outside"  # what lies off the region
    TOTALS = "totals"  # whole cities and provinces whose counties are in the file too
    UNKNOWN = "unknown"  # rows that name no district, such as functional zones


class Spread(StrEnum):
    """What becomes of a polygon's demand."""

    GRID = "grid"  # even parts at the crossings of a square grid; a small polygon has one point inside it
    CENTRE = "centre"  # all of it at one point inside


@dataclass(frozen=True, slots=True)
class DemandRequest:
    """How to read a file. ``column`` holds the demand; ``each``: every row is 1.

    ``lon``, ``lat`` and ``code`` name columns that have no usual name. *Units*: metres; ``unit`` is that of
    the demand, by the column's name where None.
    """

    file: Path
    column: str | None = None
    each: bool = False
    unit: str | None = None
    datum: Datum | None = None
    crs: str | None = None
    layer: str | None = None
    headless: bool = False
    lon: str | None = None
    lat: str | None = None
    code: str | None = None
    polygons: Spread = Spread.GRID
    spacing_m: float = 1_000.0
    leave_out: frozenset[LeaveOut] = frozenset()
