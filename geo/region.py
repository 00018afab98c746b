"""Regions for offline use: a cell of a half-degree grid and its neighbours, which a phone stores."""

import re
from dataclasses import dataclass
from datetime import date

import numpy as np

from geo.geodesy import Floats
from geo.hours import OpeningPeriod
from geo.nearest.index import StationIndex

CELL_DEG = 0.5
_PER_DEG = 2
_ID = re.compile(r"(-?\d{1,3})\.([05])_(-?\d{1,2})\.([05])")


@dataclass(frozen=True, slots=True)
class RegionCell:
    """A cell of the grid by its south-west corner. *CRS*: WGS84; *units*: half degrees."""

    east: int
    north: int

    def __post_init__(self) -> None:
        if not (-360 <= self.east < 360 and -180 <= self.north < 180):
            raise ValueError(
                f"the cell {self} is not on the Earth; give lon_lat of its south-west corner, as in 117.0_36.5"
            )

    @classmethod
    def from_id(cls, id: str) -> "RegionCell":
        """Parse the id of a cell. *Raises*: ValueError for an invalid id."""
        if not _ID.fullmatch(id):
            raise ValueError(f"“{id}” names no cell; give lon_lat of its south-west corner, as in 117.0_36.5")
        east, north = (round(float(part) * _PER_DEG) for part in id.split("_"))
        return cls(east, north)

    def __str__(self) -> str:
        return f"{self.east / _PER_DEG:.1f}_{self.north / _PER_DEG:.1f}"

    @property
    def box(self) -> tuple[float, float, float, float]:
        """West, south, east, north of the cell and its eight neighbours."""
        west, south = self.east / _PER_DEG - CELL_DEG, self.north / _PER_DEG - CELL_DEG
        return west, south, west + 3 * CELL_DEG, south + 3 * CELL_DEG

    @property
    def own_box(self) -> tuple[float, float, float, float]:
        """West, south, east, north of the cell alone."""
        west, south = self.east / _PER_DEG, self.north / _PER_DEG
        return west, south, west + CELL_DEG, south + CELL_DEG

    def point_indices(self, points: Floats) -> list[int]:
        """Return which points lie in the box, its edges included. *Shape*: (n, 2), lon, lat."""
        west, south, east, north = self.box
        inside = (points >= (west, south)) & (points <= (east, north))
        return np.flatnonzero(inside.all(axis=1)).tolist()


@dataclass(frozen=True, slots=True)
class RegionTimetable:
    """The opening schedules of a region's stations through some civil days.

    ``schedules`` are distinct; ``numbers`` gives the schedule of each station by its id.
    """

    first: date
    days: int
    schedules: tuple[tuple[OpeningPeriod, ...], ...]
    numbers: dict[str, int]


def build_region_timetable(index: StationIndex, cell: RegionCell, first: date, days: int) -> RegionTimetable:
    """Build the timetable of a cell's region, including current reports and notices."""
    there = cell.point_indices(index.points)
    timetables, of = np.unique(index.timetable_numbers[there], return_inverse=True)
    distinct: dict[object, int] = {}
    schedules: list[tuple[OpeningPeriod, ...]] = []
    chosen: list[int] = []
    for timetable in timetables.tolist():
        pieces = index.pieces(timetable, first, days)
        chosen.append(distinct.setdefault(tuple(map(_key, pieces)), len(schedules)))
        if chosen[-1] == len(schedules):
            schedules.append(pieces)
    numbers = {index.stations[at].id: chosen[number] for at, number in zip(there, of.tolist(), strict=True)}
    return RegionTimetable(first, days, tuple(schedules), numbers)


def _key(piece: OpeningPeriod) -> object:
    """Return a key that is equal for equal pieces."""
    now = piece.opening
    params = tuple(sorted(now.params.items()))
    return piece.start, now.state, now.until, now.opens_at, now.closes_at, now.reason, params
