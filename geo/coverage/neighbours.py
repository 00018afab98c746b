"""All stations within a radius of each point, as a sparse table of exact geodesic distances."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.geodesy import (
    ARC_ERROR_M,
    CHORD_LIMIT_M,
    Floats,
    arc_m,
    checked_points,
    geocentric_vectors,
    geodesic_m,
)

if TYPE_CHECKING:  # of the extra `gis`, which what only speaks of neighbours does not need
    from scipy.sparse import csr_array
    from scipy.spatial import cKDTree

MAX_RADIUS_M = 100_000.0
MAX_NEIGHBOUR_PAIRS = 200_000_000  # 12 bytes each
_ROWS = 131_072  # points searched at a time
PAIRS_PER_PART = 8_000_000  # pairs per search; each takes about 40 bytes during the search

StationPositions = NDArray[np.int32]
PairPositions = NDArray[np.int32] | NDArray[np.int64]


class TooManyNeighbours(ValueError):
    """More than `MAX_NEIGHBOUR_PAIRS` pairs are within a radius."""


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Pairs of a point and a place with the cost of each, in any order, without repetition.

    *Shape*: ``point``, ``place`` (positions) and ``cost`` are (pairs,). *Units*: of ``cost`` metres, or any other such
    as seconds. *Raises*: ValueError for a cost that is negative or no number.
    """

    point: PairPositions
    place: PairPositions
    cost: Floats

    def __post_init__(self) -> None:
        wrong = np.flatnonzero(~(self.cost >= 0))
        if wrong.size:
            raise ValueError(
                f"cost {self.cost[wrong[0]]} of pair {wrong[0]} is negative or no number; mend it"
            )

    @classmethod
    def join(cls, parts: Iterable["Pairs"]) -> "Pairs":
        """Return the pairs of all parts, one after the other."""
        none = np.empty(0, dtype=np.intp)
        every = [cls(none, none, np.empty(0)), *parts]
        columns = zip(*((one.point, one.place, one.cost) for one in every), strict=True)
        return cls(*map(np.concatenate, columns))

    def select(self, kept: NDArray[np.bool_] | NDArray[np.intp]) -> "Pairs":
        """Return the pairs of a mask, or those at some positions. *Shape*: (pairs,) or (k,)."""
        return Pairs(self.point[kept], self.place[kept], self.cost[kept])

    def select_points(self, rows: NDArray[np.intp], points: int) -> "Pairs":
        """Return the pairs of some of ``points`` points, which are numbered anew in the order of ``rows``."""
        turn = np.full(points, -1, dtype=np.intp)
        turn[rows] = np.arange(len(rows))
        some = self.select(turn[self.point] >= 0)
        return Pairs(turn[some.point], some.place, some.cost)

    def least_cost(self, is_open: NDArray[np.bool_], points: int) -> Floats:
        """Return the least cost to an open place of each of ``points`` points; infinite for none. *Shape*: (places,)."""
        least, usable = np.full(points, np.inf), is_open[self.place]
        np.minimum.at(least, self.point[usable], self.cost[usable])
        return least


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The stations near each point, in compressed rows.

    The stations of point i are ``station[start[i]:start[i + 1]]``.
    *Shape*: ``start`` is (n + 1,); ``station`` and ``distance_m`` are (pairs,), sorted by row, then
    position.
    *Units*: metres, within ``geodesy.ARC_ERROR_M`` (0.67 mm) of the geodesic.
    """

    start: NDArray[np.int64]
    station: StationPositions
    distance_m: Floats

    def __len__(self) -> int:
        return len(self.start) - 1

    @property
    def count(self) -> NDArray[np.int64]:
        """The number of stations near each point. *Shape*: (n,)."""
        return np.diff(self.start)

    @property
    def row(self) -> NDArray[np.intp]:
        """The point of each pair. *Shape*: (pairs,)."""
        return np.repeat(np.arange(len(self)), self.count)

    @property
    def pairs(self) -> Pairs:
        """The pairs one by one, with their distances."""
        return Pairs(self.row, self.station, self.distance_m)

    def filter_pairs(self, mask: NDArray[np.bool_]) -> "Neighbours":
        """Return only the pairs of a mask. *Shape*: (pairs,)."""
        upto = np.concatenate(([0], np.cumsum(mask)))
        return Neighbours(upto[self.start], self.station[mask], self.distance_m[mask])


def find_neighbours(points: ArrayLike, stations: ArrayLike, radius_m: float) -> Neighbours:
    """Find every pair of a point and a station no farther apart than the radius; exact as brute force.

    *Shape*: (n, 2) and (m, 2), lon, lat. *CRS*: WGS84. *Units*: metres.
    *Raises*: ValueError for points off the Earth, or a radius not above 0 or beyond 100 km; TooManyNeighbours for more
    than `MAX_NEIGHBOUR_PAIRS`.
    """
    parts, pairs = [], 0
    for _, part in iter_neighbours(points, stations, radius_m):
        parts.append(part)
        pairs += len(part.station)
        if pairs > MAX_NEIGHBOUR_PAIRS:
            raise TooManyNeighbours(
                f"more than {MAX_NEIGHBOUR_PAIRS:,} pairs lie within {radius_m} m of each other; "
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


def count_neighbours(points: ArrayLike, stations: ArrayLike, radius_m: float) -> int:
    """Count the pairs of a point and a station within a radius, without listing them; to within rounding.

    *Shape*: (n, 2) and (m, 2), lon, lat. *CRS*: WGS84. *Units*: metres. *Raises*: ValueError for points off the Earth.
    """
    from scipy.spatial import cKDTree

    lonlat, places = checked_points(points), checked_points(stations)
    if not len(lonlat) or not len(places):
        return 0
    trees = (cKDTree(geocentric_vectors(some)) for some in (lonlat, places))
    return int(next(trees).count_neighbors(next(trees), radius_m))


def iter_neighbours(
    points: ArrayLike, stations: ArrayLike, radius_m: float, at_once: int = PAIRS_PER_PART
) -> Iterator[tuple[slice, Neighbours]]:
    """Yield the result of `find_neighbours` part by part, to bound memory.

    A part is a slice of the points with at most ``at_once`` pairs (some hundred MB), or a single point.
    *Raises*: ValueError for points off the Earth, or a radius not above 0 or beyond 100 km.
    """
    from scipy.spatial import cKDTree

    if not 0 < radius_m <= MAX_RADIUS_M:
        raise ValueError(
            f"radius_m is {radius_m}; give metres, above 0 and up to {MAX_RADIUS_M:.0f} (100 km)"
        )
    lonlat, places = checked_points(points), checked_points(stations)
    tree = cKDTree(geocentric_vectors(places))
    for first in range(0, len(lonlat), _ROWS):
        rows = slice(first, min(first + _ROWS, len(lonlat)))
        yield from _parts(_Search(lonlat, places, tree, radius_m, at_once), rows)


@dataclass(frozen=True, slots=True)
class _Search:
    points: Floats
    places: Floats
    tree: "cKDTree"
    radius_m: float
    at_once: int


def _parts(search: _Search, rows: slice) -> Iterator[tuple[slice, Neighbours]]:
    from scipy.sparse import coo_array
    from scipy.spatial import cKDTree

    points, tree = search.points[rows], search.tree
    here = cKDTree(geocentric_vectors(points), compact_nodes=False, balanced_tree=False)
    # A chord is no longer than its arc; _exact checks the pairs that the rounding margin adds.
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


def _exact(table: "csr_array", points: Floats, places: Floats, radius_m: float) -> Neighbours:
    """Return the pairs within the radius; where the chord does not decide, the geodesic does."""
    chord_m, start = table.data, table.indptr.astype(np.int64)
    distance_m = arc_m(chord_m)
    unclear = np.flatnonzero((chord_m > CHORD_LIMIT_M) | (np.abs(distance_m - radius_m) <= ARC_ERROR_M))
    near = Neighbours(start, table.indices.astype(np.int32), distance_m)
    if unclear.size:
        row = np.searchsorted(start, unclear, side="right") - 1
        distance_m[unclear] = geodesic_m(points[row], places[near.station[unclear]])
    inside = distance_m <= radius_m
    return near if inside.all() else near.filter_pairs(inside)
