"""The H3 cells of gaps: cells with demand that lacks a place, and the empty cells between them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from core.civil_time import hour_of_week
from geo.coverage.cells import cell_centres, cells_at_points, neighbouring_cells
from geo.coverage.demand import Demand
from geo.coverage.hours import served_bits
from geo.coverage.reach import Reach
from geo.geodesy import Floats
from geo.nearest.exact_search import nearest_of_others
from geo.nearest.index import StationIndex
from geo.nearest.point_tree import Indices

BitRows = NDArray[np.uint8]
CellArray = NDArray[np.uint64]

_SIDES = 6
_BETWEEN = 3  # neighbours with demand that make an empty cell count


@dataclass(frozen=True, slots=True)
class GapQuery:
    """The stations, the reach and the instants for which gaps are computed."""

    index: StationIndex
    reach: Reach
    instants: Sequence[datetime]

    @property
    def hours(self) -> NDArray[np.int16]:
        """The hour of the civil week of each instant."""
        return np.array([hour_of_week(when) for when in self.instants], dtype=np.int16)

    def unmet_bits(self, points: Floats) -> BitRows:
        """Return one bit per instant, set where no place is within reach of the point.

        *Shape*: (n, 2) to (n, bytes).
        """
        every = np.packbits(np.ones(len(self.instants), dtype=bool))
        return every & ~served_bits(points, self.index, self.instants, self.reach)


@dataclass(frozen=True, slots=True)
class UnmetPoints:
    """Points that lack a place at some instant at which their demand arises, and the cells in which they lie.

    ``bits`` marks all instants without a place, also those at which nothing arises.
    ``row`` is the position in the demand. The centre of a cell without demand takes the row of the nearest
    demand; there ``is_demand`` is False, because the point stands for ground and has no weight.
    *Shape*: (k,) each, ``bits`` (k, bytes); ``touching`` (pairs, 2), cells by their position in ``cells``,
    which ascend.
    """

    row: Indices
    is_demand: NDArray[np.bool_]
    bits: BitRows
    cell: Indices
    cells: CellArray
    touching: Indices


def find_unmet_points(demand: Demand, asked: GapQuery, resolution: int) -> UnmetPoints:
    """Find the demand that lacks a place, and the empty cells between.

    A cell without demand is included where half of its neighbours have demand and its own centre also lacks
    a place.
    """
    occupied = cells_at_points(demand.points, resolution)
    lived_in = np.unique(occupied)
    rings = _rings(lived_in)
    between = _between(lived_in, rings)
    middles = cell_centres(between)
    bits = asked.unmet_bits(np.concatenate((demand.points, middles)))
    is_demand = np.arange(len(bits)) < len(demand)
    own = bits[: len(demand)] & demand.arising_bits(asked.hours)
    lacks = np.concatenate((own, bits[len(demand) :])).any(axis=1)
    row = np.concatenate((np.arange(len(demand)), nearest_of_others(middles, demand.points)[0]))
    cells, cell = np.unique(np.concatenate((occupied, between))[lacks], return_inverse=True)
    known, ring = np.concatenate((lived_in, between)), np.concatenate((rings, _rings(between)))
    order = np.argsort(known)
    touching = _touching(cells, ring[order[np.searchsorted(known[order], cells)]])
    return UnmetPoints(row[lacks], is_demand[lacks], bits[lacks], cell, cells, touching)


def _rings(cells: CellArray) -> CellArray:
    """Return the six cells around each cell; for a pentagon, its five neighbours and itself.

    *Shape*: (n,) to (n, 6).
    """
    found = ((*neighbouring_cells(cell), cell)[:_SIDES] for cell in cells.tolist())
    return np.fromiter(chain.from_iterable(found), dtype=np.uint64, count=_SIDES * len(cells)).reshape(
        -1, _SIDES
    )


def _between(lived_in: CellArray, rings: CellArray) -> CellArray:
    """Return the cells without demand that have enough neighbours with demand, ascending."""
    touched, times = np.unique(rings, return_counts=True)
    return np.setdiff1d(touched[times >= _BETWEEN], lived_in)


def _touching(cells: CellArray, rings: CellArray) -> Indices:
    """Return the pairs of cells that share an edge, each pair once.

    *Shape*: (n,) ascending and (n, 6) to (pairs, 2).
    """
    one = np.repeat(np.arange(len(cells)), _SIDES)
    other = np.searchsorted(cells, rings.ravel())
    met = cells[np.minimum(other, len(cells) - 1)] == rings.ravel() if len(cells) else other > 0
    kept = met & (one < other)
    return np.column_stack((one[kept], other[kept])).astype(np.intp)
