"""What a map shows, as data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from geo.station import State, Station
from maps.classes import Classes
from maps.marks import Patch, Pin
from maps.tiles import NO_TILES, Tiles

HOURS = 168


@dataclass(frozen=True, slots=True)
class Week:
    """What holds at each hour of a civil week, Monday 0 h first.

    *Shape*: ``states`` (len(ids), 168) of `geo.hours` (0 closed, 1 open, 2 unknown); ``share`` and ``open``
    (len(codes), 168), the share served (NaN where there is none) and the number of open places by area.
    *Raises*: ValueError where a shape is another, or ``monday`` is none.
    """

    monday: date
    ids: Sequence[str]
    states: NDArray[np.int8]
    codes: Sequence[str]
    share: NDArray[np.float64]
    open: NDArray[np.float64]

    def __post_init__(self) -> None:
        if self.monday.isoweekday() != 1:
            raise ValueError(f"{self.monday} is no Monday")
        for name, table, rows in (
            ("states", self.states, len(self.ids)),
            ("share", self.share, len(self.codes)),
            ("open", self.open, len(self.codes)),
        ):
            if table.shape != (rows, HOURS):
                raise ValueError(f"{name} has the shape {table.shape}; give {(rows, HOURS)}")


@dataclass(frozen=True, slots=True)
class MapView:
    """What a map shows; only stations and levels are needed.

    *Shape*: ``levels`` are outlines from the widest level to the narrowest, each with the columns
    ``code`` (an area lies in those whose code, without its trailing zeros, begins its own), ``name``,
    ``population``, ``stations``, ``open``, ``per_10k`` and ``covered_share``; missing figures are NaN, and
    ``demand``, ``median_m``, ``p90_m`` are shown too where they are given. ``served`` is what the share is
    of: "ground", "people", or the user's own word. With a ``week`` the map has a slider over its hours and
    begins at that of ``at``; without one it shows ``states``, by station id, and the figures of the levels.
    *CRS*: ``levels`` EPSG:4326. *Units*: ``radius_m`` metres.
    """

    stations: Sequence[Station]
    levels: Sequence[gpd.GeoDataFrame]
    at: datetime
    radius_m: float
    states: Mapping[str, State] = field(default_factory=dict)  # at ``at``
    week: Week | None = None
    served: str = "ground"
    gaps: Sequence[Patch] = ()
    gaps_found: int = 0  # of which ``gaps`` are the heaviest
    gaps_by_night: bool = False  # they are ground that has a place by day
    proposals: Sequence[Pin] = ()
    sources: Sequence[str] = ()
    tiles: Tiles = NO_TILES
    classes: Classes = field(default_factory=Classes)
