"""What ``yihui plan compare`` is to compare, and its check."""

from dataclasses import dataclass
from datetime import datetime

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from geo.coverage.reach import MAX_RADIUS_M, OPEN_TO_ALL
from geo.crs import Datum
from geo.nearest.filters import Filters
from yihui.planning.demand.request import CENSUS_DEMAND, DemandFileOptions

CURRENT_SIDE = "now"
COMPARE_OPTION_FAULTS = FaultTable(
    "usage",
    {
        "radius": (
            N_("the radius {value} m is none that can be used"),
            N_("give metres, above 0 and up to 100000 (100 km)"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class CompareOrder:
    """What to compare. A side is a register file, a register name, a date, ``now``, or ``name@date``.

    Both sides are evaluated at ``at``; ``after_at``, where given, replaces it for the later side. ``datum`` is
    the datum of files. *Units*: metres.
    """

    before: str
    after: str
    at: datetime
    area: str
    after_at: datetime | None = None
    demand: str = CENSUS_DEMAND
    radius_m: float = 1_000.0
    spacing_m: float = 1_000.0
    filters: Filters = OPEN_TO_ALL
    datum: Datum | None = None
    hours: bool = False
    demand_file: DemandFileOptions | None = None


def check_compare_radius(radius_m: float) -> float:
    """Return a valid radius. *Raises*: FaultError."""
    if not 0 < radius_m <= MAX_RADIUS_M:
        raise FaultError(COMPARE_OPTION_FAULTS.build("radius", field="--radius", value=f"{radius_m:g}"))
    return radius_m
