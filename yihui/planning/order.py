"""The orders of all planning questions about an area, and of a study of it; the faults of their options."""

from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from core.faults import Fault, FaultTable, raise_faults
from core.text_marks import N_
from geo.datum import Datum
from yihui.planning.demand.request import CENSUS_DEMAND, DemandFileOptions, DemandQuery
from yihui.runtime.arguments import CANNOT_BE

if TYPE_CHECKING:
    from geo.coverage.pairs import StreetTerms
    from yihui.planning.street_reach import StreetReach


# The grid of census and ground demand, by the digits of the area's code.
DEFAULT_SPACING_M = {2: 1_000.0, 4: 500.0, 6: 250.0}
MIN_RADIUS_M = 1.0
MIN_SPACING_M, MAX_SPACING_M = 50.0, 20_000.0  # limits of a grid; the same as for a file of demand
OPTION_FAULTS = FaultTable(
    "usage",
    {
        "radius": (CANNOT_BE, N_("give metres, 1 to 100,000 (100 km)")),
        "spacing": (CANNOT_BE, N_("give metres, 50 to 20,000 (20 km)")),
        "townships_and_outlines": (
            N_("--townships and --outlines both say what the areas are"),
            N_("give one of them"),
        ),
        "not_by_township": (
            N_("--townships divides a table by township, not by {value}"),
            N_("add --by township"),
        ),
    },
)
TOWNSHIP_LEVEL = "township"


def find_reach_faults(radius_m: float, spacing_m: float | None) -> Iterator[Fault]:
    """Yield a fault where the radius, or the spacing of the demand grid, is out of range."""
    from geo.coverage.neighbours import MAX_RADIUS_M  # here: the help of a command needs no geometry

    if not MIN_RADIUS_M <= radius_m <= MAX_RADIUS_M:
        yield OPTION_FAULTS.build("radius", field="--radius", value=f"{radius_m:g}")
    if spacing_m is not None and not MIN_SPACING_M <= spacing_m <= MAX_SPACING_M:
        yield OPTION_FAULTS.build("spacing", field="--demand-grid", value=f"{spacing_m:g}")


@dataclass(frozen=True, slots=True)
class AreaOrder:
    """An area, by its six-digit code, and what is measured in it.

    ``demand`` is one that `load_demand` accepts; ``demand_file`` says how to read it where it is a file.
    ``spacing_m`` None takes the default of the area's level. ``outlines`` is a file of areas that stand in place of
    the counties, ``townships`` one of townships that divide them, both in ``datum``. ``streets`` measures by street
    instead of within the radius. *Units*: metres.
    """

    area: str
    _: KW_ONLY
    register: str | None = None
    radius_m: float = 1_000.0
    demand: str = CENSUS_DEMAND
    demand_file: DemandFileOptions | None = None
    spacing_m: float | None = None
    outlines: Path | None = None
    townships: Path | None = None
    datum: Datum | None = None
    streets: "StreetReach | None" = None

    @property
    def grid_of_demand_m(self) -> float:
        """The spacing of demand that is spread."""
        from geo.districts import area_code_prefix

        return self.spacing_m or DEFAULT_SPACING_M[len(area_code_prefix(self.area))]

    @property
    def query(self) -> DemandQuery:
        """The demand to load."""
        return DemandQuery(self.demand, self.area, self.grid_of_demand_m, self.demand_file)

    @property
    def terms(self) -> "StreetTerms | None":
        """What figures by street mean; None where they are by the straight line."""
        return None if self.streets is None else self.streets.terms

    def check(self) -> None:
        """*Raises*: FaultError with all faults of what is asked."""
        raise_faults([*self.find_faults()])

    def find_faults(self) -> Iterator[Fault]:
        """Yield a fault where the radius, or the spacing of the demand, is out of range."""
        yield from find_reach_faults(self.radius_m, self.spacing_m)


def find_township_option_faults(order: AreaOrder, by: str | None = None) -> Iterator[Fault]:
    """Yield a fault where a file of townships is not used, or is not the only one that says what the areas are.

    ``by`` is the level of the order's table, None for the usual one.
    """
    if order.townships is None:
        return
    if order.outlines is not None:
        yield OPTION_FAULTS.build("townships_and_outlines", field="--townships", value=order.townships.name)
    elif by not in (None, TOWNSHIP_LEVEL):
        yield OPTION_FAULTS.build("not_by_township", field="--townships", value=by)


@dataclass(frozen=True, slots=True)
class StudyOrder(AreaOrder):
    """What to study. ``sites`` is the number of proposals, None for none; with ``streets`` all but the distances is
    by street.
    """

    at: datetime
    sites: int | None = None
