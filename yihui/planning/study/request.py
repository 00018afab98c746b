"""What a study is to show."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from yihui.planning.demand.request import NO_RASTER_OPTIONS, RasterOptions

if TYPE_CHECKING:
    from pathlib import Path

    from geo.crs import Datum
    from yihui.planning.street_reach import StreetReach


CENSUS_DEMAND = "population"


@dataclass(frozen=True, slots=True)
class StudyOrder:
    """What to study. ``area`` is the six-digit code of a province, a city or a county.

    ``demand`` is ``population`` (census residents, spread evenly over each county) or another demand of
    `load_demand`, such as a file, whose column, datum and values of a raster may be given. ``spacing_m`` None takes the default of
    the area's level. ``sites`` is the number of proposals, None for none. ``townships`` is a file of outlines that divide the counties of a city,
    in ``townships_datum`` where the file only says degrees. ``streets`` makes all but the distances by street.
    *Units*: metres; ``at`` is an aware instant.
    """

    area: str
    at: datetime
    register: str | None = None
    radius_m: float = 1_000.0
    spacing_m: float | None = None
    demand: str = CENSUS_DEMAND
    demand_column: str | None = None
    demand_datum: "Datum | None" = None
    demand_raster: RasterOptions = NO_RASTER_OPTIONS
    sites: int | None = None
    townships: "Path | None" = None
    townships_datum: "Datum | None" = None
    streets: "StreetReach | None" = None
