"""What ``yihui plan searches`` is to list."""

from dataclasses import dataclass

from geo.usage_counts import SEARCH_REACH_M
from yihui.planning.demand.request import UNMET_SEARCHES_DEMAND
from yihui.planning.order import AreaOrder


@dataclass(frozen=True, slots=True)
class SearchesOrder(AreaOrder):
    """An area. What counts as found was counted when the rider searched: open within 1 km (decision 0027)."""

    radius_m: float = SEARCH_REACH_M
    demand: str = UNMET_SEARCHES_DEMAND
