"""What every analysis of an area has beside its own figures."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from core.faults import Fault
from geo.coverage.demand import Demand
from geo.coverage.reach import Reach
from geo.nearest.index import StationIndex
from yihui.planning.order import AreaOrder
from yihui.planning.townships import TownshipOutlines

OrderT = TypeVar("OrderT", bound=AreaOrder)


@dataclass(frozen=True, kw_only=True, eq=False)  # without slots, as a subscribed class is called
class AreaResult(Generic[OrderT]):
    """An area, its demand, and the stations that may serve it, of which answers and maps are built.

    ``demand`` is that of the asked hour, ``demand_of_week`` that of all. ``index`` has the stations beyond the border too,
    because they serve this side. ``unknown`` counts the usable stations of the area whose hours nobody knows; they count
    as closed. ``townships`` divide the counties where they are known.
    """

    order: OrderT
    area_name: str
    demand: Demand
    demand_title: str = ""
    demand_of_week: Demand
    index: StationIndex
    reach: Reach
    unknown: int = 0
    notes: tuple[Fault, ...] = ()
    townships: TownshipOutlines | None = None

    @property
    def is_sample(self) -> bool:
        """Whether some stations are generated."""
        return any(station.sample for station in self.index.stations)
