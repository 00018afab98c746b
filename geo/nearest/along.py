"""Find stations beside a route, in route order, that will be open when the traveller passes."""

from dataclasses import dataclass

import numpy as np

from geo.geodesy import Floats, distances_and_bearings
from geo.nearest.candidates import MAX_SKIPPED
from geo.nearest.corridor import Corridor, CorridorPoints
from geo.nearest.filter_columns import Mask
from geo.nearest.filters import StaticFilters
from geo.nearest.nearest_search import NearestSearch
from geo.nearest.query import NearestQuery
from geo.nearest.result import Match, SkippedStation
from geo.nearest.station_table import IndexSnapshot
from geo.nearest.vector_tree import Indices


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


class RouteSearch(NearestSearch):
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
        passes = self._passes(beside.index, seconds)
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
