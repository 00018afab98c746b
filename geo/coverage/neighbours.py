"""All stations within a radius of each point: a sparse table, exact to the geodesic."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array, csr_array
from scipy.spatial import cKDTree

from geo.coverage.reach import LONGEST_RADIUS_M
from geo.geodesy import (
    ARC_ERROR_M,
    CHORD_LIMIT_M,
    Floats,
    arc_m,
    checked_points,
    geocentric,
    geodesic_m,
)

MOST_PAIRS = 200_000_000  # 12 bytes each
_ROWS = 131_072  # points looked at together
AT_ONCE = 8_000_000  # pairs of one look: some 40 bytes each while it lasts

Positions = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The stations near each point, as compressed rows: those of point i are ``station[start[i]:start[i + 1]]``.

    *Shape*: ``start`` is (n + 1,); ``station`` and ``distance_m`` are (pairs,), by row, then by position.
    *Units*: metres, within ``geodesy.ARC_ERROR_M`` (0.67 mm) of the geodesic.
    """

    start: NDArray[np.int64]
    station: Positions
    distance_m: Floats

    def __len__(self) -> int:
        return len(self.start) - 1

    @property
    def count(self) -> NDArray[np.int64]:
        """How many stations are near each point. *Shape*: (n,)."""
        return np.diff(self.start)

    @property
    def row(self) -> NDArray[np.intp]:
        """The point of each pair. *Shape*: (pairs,)."""
        return np.repeat(np.arange(len(self)), self.count)

    def part(self, first: int, last: int) -> "Neighbours":
        """Some points after each other; ``last`` is no longer one of them."""
        start = self.start[first : min(last, len(self)) + 1]
        pairs = slice(start[0], start[-1])
        return Neighbours(start - start[0], self.station[pairs], self.distance_m[pairs])

    def kept(self, mask: NDArray[np.bool_]) -> "Neighbours":
        """Only some of the pairs. *Shape*: (pairs,)."""
        upto = np.concatenate(([0], np.cumsum(mask)))
        return Neighbours(upto[self.start], self.station[mask], self.distance_m[mask])


def neighbours(points: ArrayLike, stations: ArrayLike, radius_m: float) -> Neighbours:
    """Every pair of a point and a station no farther apart than the radius, as brute force would find them.

    *Shape*: (n, 2) and (m, 2), lon, lat. *CRS*: WGS84. *Units*: metres.
    *Raises*: ValueError for points off the Earth, a radius not above 0 or beyond 100 km, or more than
    `MOST_PAIRS`.
    """
    parts, pairs = [], 0
    for _, part in neighbours_by_parts(points, stations, radius_m):
        parts.append(part)
        pairs += len(part.station)
        if pairs > MOST_PAIRS:
            raise ValueError(
                f"more than {MOST_PAIRS:,} pairs lie within {radius_m} m of each other; "
                "give a smaller radius, or fewer points"
            )
    if not parts:
        return Neighbours(np.zeros(1, dtype=np.int64), np.empty(0, dtype=np.int32), np.empty(0))
    count = np.concatenate([part.count for part in parts])
    return Neighbours(
        np.concatenate(([0], np.cumsum(count))),
        np.concatenate([part.station for part in parts]),
        np.concatenate([part.distance_m for part in parts]),
    )


def neighbours_by_parts(
    points: ArrayLike, stations: ArrayLike, radius_m: float, at_once: int = AT_ONCE
) -> Iterator[tuple[slice, Neighbours]]:
    """The same, some rows after others: ``at_once`` pairs or one row, some hundred MB. As `neighbours`."""
    if not 0 < radius_m <= LONGEST_RADIUS_M:
        raise ValueError(
            f"radius_m is {radius_m}; give metres, above 0 and up to {LONGEST_RADIUS_M:.0f} (100 km)"
        )
    lonlat, places = checked_points(points), checked_points(stations)
    tree = cKDTree(geocentric(places))
    for first in range(0, len(lonlat), _ROWS):
        rows = slice(first, min(first + _ROWS, len(lonlat)))
        yield from _parts(_Search(lonlat, places, tree, radius_m, at_once), rows)


@dataclass(frozen=True, slots=True)
class _Search:
    points: Floats
    places: Floats
    tree: cKDTree
    radius_m: float
    at_once: int


def _parts(search: _Search, rows: slice) -> Iterator[tuple[slice, Neighbours]]:
    points, tree = search.points[rows], search.tree
    here = cKDTree(geocentric(points), compact_nodes=False, balanced_tree=False)
    # A chord is no longer than its arc; what rounding adds is looked at again.
    chord_m = search.radius_m + ARC_ERROR_M
    if len(points) > 1 and here.count_neighbors(tree, chord_m) > search.at_once:
        middle = (rows.start + rows.stop) // 2
        yield from _parts(search, slice(rows.start, middle))
        yield from _parts(search, slice(middle, rows.stop))
        return
    found = here.sparse_distance_matrix(tree, chord_m, output_type="ndarray")
    shape = (here.n, max(tree.n, 1))
    table = coo_array((found["v"], (found["i"], found["j"])), shape=shape).tocsr()
    table.sort_indices()
    yield rows, _exact(table, points, search.places, search.radius_m)


def _exact(table: csr_array, points: Floats, places: Floats, radius_m: float) -> Neighbours:
    """The pairs whose geodesics, where their chords don't decide, lie within the radius."""
    chord_m, start = table.data, table.indptr.astype(np.int64)
    distance_m = arc_m(chord_m)
    unclear = np.flatnonzero((chord_m > CHORD_LIMIT_M) | (np.abs(distance_m - radius_m) <= ARC_ERROR_M))
    near = Neighbours(start, table.indices.astype(np.int32), distance_m)
    if unclear.size:
        row = np.searchsorted(start, unclear, side="right") - 1
        distance_m[unclear] = geodesic_m(points[row], places[near.station[unclear]])
    inside = distance_m <= radius_m
    return near if inside.all() else near.kept(inside)
