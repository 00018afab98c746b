"""What every planning order says: the area, its stations, its demand, and how far counts as within reach."""

from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.faults import Fault, FaultError
from geo.datum import Datum
from yihui.planning.demand.request import CENSUS_DEMAND, DemandFileOptions, DemandQuery
from yihui.planning.request import DEFAULT_SPACING_M, find_reach_faults

if TYPE_CHECKING:
    from geo.coverage.pairs import StreetTerms
    from yihui.planning.street_reach import StreetReach


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
        if faults := [*self.find_faults()]:
            raise FaultError(faults)

    def find_faults(self) -> Iterator[Fault]:
        """Yield a fault where the radius, or the spacing of the demand, is out of range."""
        yield from find_reach_faults(self.radius_m, self.spacing_m)
