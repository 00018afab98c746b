"""The data that a map shows."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from geo.station import OpeningState, Station
from maps.classes import ColourClasses
from maps.tiles import NO_TILES, BaseMapTiles, StreetTiles

PopupFacts = Sequence[tuple[str, str]]  # lines of a popup: label and text, both as displayed


@dataclass(frozen=True, slots=True)
class AreaMark:
    """A named area, such as a gap.

    ``hours`` marks the hours of the week (of 168) at which it is a gap; None means always.
    *CRS*: WGS84. *Raises*: ValueError if ``hours`` has another shape.
    """

    name: str
    geometry: shapely.Geometry
    facts: PopupFacts = ()
    hours: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        if self.hours is not None and self.hours.shape != (168,):
            raise ValueError(f"hours has the shape {self.hours.shape}; give (168,)")


@dataclass(frozen=True, slots=True)
class Pin:
    """A point with a rank and a name, such as a proposed site. *CRS*: WGS84."""

    rank: int
    name: str
    lon: float
    lat: float
    facts: PopupFacts = ()


HOURS_PER_WEEK = 168


@dataclass(frozen=True, slots=True)
class ReachDiscs:
    """Straight reach: ``serving`` are the ids of the stations that count, ``beyond`` those outside the area that reach it.

    *Shape*: ``states`` (len(beyond), 168) of `geo.hours`, or (len(beyond), 1) without a week. *Units*: metres.
    """

    radius_m: float
    serving: Collection[str]
    beyond: Sequence[Station]
    states: NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class ReachCells:
    """Reach by street: squares around ``points``, and when each is served.

    *Shape*: ``points`` (cells, 2), ``served`` (cells, 168), or (cells, 1) without a week. *CRS*: WGS84. *Units*: metres.
    """

    side_m: float
    points: NDArray[np.float64]
    served: NDArray[np.bool_]


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
    NaN. ``served`` names what the share is a share of: "ground", "people", or the user's own word. With a ``week``
    the map has a slider over its hours and starts at the hour of ``at``; without one it shows ``states``, by station
    id, and the figures of the levels.
    ``reach`` is how far counts as served, such as “1 km”. *CRS*: ``levels`` EPSG:4326.
    """

    stations: Sequence[Station]
    levels: Sequence[gpd.GeoDataFrame]
    at: datetime
    reach: str
    states: Mapping[str, OpeningState] = field(default_factory=dict)  # states at the instant ``at``
    week: WeekFigures | None = None
    served: str = "ground"
    gaps: Sequence[AreaMark] = ()
    gaps_found: int = 0  # number of all gaps; ``gaps`` holds the heaviest of them
    holiday: str = ""  # behind the time: the holiday of the day
    gaps_are: str = ""  # what the marks are that are drawn like gaps, if they are something else
    gaps_by_night: bool = False  # gaps are areas with an open place by day and none by night
    proposals: Sequence[Pin] = ()
    ground: ReachDiscs | ReachCells | None = None  # drawn in place of the areas' colours where they are near
    astray: Sequence[Station] = ()  # stations that lie in no area of any map, and are named beside this one
    sources: Sequence[str] = ()
    tiles: BaseMapTiles = NO_TILES
    streets: StreetTiles | None = None  # drawn only without ``tiles``
    classes: ColourClasses = field(default_factory=ColourClasses)
    share_is: str = ""  # what the share of an area is, if it is no coverage
