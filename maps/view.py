"""The data that a map shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from geo.station import OpeningState, Station
from maps.classes import ColourClasses
from maps.marks import AreaMark, Pin
from maps.tiles import NO_TILES, BaseMapTiles

HOURS_PER_WEEK = 168


@dataclass(frozen=True, slots=True)
class WeekFigures:
    """States and figures at each hour of a civil week, starting on Monday at 0 h.

    *Shape*: ``states`` (len(ids), 168) of `geo.hours` (0 closed, 1 open, 2 unknown); ``share`` and ``open``
    (len(codes), 168), the share served (NaN for no figure) and the number of open places by area.
    *Raises*: ValueError if a shape differs, or ``monday`` is not a Monday.
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
            if table.shape != (rows, HOURS_PER_WEEK):
                raise ValueError(f"{name} has the shape {table.shape}; give {(rows, HOURS_PER_WEEK)}")


@dataclass(frozen=True, slots=True)
class MapView:
    """The data that a map shows; only stations and levels are required.

    *Shape*: ``levels`` are outlines from the widest level to the narrowest, each with the columns
    ``code`` (an area lies in the areas whose code, without trailing zeros, is a prefix of its own),
    ``name``, ``population``, ``stations``, ``open``, ``per_10k`` and ``covered_share``; missing figures are
    NaN. ``demand``, ``median_m`` and ``p90_m`` are shown if present. ``served`` names what the share is a
    share of: "ground", "people", or the user's own word. With a ``week`` the map has a slider over its
    hours and starts at the hour of ``at``; without one it shows ``states``, by station id, and the figures
    of the levels.
    *CRS*: ``levels`` EPSG:4326. *Units*: ``radius_m`` metres.
    """

    stations: Sequence[Station]
    levels: Sequence[gpd.GeoDataFrame]
    at: datetime
    radius_m: float
    states: Mapping[str, OpeningState] = field(default_factory=dict)  # states at the instant ``at``
    week: WeekFigures | None = None
    served: str = "ground"
    gaps: Sequence[AreaMark] = ()
    gaps_found: int = 0  # number of all gaps; ``gaps`` holds the heaviest of them
    gaps_by_night: bool = False  # gaps are areas with an open place by day and none by night
    proposals: Sequence[Pin] = ()
    sources: Sequence[str] = ()
    tiles: BaseMapTiles = NO_TILES
    classes: ColourClasses = field(default_factory=ColourClasses)
