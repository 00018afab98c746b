"""What a coverage map shows, as data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import geopandas as gpd

from geo.station import State, Station
from maps.classes import Classes


@dataclass(frozen=True, slots=True)
class CoverageView:
    """What a coverage map shows.

    *Shape*: ``districts`` are outlines with the columns ``name``, ``city`` (the name of its city) and
    ``population``, joined to the figures of `geo.coverage.coverage`; missing figures are NaN.
    *CRS*: ``districts`` EPSG:4326. *Units*: ``radius_m`` metres.
    """

    stations: Sequence[Station]
    districts: gpd.GeoDataFrame
    at: datetime
    radius_m: float
    states: Mapping[str, State] = field(default_factory=dict)  # by station id, at ``at``
    sources: Sequence[str] = ()
    classes: Classes = field(default_factory=Classes)
