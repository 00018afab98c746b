"""Where one could build: sites from a list, or a grid of them where there is demand."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer

from geo.coverage.demand import Demand
from geo.coverage.grid import EQUAL_AREA
from geo.geodesy import Floats, checked_points

MOST_CANDIDATES = 60_000
LEAST_GRID_M, WIDEST_GRID_M = 50.0, 100_000.0


@dataclass(frozen=True, slots=True)
class Candidates:
    """Sites that could be built, in the order in which they were given.

    ``name`` is empty where nobody named the site, ``row`` is its row of a file, 0 for a grid's. ``cost_fen``
    is None where no cost was given. *Shape*: (m, 2), lon, lat, and (m,) each. *CRS*: WGS84.
    *Raises*: ValueError for columns of different lengths, a point off the Earth, a cost below 0.
    """

    points: Floats
    name: NDArray[np.object_]
    district: NDArray[np.object_]
    cost_fen: NDArray[np.int64] | None = None
    row: NDArray[np.intp] | None = None

    def __post_init__(self) -> None:
        checked_points(self.points)
        columns = (self.name, self.district, self.cost_fen, self.row)
        if any(column is not None and len(column) != len(self.points) for column in columns):
            raise ValueError(f"there are {len(self.points)} points; give as many names, districts and costs")
        if self.cost_fen is not None and (self.cost_fen < 0).any():
            raise ValueError(f"a cost is {self.cost_fen.min()} fen; give 0 or more")

    def __len__(self) -> int:
        return len(self.points)

    def part(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> "Candidates":
        """Some of them, by mask or by positions."""
        return Candidates(
            self.points[rows],
            self.name[rows],
            self.district[rows],
            None if self.cost_fen is None else self.cost_fen[rows],
            None if self.row is None else self.row[rows],
        )

    def priced(self, cost_fen: int) -> "Candidates":
        """The same, each at one cost."""
        cost = np.full(len(self), cost_fen, dtype=np.int64)
        return Candidates(self.points, self.name, self.district, cost, self.row)


def grid_candidates(demand: Demand, spacing_m: float) -> Candidates:
    """One site for each square of a grid in which there is demand: the demand point nearest to its middle.

    So every site lies where somebody is, inside the area, in a district. The squares are those of one grid
    over all China in an equal-area projection, so that the same area always gives the same sites.
    *Units*: metres. *Raises*: ValueError for a spacing outside 50 m to 100 km, or for too many sites.
    """
    if not LEAST_GRID_M <= spacing_m <= WIDEST_GRID_M:
        raise ValueError(f"spacing_m is {spacing_m}; give {LEAST_GRID_M:.0f} to {WIDEST_GRID_M:.0f} metres")
    some = np.flatnonzero(demand.weight > 0)
    rows = some[_nearest_to_middles(_flat(demand.points[some]) / spacing_m)]
    if len(rows) > MOST_CANDIDATES:
        raise ValueError(
            f"spacing_m is {spacing_m}: that makes {len(rows):,} sites; give metres for {MOST_CANDIDATES:,} at most"
        )
    nameless = np.full(len(rows), "", dtype=object)
    return Candidates(demand.points[rows], nameless, demand.district[rows])


def _flat(points: Floats) -> Floats:
    there = Transformer.from_crs("EPSG:4326", EQUAL_AREA, always_xy=True)
    return np.column_stack(there.transform(points[:, 0], points[:, 1]))


def _nearest_to_middles(squares: Floats) -> NDArray[np.intp]:
    """The point of each square that is nearest to its middle, the first of several; in order of the points."""
    corner = np.floor(squares)
    off = np.square(squares - corner - 0.5).sum(axis=1).round(9)
    order = np.lexsort((np.arange(len(squares)), off, corner[:, 1], corner[:, 0]))
    ordered = corner[order]
    is_first = np.ones(len(order), dtype=bool)
    is_first[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    return np.sort(order[is_first])
