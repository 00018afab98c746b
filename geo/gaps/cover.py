"""The cells on which gaps lie: those of demand without a place, and the empty ones between them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geo.coverage.cells import around, cells_of, centres_of
from geo.coverage.demand import Demand
from geo.coverage.hours import served_bits
from geo.coverage.reach import Reach
from geo.geodesy import Floats, geocentric
from geo.nearest.index import StationIndex
from geo.nearest.point_tree import Indices

Bits = NDArray[np.uint8]
Cells = NDArray[np.uint64]

_SIDES = 6
_BETWEEN = 3  # of its neighbours


@dataclass(frozen=True, slots=True)
class Asked:
    """Which places count, what is within their reach, and when one asks."""

    index: StationIndex
    reach: Reach
    instants: Sequence[datetime]

    def unmet(self, points: Floats) -> Bits:
        """One bit an instant: no place is within reach of the point. *Shape*: (n, 2) to (n, bytes)."""
        every = np.packbits(np.ones(len(self.instants), dtype=bool))
        return every & ~served_bits(points, self.index, self.instants, self.reach)


@dataclass(frozen=True, slots=True)
class Cover:
    """Points without a place at some instant, and where they lie.

    ``row`` is the position in the demand; for the middle of a cell that holds no demand, of which there are some
    in any grid, it is that of the nearest demand, and ``is_demand`` is False: it stands for ground, with no
    weight. *Shape*: (k,) each, ``bits`` (k, bytes); ``touching`` (pairs, 2), cells by their position in
    ``cells``, which ascend.
    """

    row: Indices
    is_demand: NDArray[np.bool_]
    bits: Bits
    cell: Indices
    cells: Cells
    touching: Indices


def cover(demand: Demand, asked: Asked, resolution: int) -> Cover:
    """What of a demand lacks a place, and the ground between.

    A cell without demand belongs to it where half of its neighbours have some, and its own middle lacks a
    place as well.
    """
    occupied = cells_of(demand.points, resolution)
    lived_in = np.unique(occupied)
    rings = _rings(lived_in)
    between = _between(lived_in, rings)
    middles = centres_of(between)
    bits = asked.unmet(np.concatenate((demand.points, middles)))
    lacks = bits.any(axis=1)
    is_demand = np.arange(len(bits)) < len(demand)
    row = np.concatenate((np.arange(len(demand)), _nearest(demand.points, middles)))
    cells, cell = np.unique(np.concatenate((occupied, between))[lacks], return_inverse=True)
    known, ring = np.concatenate((lived_in, between)), np.concatenate((rings, _rings(between)))
    order = np.argsort(known)
    touching = _touching(cells, ring[order[np.searchsorted(known[order], cells)]])
    return Cover(row[lacks], is_demand[lacks], bits[lacks], cell, cells, touching)


def _rings(cells: Cells) -> Cells:
    """The six cells around each; a pentagon has five, and itself once more. *Shape*: (n,) to (n, 6)."""
    found = ((*around(cell), cell)[:_SIDES] for cell in cells.tolist())
    return np.fromiter(chain.from_iterable(found), dtype=np.uint64, count=_SIDES * len(cells)).reshape(
        -1, _SIDES
    )


def _between(lived_in: Cells, rings: Cells) -> Cells:
    """The cells without demand in the middle of some that have it, ascending."""
    touched, times = np.unique(rings, return_counts=True)
    return np.setdiff1d(touched[times >= _BETWEEN], lived_in)


def _nearest(points: Floats, to: Floats) -> Indices:
    if not len(to):
        return np.empty(0, dtype=np.intp)
    return np.asarray(cKDTree(geocentric(points)).query(geocentric(to))[1], dtype=np.intp)


def _touching(cells: Cells, rings: Cells) -> Indices:
    """The pairs of cells that share an edge, each once. *Shape*: (n,) ascending and (n, 6) to (pairs, 2)."""
    one = np.repeat(np.arange(len(cells)), _SIDES)
    other = np.searchsorted(cells, rings.ravel())
    met = cells[np.minimum(other, len(cells) - 1)] == rings.ravel() if len(cells) else other > 0
    kept = met & (one < other)
    return np.column_stack((one[kept], other[kept])).astype(np.intp)
