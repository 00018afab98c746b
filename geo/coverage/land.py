"""Spread the residents of each county over what a map knows of it: dwellings, residential land or roads.

This is dasymetric mapping: totals of areas are spread over finer data that say where people can live, and each
area keeps its total (J. Mennis, Generating Surface Models of Population Using Dasymetric Mapping, The
Professional Geographer 55, 2003).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from geo.coverage.demand import PEOPLE_UNIT, Demand
from geo.coverage.grid import EQUAL_AREA
from geo.coverage.population import checked_populations, population_demand
from geo.geodesy import Floats, checked_points

Rows = NDArray[np.intp]
_BITS = 22  # of a square's number along one axis: squares of 3 m and more within China


class LandSource(StrEnum):
    """Over what the residents of a county are spread, the best one first."""

    BUILDINGS = "buildings"  # dwelling floor
    RESIDENTIAL = "residential"  # residential land
    ROADS = "roads"  # length of residential roads
    EVEN = "even"  # the county's ground


_MAPPED = (LandSource.BUILDINGS, LandSource.RESIDENTIAL, LandSource.ROADS)
# Assumptions of ours: a source is used where it has at least so much for each resident of the county. For the
# floor that is about a quarter of what households have (41.76 m² a person in 2020: China Population Census
# Yearbook 2020).
MIN_PER_RESIDENT: Mapping[LandSource, float] = MappingProxyType(
    {LandSource.BUILDINGS: 10.0, LandSource.RESIDENTIAL: 10.0, LandSource.ROADS: 0.1}  # m², m², m
)
# … and where it is found in at least half of the county's settled squares, that is those that have any of the
# three. Otherwise all residents would be put into the one town whose buildings somebody has drawn.
MIN_SETTLED_SHARE = 0.5
SETTLED_SQUARE_M = 2_000.0
MIN_COVERED_SHARE = 0.9  # of the county's ground inside the map's box


@dataclass(frozen=True, slots=True)
class LandCells:
    """What a map knows of the ground, summed in cells of about 100 m.

    *Shape*: ``points`` (n, 2), lon, lat, the middles of the cells; the others (n,), finite and not below 0.
    ``extent`` is the map's box: west, south, east, north. *Units*: m² of dwelling floor and of residential land,
    metres of residential roads. *CRS*: WGS84. *Raises*: ValueError.
    """

    points: Floats
    floor_m2: Floats
    residential_m2: Floats
    road_m: Floats
    extent: tuple[float, float, float, float]

    def __post_init__(self) -> None:
        checked_points(self.points)
        columns = {"floor_m2": self.floor_m2, "residential_m2": self.residential_m2, "road_m": self.road_m}
        for name, column in columns.items():
            if column.shape != (len(self.points),):
                raise ValueError(
                    f"{name} has the shape {column.shape}; give one value for each of {len(self.points)}"
                )
            wrong = np.flatnonzero(~(np.isfinite(column) & (column >= 0)))
            if wrong.size:
                raise ValueError(f"{name} {column[wrong[0]]} of cell {wrong[0]} is negative or no number")
        west, south, east, north = self.extent
        if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
            raise ValueError(f"{self.extent} is no box: west, south, east, north in degrees of WGS84")

    @classmethod
    def from_amounts(
        cls, points: Floats, amounts: Floats, extent: tuple[float, float, float, float]
    ) -> "LandCells":
        """Build cells from the three sums side by side, in the order of `LandSource`. *Shape*: (n, 2), (n, 3)."""
        floor, residential, road = (np.ascontiguousarray(amounts[:, n]) for n in range(3))
        return cls(points, floor, residential, road, extent)

    def __len__(self) -> int:
        return len(self.points)

    def amounts(self) -> Floats:
        """Return the three sums side by side, in the order of `LandSource`. *Shape*: (n, 3)."""
        return np.column_stack((self.floor_m2, self.residential_m2, self.road_m))

    def within(self, box: tuple[float, float, float, float]) -> "LandCells":
        """Return the cells in a box: west, south, east, north. The extent stays."""
        west, south, east, north = box
        inside = ((self.points >= (west, south)) & (self.points <= (east, north))).all(axis=1)
        return LandCells.from_amounts(self.points[inside], self.amounts()[inside], self.extent)


@dataclass(frozen=True, slots=True)
class LandSpread:
    """Residents spread over the land, and the source that was used in each county, by its code."""

    demand: Demand
    sources: Mapping[str, LandSource]


def spread_by_land(
    outlines: gpd.GeoDataFrame, people: Mapping[str, int], land: LandCells, spacing_m: float = 1_000.0
) -> LandSpread:
    """Spread the people of each outline over its best source, as whole persons; evenly where no source suffices.

    The points are the mean positions of the source in the squares of a grid of ``spacing_m``. The points of each
    outline sum to its population exactly. Cells in no outline are left out; a cell on a border belongs to the
    first outline. *Units*: people, metres. *CRS*: WGS84. *Raises*: as `population_demand`.
    """
    checked, totals = checked_populations(outlines, people)
    codes = checked["code"].tolist()
    near = land.within(tuple(checked.total_bounds.tolist())) if len(checked) else land
    cells = _CountyCells.build(checked, near)
    sources = _choose_sources(checked, totals, cells, land.extent)
    even = np.array([source is LandSource.EVEN for source in sources], dtype=bool)
    parts = [
        _spread_over_cells(cells, sources, totals, spacing_m),
        _spread_evenly(checked, even, people, spacing_m),
    ]
    rows, points, weight = (np.concatenate([part[n] for part in parts]) for n in range(3))
    order = np.argsort(rows, kind="stable")
    named = np.array([*codes, None], dtype=object)[:-1]
    demand = Demand(points[order], weight[order], PEOPLE_UNIT, named[rows[order]])
    return LandSpread(demand, dict(zip(codes, sources, strict=True)))


@dataclass(frozen=True, slots=True)
class _CountyCells:
    """The cells that lie in an outline. *Shape*: (n,), the row of the outline; (n, 2); (n, 3); (n, 2)."""

    row: Rows
    points: Floats
    amounts: Floats
    metres: Floats  # the points in `EQUAL_AREA`

    @classmethod
    def build(cls, outlines: gpd.GeoDataFrame, land: LandCells) -> "_CountyCells":
        """Find the outline of each cell; leave out cells in none."""
        row = _rows_of_points(outlines, land.points)
        here = row >= 0
        points = land.points[here]
        there = Transformer.from_crs("EPSG:4326", EQUAL_AREA, always_xy=True)
        metres = np.column_stack(there.transform(points[:, 0], points[:, 1]))
        return cls(row[here], points, land.amounts()[here], metres)


def _rows_of_points(outlines: gpd.GeoDataFrame, points: Floats) -> Rows:
    """Return the first outline in which each point lies, -1 for none."""
    row = np.full(len(points), len(outlines), dtype=np.intp)
    tree = shapely.STRtree(np.asarray(outlines.geometry.values))
    point, outline = tree.query(shapely.points(points), predicate="intersects")
    np.minimum.at(row, point, outline)
    row[row == len(outlines)] = -1
    return row


def _choose_sources(
    outlines: gpd.GeoDataFrame,
    totals: NDArray[np.int64],
    cells: _CountyCells,
    extent: tuple[float, float, float, float],
) -> list[LandSource]:
    """Return the best source that suffices in each outline."""
    count = len(outlines)
    sums = np.column_stack([np.bincount(cells.row, cells.amounts[:, n], count) for n in range(3)])
    ground = np.asarray(outlines.geometry.values)
    covered = shapely.area(shapely.intersection(ground, shapely.box(*extent))) >= (
        MIN_COVERED_SHARE * shapely.area(ground)
    )
    least = np.array([MIN_PER_RESIDENT[source] for source in _MAPPED])
    enough = (
        (sums > 0) & (sums >= totals[:, None] * least) & (_settled_shares(cells, count) >= MIN_SETTLED_SHARE)
    )
    enough &= covered[:, None]
    return [_MAPPED[int(one.argmax())] if one.any() else LandSource.EVEN for one in enough]


def _settled_shares(cells: _CountyCells, count: int) -> Floats:
    """Return the share of each outline's settled squares in which each source is found. *Shape*: (count, 3)."""
    squares = np.floor(cells.metres / SETTLED_SQUARE_M).astype(np.int64)
    row, place = _unique_squares(cells.row, squares)
    found = np.column_stack([np.bincount(place, cells.amounts[:, n], len(row)) > 0 for n in range(3)])
    settled = found.any(axis=1)
    total = np.bincount(row, settled, count)
    shares = [np.bincount(row, found[:, n], count) for n in range(3)]
    return np.column_stack(shares) / np.maximum(total, 1.0)[:, None]


def _spread_over_cells(
    cells: _CountyCells, sources: list[LandSource], totals: NDArray[np.int64], spacing_m: float
) -> tuple[Rows, Floats, Floats]:
    """Return the row, the point and the people of each square of the grid in which anybody lives."""
    column = np.array([_MAPPED.index(one) if one in _MAPPED else -1 for one in sources], dtype=np.intp)
    own = column[cells.row]
    amount = np.where(own >= 0, cells.amounts[np.arange(len(own)), own], 0.0)
    used = amount > 0
    row, amount, points = cells.row[used], amount[used], cells.points[used]
    squares = np.rint(cells.metres[used] / spacing_m).astype(np.int64)
    rows, place = _unique_squares(row, squares)
    weight = np.asarray(np.bincount(place, amount, len(rows)), dtype=np.float64)
    middle = np.column_stack([np.bincount(place, amount * points[:, n], len(rows)) for n in range(2)])
    persons = round_to_totals(rows, weight, totals)
    there = persons > 0
    return rows[there], (middle / weight[:, None])[there], persons[there]


def _unique_squares(row: Rows, squares: NDArray[np.int64]) -> tuple[Rows, Rows]:
    """Return the outline of each pair of outline and square, in their order, and the pair of each cell."""
    code = (row.astype(np.int64) << 2 * _BITS) + (squares[:, 0] << _BITS) + squares[:, 1]
    _, first, place = np.unique(code, return_index=True, return_inverse=True)
    return row[first], place.reshape(-1)


def _spread_evenly(
    outlines: gpd.GeoDataFrame, even: NDArray[np.bool_], people: Mapping[str, int], spacing_m: float
) -> tuple[Rows, Floats, Floats]:
    rows = np.flatnonzero(even)
    if not len(rows):
        return rows, np.empty((0, 2)), np.empty(0)
    demand = population_demand(outlines.iloc[rows], people, spacing_m)
    place = dict(zip(outlines["code"].iloc[rows], rows.tolist(), strict=True))
    return np.array([place[code] for code in demand.district], dtype=np.intp), demand.points, demand.weight


def round_to_totals(row: Rows, weight: Floats, totals: NDArray[np.int64]) -> Floats:
    """Return whole persons in proportion to weights, which sum to the total of each row exactly.

    Each differs from its exact share by at most 1. *Shape*: (n,) ascending, (n,) above 0, (rows,) to (n,).
    """
    count = np.bincount(row, minlength=len(totals))
    ends = np.cumsum(count)
    # Shares of the own row, not weights, are summed up: a large row would swallow the weights of the next one.
    share = weight / np.bincount(row, weight, len(totals))[row]
    summed = np.concatenate(([0.0], np.cumsum(share)))
    begin = summed[ends - count][row]
    whole = (summed[ends] - summed[ends - count])[row]
    upto, before = ((one - begin) / whole for one in (summed[1:], summed[:-1]))
    return np.asarray(np.rint(upto * totals[row]) - np.rint(before * totals[row]))
