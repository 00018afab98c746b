"""What ``yihui plan coverage`` is to measure, and the checks of its options before any file is read."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from geo.coverage.reach import MAX_RADIUS_M, MAX_TRAVEL_S, OPEN_TO_ALL
from geo.crs import Datum
from geo.nearest.filters import Filters
from geo.station import Access, Kind
from yihui.planning.demand.request import CENSUS_DEMAND, DemandFileOptions
from yihui.planning.township_options import TOWNSHIP_LEVEL
from yihui.runtime.arguments import CANNOT_BE

if TYPE_CHECKING:
    from geo.nearest.travel import Network


_FINEST = 15
CELL_LEVEL = "cell"
COVERAGE_LEVELS = ("province", "city", "county", TOWNSHIP_LEVEL, "community", CELL_LEVEL)
COVERAGE_OPTION_FAULTS = FaultTable(
    "usage",
    {
        "radius": (CANNOT_BE, N_("give metres, above 0 and up to 100000 (100 km)")),
        "minutes": (CANNOT_BE, N_("give minutes, 1 to 360")),
        "choice": (CANNOT_BE, N_("choose one of {known}")),
        "resolution": (CANNOT_BE, N_("give 0 to 15, such as 7 (5 km²)")),
    },
)


@dataclass(frozen=True, slots=True)
class CoverageOrder:
    """What to measure. ``area`` is the code of a province, a city or a county; ``by`` is one of `COVERAGE_LEVELS`.

    ``demand`` is a demand that `load_demand` accepts. ``outlines`` is a user's file, in ``datum``; ``townships`` one of
    townships that divide the counties, used for the level of that name. With
    ``network`` the reach is a travel time of ``within_s``. *Units*: metres, seconds.
    """

    area: str
    at: datetime
    radius_m: float = 1_000.0
    by: str = "county"
    demand: str = CENSUS_DEMAND
    demand_file: DemandFileOptions | None = None
    register: str | None = None
    filters: Filters = OPEN_TO_ALL
    resolution: int = 7
    spacing_m: float | None = None
    outlines: Path | None = None
    datum: Datum = Datum.WGS84
    hours: bool = False
    network: "Network | None" = None
    within_s: float | None = None
    townships: Path | None = None


def check_radius(radius_m: float) -> float:
    """Return a valid radius. *Raises*: FaultError, as all functions of this module do."""
    if not 0 < radius_m <= MAX_RADIUS_M:
        raise _error("radius", "--radius", f"{radius_m:g}")
    return radius_m


def check_minutes(minutes: float) -> float:
    """Return a valid travel time in minutes."""
    if not 60 <= minutes * 60 <= MAX_TRAVEL_S:
        raise _error("minutes", "--minutes", f"{minutes:g}")
    return minutes


def check_level(by: str) -> str:
    """Return a valid level of areas, one of `COVERAGE_LEVELS`."""
    if by not in COVERAGE_LEVELS:
        raise _error("choice", "--by", by, COVERAGE_LEVELS)
    return by


def check_resolution(resolution: int) -> int:
    """Return a valid H3 resolution."""
    if not 0 <= resolution <= _FINEST:
        raise _error("resolution", "--resolution", str(resolution))
    return resolution


def parse_station_kinds(texts: Sequence[str]) -> frozenset[Kind]:
    """Parse station kinds."""
    return frozenset(_kind(text) for text in texts)


def coverage_filters(member: bool, employer: str, kinds: Sequence[str]) -> Filters:
    """Return which places count: those open to all, and those for members or an employer's staff."""
    accesses = OPEN_TO_ALL.accesses | ({Access.MEMBERS} if member else set())
    return replace(OPEN_TO_ALL, accesses=accesses, employer=employer, kinds=parse_station_kinds(kinds))


def _kind(text: str) -> Kind:
    try:
        return Kind(text.strip().lower())
    except ValueError as error:
        raise _error("choice", "--kind", text, tuple(Kind)) from error


def _error(code: str, field: str, text: str, known: Sequence[str] = ()) -> FaultError:
    return FaultError(COVERAGE_OPTION_FAULTS.build(code, field=field, value=text, known=", ".join(known)))
