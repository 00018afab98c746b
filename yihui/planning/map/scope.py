"""The data of a planner's map."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from yihui.planning.map.townships import MapTownships

if TYPE_CHECKING:
    import geopandas as gpd

    from geo.coverage.demand import Demand
    from geo.coverage.pairs import StreetTerms
    from geo.coverage.reach import Reach
    from geo.nearest.index import StationIndex


@dataclass(frozen=True, slots=True)
class MapScope:
    """The data of a map: counties and the levels above, all stations nearby, a demand, an instant.

    ``index`` includes stations beyond the border, since they serve this side too. ``terms`` say what a reach by
    street means. *CRS*: WGS84.
    """

    outlines: "gpd.GeoDataFrame"
    wider: "Sequence[gpd.GeoDataFrame]"
    index: "StationIndex"
    demand: "Demand"
    reach: "Reach"
    at: datetime
    townships: MapTownships | None = None
    terms: "StreetTerms | None" = None
