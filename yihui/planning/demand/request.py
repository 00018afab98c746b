"""Options for reading a file of demand; headers, CRS and content give the rest."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from geo.crs import Datum
from yihui.runtime.arguments import parse_datum

if TYPE_CHECKING:
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


def demand_file_options(
    what: str, column: str | None, own: str | None, datum: "Datum | None"
) -> DemandFileOptions | None:
    """Return how to read a file, in its ``own`` datum or else in the datum of all files; None where no option is set.

    *Raises*: FaultError for an unknown datum.
    """
    said = parse_datum(own, "--demand-datum") or (datum if Path(what).is_file() else None)
    if column is None and said is None:
        return None
    return DemandFileOptions(Path(what), column, datum=said)


CENSUS_DEMAND, GROUND_DEMAND, SEARCHES_DEMAND, UNMET_SEARCHES_DEMAND = (
    "population",
    "area",
    "searches",
    "searches:unmet",
)
_ALIASES = {"census": CENSUS_DEMAND}
BUILT_IN_DEMANDS = (CENSUS_DEMAND, GROUND_DEMAND, SEARCHES_DEMAND, UNMET_SEARCHES_DEMAND)


@dataclass(frozen=True, slots=True)
class DemandQuery:
    """Which demand to load. ``what`` is one of `BUILT_IN_DEMANDS` or the path of a file.

    ``file`` says how to read the file. *Units*: metres.
    """

    what: str
    area: str | None
    spacing_m: float = 1_000.0
    file: DemandFileOptions | None = None

    @property
    def built_in(self) -> str | None:
        """The built-in demand that ``what`` names; None for a file."""
        word = _ALIASES.get(self.what, self.what)
        return word if word in BUILT_IN_DEMANDS else None
