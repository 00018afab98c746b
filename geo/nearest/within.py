"""Stations within a box of a map: one by one, or counted by grid cell where there are many."""

from dataclasses import dataclass
from math import ceil, floor, log2

import numpy as np
from numpy.typing import NDArray

from geo.geodesy import Floats
from geo.nearest.filter_columns import Mask

_ACROSS = 16  # most cells along the longer side: small enough for a phone, large enough to tap
_FINEST_DEG = 2.0**-12  # 27 m; a smaller cell shows no more than its stations
_OPEN = 1  # as `StationIndex.states` writes it


@dataclass(frozen=True, slots=True)
class Box:
    """A bounding box in degrees; it crosses the 180th meridian if west > east (RFC 7946, 5.2)."""

    west: float
    south: float
    east: float
    north: float

    @property
    def width(self) -> float:
        return self.east - self.west if self.west <= self.east else self.east - self.west + 360

    @property
    def height(self) -> float:
        return self.north - self.south

    def contains(self, points: Floats) -> Mask:
        """Return which points lie in the box, its edges included. *Shape*: (n, 2), lon, lat, to (n,)."""
        lon, lat = points[:, 0], points[:, 1]
        east_of_west, west_of_east = lon >= self.west, lon <= self.east
        across = east_of_west | west_of_east if self.west > self.east else east_of_west & west_of_east
        return np.asarray(across & (lat >= self.south) & (lat <= self.north))

    def with_margin(self, degrees: float) -> "Box":
        """Return the box with a margin, as wide as the Earth at most."""
        if self.width + 2 * degrees >= 360:
            west, east = -180.0, 180.0
        else:
            west, east = _on_earth(self.west - degrees), _on_earth(self.east + degrees)
        return Box(west, max(self.south - degrees, -90.0), east, min(self.north + degrees, 90.0))


@dataclass(frozen=True, slots=True)
class StationCluster:
    """The stations of a grid cell: their mean position, how many there are, and how many are open."""

    lon: float
    lat: float
    count: int
    open: int


def grid_cell_deg(box: Box) -> float:
    """Return the side of a grid cell. *Units*: degrees.

    It is a power of two, so that the cells stay the same when the map is moved.
    """
    longer = max(box.width, box.height, _FINEST_DEG * _ACROSS)
    return float(2.0 ** ceil(log2(longer / _ACROSS)))


def count_by_grid_cell(points: Floats, states: NDArray[np.int8], box: Box) -> list[StationCluster]:
    """Count stations by grid cell, from west to east and south to north; empty cells are left out.

    *Shape*: ``points`` (n, 2), lon, lat, all of them in the box; ``states`` (n,): 0 closed, 1 open, 2
    unknown.
    """
    if not len(points):
        return []
    side = grid_cell_deg(box)
    lon = np.where(points[:, 0] < box.west, points[:, 0] + 360, points[:, 0])
    column = np.floor(lon / side).astype(np.intp) - floor(box.west / side)
    row = np.floor(points[:, 1] / side).astype(np.intp) - floor(box.south / side)
    number = column * (int(row.max()) + 1) + row
    count = np.bincount(number)
    is_open = np.bincount(number, states == _OPEN)
    filled = np.flatnonzero(count)
    lons = np.bincount(number, lon)[filled] / count[filled]
    lats = np.bincount(number, points[:, 1])[filled] / count[filled]
    return [
        StationCluster(round(_on_earth(east), 6), round(north, 6), many, int(opened))
        for east, north, many, opened in zip(
            lons.tolist(), lats.tolist(), count[filled].tolist(), is_open[filled].tolist(), strict=True
        )
    ]


def _on_earth(lon: float) -> float:
    return lon - 360 if lon > 180 else lon + 360 if lon < -180 else lon
