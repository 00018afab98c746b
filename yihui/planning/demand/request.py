"""Options for reading a file of demand; headers, CRS and content give the rest."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from geo.crs import Datum


class LeaveOut(StrEnum):
    """Rows that the user may choose to leave out."""

    OUTSIDE = "outside"  # rows outside the region
    TOTALS = "totals"  # whole cities and provinces whose counties are in the file too
    UNKNOWN = "unknown"  # rows that name no district, such as functional zones


class PolygonSpread(StrEnum):
    """How a polygon's demand becomes points."""

    GRID = "grid"  # even parts at the crossings of a square grid; a small polygon has one point inside it
    CENTRE = "centre"  # all of it at one point inside


@dataclass(frozen=True, slots=True)
class DemandFileOptions:
    """How to read a file. ``column`` holds the demand; with ``each``, every row counts as 1.

    ``lon``, ``lat`` and ``code`` name columns with unknown headers. *Units*: metres; ``unit`` is the unit of the
    demand, by default taken from the column's header.
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
    polygons: PolygonSpread = PolygonSpread.GRID
    spacing_m: float = 1_000.0
    leave_out: frozenset[LeaveOut] = frozenset()
