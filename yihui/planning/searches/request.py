"""What ``yihui plan searches`` is to list."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import Field

from geo.usage_counts import SEARCH_REACH_M
from yihui.planning.demand.request import SEARCHES_DEMAND
from yihui.planning.order import AreaOrder, Geojson


class SearchesOrder(AreaOrder):
    """An area. What counts as found was counted when the rider searched: open within 1 km (decision 0027)."""

    at: datetime | None = Field(default=None, exclude=True)  # type: ignore[assignment]
    radius_m: float = Field(default=SEARCH_REACH_M, exclude=True)
    demand: str = Field(default=SEARCHES_DEMAND, exclude=True)
    only_register: str | None = Field(default=None, exclude=True)
    geojson: Geojson = None

    @classmethod
    def choose_instant(cls, values: Mapping[str, Any], now: datetime | None) -> Mapping[str, Any]:
        return values
