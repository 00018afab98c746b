"""What the requests of several planning questions share: ranges, and the faults of wrong options."""

from collections.abc import Iterator

from core.faults import Fault, FaultTable
from core.text_marks import N_
from yihui.runtime.arguments import CANNOT_BE

# The grid of census and ground demand, by the digits of the area's code.
DEFAULT_SPACING_M = {2: 1_000.0, 4: 500.0, 6: 250.0}
MIN_RADIUS_M = 1.0
MIN_SPACING_M, MAX_SPACING_M = 50.0, 20_000.0  # limits of a grid; the same as for a file of demand
OPTION_FAULTS = FaultTable(
    "usage",
    {
        "radius": (CANNOT_BE, N_("give metres, 1 to 100,000 (100 km)")),
        "spacing": (CANNOT_BE, N_("give metres, 50 to 20,000 (20 km)")),
    },
)


def find_reach_faults(radius_m: float, spacing_m: float | None) -> Iterator[Fault]:
    """Yield a fault where the radius, or the spacing of the demand grid, is out of range."""
    from geo.coverage.neighbours import MAX_RADIUS_M  # here: the help of a command needs no geometry

    if not MIN_RADIUS_M <= radius_m <= MAX_RADIUS_M:
        yield OPTION_FAULTS.build("radius", field="--radius", value=f"{radius_m:g}")
    if spacing_m is not None and not MIN_SPACING_M <= spacing_m <= MAX_SPACING_M:
        yield OPTION_FAULTS.build("spacing", field="--demand-grid", value=f"{spacing_m:g}")
