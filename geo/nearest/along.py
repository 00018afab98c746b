"""Find stations beside a route, in route order, that will be open when the traveller passes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from geo.geodesy import Floats, arc_m, checked_points, distances_and_bearings, geocentric_vectors, wgs84_geod
from geo.nearest.candidates import MAX_SKIPPED, StationDescriptions
from geo.nearest.filters import StaticFilters
from geo.nearest.point_tree import Indices, VectorTree
from geo.nearest.query import Match, NearestQuery, SkippedStation
from geo.nearest.station_table import IndexSnapshot, Mask

# A way is cut into pieces so short that a straight piece stays within a millimetre of the ellipsoid: the
# sagitta of a chord c is c² / 8 R, 0.8 mm for 200 m.
_PIECE_M = 200.0
_FIRST_PIECES = 16  # that are queried for a point; more where they don't suffice
_TOGETHER = 4_096  # points processed at a time, so that pairs of points and pieces stay few
OFFSET_ERROR_M = 0.002


@dataclass(frozen=True, slots=True)
class CorridorPoints:
    """Points beside a route, in route order (then the nearer ones first, then by index).

    *Shape*: (n,) each. *Units*: ``along_m`` is metres from the route's start to where it passes nearest
    to the point (the first time, if it does so twice), ``off_m`` from there to the point, both within
    `OFFSET_ERROR_M`.
    """

    index: Indices
    along_m: Floats
    off_m: Floats

    def __len__(self) -> int:
        return len(self.index)

    def take(self, rows: Indices) -> "CorridorPoints":
        return CorridorPoints(self.index[rows], self.along_m[rows], self.off_m[rows])


@dataclass(frozen=True, slots=True)
class Corridor:
    """A route of geodesics between vertices, cut into short pieces.

    *Shape*: ``points`` (m + 1, 2), lon, lat WGS84.
    """

    points: Floats
    ends: Floats  # Shape (m + 1, 3), geocentric
    along_m: Floats  # Shape (m + 1,)
    middles: VectorTree
    longest_m: float

    @classmethod
    def from_line(cls, line: ArrayLike) -> "Corridor":
        """Build the corridor of a line through some points; a single point is a route of no length.

        *Shape*: (n, 2), lon, lat. *CRS*: WGS84. *Raises*: ValueError for a point off the Earth, or for
        no point.
        """
        vertices = checked_points(line)
        if not len(vertices):
            raise ValueError("a way without a point; give its start and its end")
        points, along_m = _cut(vertices)
        ends = geocentric_vectors(points)
        middles = VectorTree.from_vectors((ends[:-1] + ends[1:]) / 2)
        return cls(points, ends, along_m, middles, float(np.diff(along_m).max()))

    @property
    def length_m(self) -> float:
        return float(self.along_m[-1])

    def points_within(self, points: Floats, within_m: float) -> CorridorPoints:
        """Return the points within ``within_m`` metres of the route. *Shape*: (n, 2), lon, lat WGS84."""
        vectors = geocentric_vectors(points)
        reach_m = within_m + self.longest_m / 2 + 1
        near = np.flatnonzero(self._in_box(vectors, reach_m))
        parts = [
            self._measured(vectors, near[start : start + _TOGETHER], reach_m)
            for start in range(0, len(near), _TOGETHER)
        ]
        if not parts:
            return CorridorPoints(np.empty(0, dtype=np.intp), np.empty(0), np.empty(0))
        found = CorridorPoints(
            np.concatenate([part.index for part in parts]),
            np.concatenate([part.along_m for part in parts]),
            np.concatenate([part.off_m for part in parts]),
        )
        found = found.take(np.flatnonzero(found.off_m <= within_m))
        return found.take(np.lexsort((found.index, found.off_m, found.along_m)))

    def point_at(self, along_m: float) -> tuple[float, float]:
        """Return the point of the route after so many metres: lon, lat."""
        piece = int(np.searchsorted(self.along_m, along_m, side="right")) - 1
        piece = min(max(piece, 0), len(self.along_m) - 2)
        start, end = self.points[piece].tolist(), self.points[piece + 1].tolist()
        azimuth = wgs84_geod().inv(*start, *end)[0]
        lon, lat, _ = wgs84_geod().fwd(start[0], start[1], azimuth, along_m - float(self.along_m[piece]))
        return lon, lat

    def _in_box(self, vectors: Floats, reach_m: float) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Return which points are near enough to the route's bounding box to be within reach."""
        low, high = self.ends.min(axis=0) - reach_m, self.ends.max(axis=0) + reach_m
        inside = np.ones(len(vectors), dtype=bool)
        for axis in range(3):
            inside &= (vectors[:, axis] >= low[axis]) & (vectors[:, axis] <= high[axis])
        return inside

    def _measured(self, vectors: Floats, chosen: Indices, reach_m: float) -> CorridorPoints:
        """Measure each point to its nearest piece, unless no middle of a piece is within reach."""
        row, piece = self._pairs(vectors[chosen], reach_m)
        start, step = self.ends[piece], self.ends[piece + 1] - self.ends[piece]
        seen = vectors[chosen[row]] - start
        squared = np.einsum("ij,ij->i", step, step)
        share = np.einsum("ij,ij->i", seen, step) / np.where(squared, squared, 1.0)
        share = np.clip(share, 0.0, 1.0)
        off_m = arc_m(np.linalg.norm(seen - share[:, None] * step, axis=1))
        along_m = self.along_m[piece] + share * (self.along_m[piece + 1] - self.along_m[piece])
        order = np.lexsort((piece, off_m.round(3), row))
        first = order[np.unique(row[order], return_index=True)[1]]
        return CorridorPoints(chosen[row[first]], along_m[first], off_m[first])

    def _pairs(self, vectors: Floats, reach_m: float) -> tuple[Indices, Indices]:
        """Return pairs of a point and a piece that may be its nearest.

        The nearest piece is no farther than the nearest middle of a piece, so its own middle is at most half a
        piece farther; a metre more covers pieces that are equally far to the millimetre.
        *Shape*: (n, 3) to twice (pairs,).
        """
        row = np.arange(len(vectors))
        pairs: list[tuple[Indices, Indices]] = []
        width = _FIRST_PIECES
        while len(row):
            chord_m, piece = self.middles.query(vectors[row], width, reach_m)
            beyond = chord_m > chord_m[:, :1] + self.longest_m / 2 + 1
            beyond |= chord_m == np.inf
            complete = beyond[:, -1]
            place, column = np.nonzero(~beyond & complete[:, None])
            pairs.append((row[place], piece[place, column]))
            row, width = row[~complete], width * 4
        rows, pieces = zip(*pairs, strict=True)
        return np.concatenate(rows), np.concatenate(pieces)


def _cut(vertices: Floats) -> tuple[Floats, Floats]:
    """Return the vertices with intermediate points, and how far along the route each lies."""
    if len(vertices) == 1:
        return np.repeat(vertices, 2, axis=0), np.zeros(2)
    start, end = vertices[:-1], vertices[1:]
    azimuth, _, metres = (np.asarray(one, dtype=np.float64) for one in wgs84_geod().inv(*start.T, *end.T))
    pieces = np.maximum(np.ceil(metres / _PIECE_M), 1).astype(np.intp)
    edge = np.repeat(np.arange(len(start)), pieces)
    number = np.arange(len(edge)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    into_m = number * (metres / pieces)[edge]
    lon, lat, _ = wgs84_geod().fwd(start[edge, 0], start[edge, 1], azimuth[edge], into_m)
    before_m = np.concatenate(([0.0], np.cumsum(metres)))
    points = np.vstack((np.column_stack((lon, lat)), vertices[-1:]))
    return points, np.append(before_m[edge] + into_m, before_m[-1])


@dataclass(frozen=True, slots=True)
class Route:
    """The line that a traveller follows. *Shape*: ``line`` (n, 2), lon, lat WGS84.

    ``by_street``: the line follows the streets, so it is as long as the trip. A straight line is an
    estimate; the detour factor gives the length by street.
    """

    line: Floats
    by_street: bool = False


@dataclass(frozen=True, slots=True)
class RouteStop:
    """A station beside the route, ``along_m`` metres of the line after its start.

    ``match.distance_m`` and ``match.bearing`` are measured from the point where the route passes the
    station, ``match.minutes`` from the start of the route.
    """

    match: Match
    along_m: float


@dataclass(frozen=True, slots=True)
class RouteResult:
    """Stations beside a route, in route order: the requested stops, the total count and the skipped ones.

    ``skipped`` holds the five refused stations nearest to the route, in route order, none farther along
    than the last stop.
    """

    stops: tuple[RouteStop, ...]
    count: int
    skipped: tuple[SkippedStation, ...]
    length_m: float


class RouteSearch(StationDescriptions):
    """The search for one query along one route; ``query.within_m`` limits the distance from it."""

    __slots__ = ("_corridor", "_route", "_seconds")

    def __init__(self, snapshot: IndexSnapshot, query: NearestQuery, way: Route) -> None:
        super().__init__(snapshot, query)
        self._route = way
        self._corridor = Corridor.from_line(way.line)
        self._seconds: dict[int, float] = {}

    def search(self, leave_out: int) -> RouteResult:
        """Return the stops after the first ``leave_out`` ones, which the caller has shown before."""
        beside = self._corridor.points_within(self._now.ground.points, self._query.limit_m)
        beside = beside.take(np.flatnonzero(self._of_kind()[beside.index]))
        seconds = self._gone(beside)
        passes = self._passes(beside.index, np.zeros(len(beside)) if self._hours_now else seconds)
        self._seconds = dict(zip(beside.index.tolist(), seconds.tolist(), strict=True))
        good = np.flatnonzero(passes)
        shown = good[leave_out : leave_out + self._query.k]
        return RouteResult(
            tuple(self._stops(beside.take(shown))),
            len(good),
            tuple(self._skips(beside.take(self._refused(beside, passes, shown)))),
            self._corridor.length_m,
        )

    def _gone(self, beside: CorridorPoints) -> Floats:
        """Return the seconds from the start to each station's door."""
        travel, straight = self._query.travel, self._query.seconds_per_m
        if travel is None:
            return np.zeros(len(beside))
        on_way = 1 / travel.speed_m_per_s if self._route.by_street else straight
        return beside.along_m * on_way + beside.off_m * straight

    def _of_kind(self) -> Mask:
        return self._now.ground.passing(StaticFilters(kinds=self._query.filters.kinds)).mask

    def _passes(self, stations: Indices, seconds: Floats) -> Mask:
        good: Mask = self._now.ground.passing(self._query.static_filters).mask[stations]
        if self._query.filters.depends_on_hours:
            good = good.copy()
            good[good] = self._candidates.open_after(stations[good], seconds[good])
        return good

    def _refused(self, beside: CorridorPoints, passes: Mask, shown: Indices) -> Indices:
        """Return the rows to report as skipped."""
        whole = len(shown) == self._query.k
        rows = np.flatnonzero(~passes)
        if whole:
            rows = rows[rows < shown[-1]]
        return np.sort(rows[np.argsort(beside.off_m[rows], kind="stable")][:MAX_SKIPPED])

    def _stops(self, beside: CorridorPoints) -> list[RouteStop]:
        ways = zip(*self._courses(beside), strict=True)
        each = zip(beside.index.tolist(), beside.along_m.tolist(), ways, strict=True)
        return [RouteStop(self._hit(index, *way), along_m) for index, along_m, way in each]

    def _skips(self, beside: CorridorPoints) -> list[SkippedStation]:
        ways = zip(*self._courses(beside), strict=True)
        return [self._skip(index, *way) for index, way in zip(beside.index.tolist(), ways, strict=True)]

    def _courses(self, beside: CorridorPoints) -> tuple[list[float], list[str]]:
        """Return the exact distance and the compass direction from the route to each station."""
        places = [self._corridor.point_at(metres) for metres in beside.along_m.tolist()]
        start = np.array(places, dtype=np.float64).reshape(-1, 2)
        return distances_and_bearings(start, self._now.ground.points[beside.index])

    def _way(self, index: int, distance_m: float) -> tuple[float, float | None]:
        return self._seconds[index], None
