"""Candidate sites, from a list or from a grid over the demand."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer

from geo.coverage.demand import Demand
from geo.coverage.grid import EQUAL_AREA
from geo.geodesy import Floats, checked_points

MAX_CANDIDATES = 60_000
MIN_GRID_M, MAX_GRID_M = 50.0, 100_000.0


@dataclass(frozen=True, slots=True)
class CandidateSites:
    """Sites that could be built, in input order.

    ``name`` is empty for an unnamed site; ``row`` is the site's row in a file, 0 for a grid site.
    ``cost_fen`` is None if no cost was given. *Shape*: (m, 2), lon, lat, and (m,) each. *CRS*: WGS84.
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

    def select(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> "CandidateSites":
        """Return some of the sites, by mask or by positions."""
        return CandidateSites(
            self.points[rows],
            self.name[rows],
            self.district[rows],
            None if self.cost_fen is None else self.cost_fen[rows],
            None if self.row is None else self.row[rows],
        )

    def with_cost(self, cost_fen: int) -> "CandidateSites":
        """Return the same sites, each at one cost."""
        return replace(self, cost_fen=np.full(len(self), cost_fen, dtype=np.int64))


def grid_candidates(demand: Demand, spacing_m: float) -> CandidateSites:
    """Return one site for each grid square with demand: the demand point nearest to the square's centre.

    So every site lies at demand, inside the area and in a district. The squares belong to one equal-area
    grid over all China, so that the same area always gives the same sites.
    *Units*: metres. *Raises*: ValueError for a spacing outside 50 m to 100 km, or for too many sites.
    """
    if not MIN_GRID_M <= spacing_m <= MAX_GRID_M:
        raise ValueError(f"spacing_m is {spacing_m}; give {MIN_GRID_M:.0f} to {MAX_GRID_M:.0f} metres")
    some = np.flatnonzero(demand.weight > 0)
    rows = some[_nearest_to_middles(_flat(demand.points[some]) / spacing_m)]
    if len(rows) > MAX_CANDIDATES:
        raise ValueError(
            f"spacing_m is {spacing_m}: that makes {len(rows):,} sites; give metres for {MAX_CANDIDATES:,} at most"
        )
    nameless = np.full(len(rows), "", dtype=object)
    return CandidateSites(demand.points[rows], nameless, demand.district[rows])


def _flat(points: Floats) -> Floats:
    there = Transformer.from_crs("EPSG:4326", EQUAL_AREA, always_xy=True)
    return np.column_stack(there.transform(points[:, 0], points[:, 1]))


def _nearest_to_middles(squares: Floats) -> NDArray[np.intp]:
    """Return the point nearest to the centre of each square, the first of several; in point order."""
    corner = np.floor(squares)
    off = np.square(squares - corner - 0.5).sum(axis=1).round(9)
    order = np.lexsort((np.arange(len(squares)), off, corner[:, 1], corner[:, 0]))
    ordered = corner[order]
    is_first = np.ones(len(order), dtype=bool)
    is_first[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    return np.sort(order[is_first])
