"""Nearest search by network time.

Stations are requested from the network in order of straight-line distance, until no farther one can be
sooner.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import inf

import numpy as np

from geo.geodesy import Floats, distances_and_bearings
from geo.nearest.candidates import MAX_SKIPPED
from geo.nearest.nearest_search import FIRST_TO_OPEN_AMONG, MAX_GROWN_M, NearestSearch
from geo.nearest.point_tree import MISSING
from geo.nearest.query import Match, NearestQuery, NearestResult, SkippedStation
from geo.nearest.station_table import IndexSnapshot
from geo.nearest.travel import NO_ROUTE, Network, min_route_seconds

_FIRST = 16  # stations requested from the network at first, beyond k
_WIDEN = 2


@dataclass(slots=True)
class _KnownRoutes:
    """The route costs from one point that the network has given so far, by station."""

    point: Floats  # Shape (1, 2)
    network: Network
    off_network: bool = False
    ways: dict[int, tuple[float, float]] = field(default_factory=dict)

    def fetch_missing(self, stations: Iterable[int], places: Floats) -> bool:
        """Fetch the route costs that are not known yet; return False where the point is on no street."""
        new = [station for station in stations if station not in self.ways]
        if not new:
            return True
        lon, lat = self.point[0].tolist()
        found = self.network.ways((lon, lat), places[new])
        if found is None:
            self.off_network = True
            return False
        pairs = zip(found.seconds.tolist(), found.metres.tolist(), strict=True)
        self.ways.update(zip(new, pairs, strict=True))
        return True

    def seconds(self, station: int) -> float:
        return self.ways[station][0]


@dataclass(frozen=True, slots=True)
class _RankedStations:
    """Stations in order of travel time, and the nearer ones that don't pass.

    ``shut`` are closed on arrival; no route leads to ``cut_off``.
    """

    good: tuple[int, ...]
    shut: tuple[int, ...]
    cut_off: tuple[int, ...]


class NetworkSearch(NearestSearch):
    """Nearest search by network time for one query and one point."""

    __slots__ = ("_known",)

    def __init__(self, snapshot: IndexSnapshot, query: NearestQuery, known: _KnownRoutes) -> None:
        super().__init__(snapshot, query)
        self._known = known

    def _of(self, query: NearestQuery) -> "NetworkSearch":
        return NetworkSearch(self._now, query, self._known)

    def _way(self, index: int, distance_m: float) -> tuple[float, float | None]:
        seconds, metres = self._known.ways.get(index, (inf, inf))
        if seconds == inf:  # no route to the station: estimate from the straight line
            return super()._way(index, distance_m)
        return seconds, metres

    def _within(self, points: Floats) -> list[NearestResult]:
        found = self._search(self._query.k, min(self._query.limit_m, MAX_GROWN_M))
        if found is None:
            return super()._within(points)
        hits = self._describe(points, np.array([found.good], dtype=np.intp), self._hit)[0]
        return [NearestResult(hits, self._passed_over(points, found, hits))]

    def _grown_m(self, point: Floats) -> float | None:
        limit_m = self._query.within_m
        if limit_m is None or limit_m >= MAX_GROWN_M:
            return None
        found = self._search(1, MAX_GROWN_M)
        if found is None:
            return super()._grown_m(point)
        if not found.good:
            return None
        return self._doubled(limit_m, distances_and_bearings(point, self._places(found.good))[0][0])

    def _opening_soon(self, point: Floats, limit_m: float) -> Match | None:
        if not self._known.off_network:
            near = self._near(FIRST_TO_OPEN_AMONG, limit_m)
            self._known.fetch_missing(near, self._now.ground.points)
        return super()._opening_soon(point, limit_m)

    def _opens_for_a_stay(self, index: int, hit: Match) -> bool:
        cut_off = self._known.ways.get(index, (0.0, 0.0))[0] == inf
        return not cut_off and super()._opens_for_a_stay(index, hit)

    # The search -----------------------------------------------------------------------------------------

    def _search(self, k: int, limit_m: float) -> _RankedStations | None:
        """Return the k soonest stations that pass; None where the point is on no street."""
        width = k + _FIRST
        while True:
            near = self._near(width, limit_m)
            if not self._known.fetch_missing(near, self._now.ground.points):
                return None
            found = self._sorted(near, k)
            if len(near) < width:
                return found
            if len(found.good) == k and self._known.seconds(found.good[-1]) < self._least_beyond(near[-1]):
                return found
            width *= _WIDEN

    def _near(self, width: int, limit_m: float) -> list[int]:
        """Return the nearest stations by straight line that pass every filter except the hours."""
        found = self._candidates.nearest_ignoring_hours(self._known.point, width, limit_m)[0]
        return [station for station in found.tolist() if station != MISSING]

    def _least_beyond(self, last: int) -> float:
        (metres,), _ = distances_and_bearings(self._known.point, self._places((last,)))
        return min_route_seconds(metres, self._known.network.top_speed_m_per_s)

    def _sorted(self, near: list[int], k: int) -> _RankedStations:
        seconds = np.array([self._known.seconds(station) for station in near])
        stations = np.array(near, dtype=np.intp)
        there = np.isfinite(seconds)
        opens = there.copy()
        opens[there] = self._candidates.open_after(stations[there], seconds[there])
        chosen = np.flatnonzero(opens)
        first = chosen[np.lexsort((stations[chosen], seconds[chosen]))][:k]
        nearer = np.arange(len(near)) < (first.max() if len(first) == k else len(near))
        return _RankedStations(
            tuple(stations[first].tolist()),
            tuple(stations[nearer & there & ~opens].tolist()),
            tuple(stations[nearer & ~there].tolist()),
        )

    # Skipped stations ---------------------------------------------------------------------------------------

    def _passed_over(
        self, points: Floats, found: _RankedStations, hits: tuple[Match, ...]
    ) -> tuple[SkippedStation, ...]:
        """Return up to five refused stations that are nearer by straight line, with the reasons."""
        last_m = max((hit.distance_m for hit in hits), default=min(self._query.limit_m, MAX_GROWN_M))
        refused = [
            one for one in self._candidates.nearest_refused(points, last_m)[0].tolist() if one != MISSING
        ]
        self._known.fetch_missing(refused, self._now.ground.points)
        asked = np.array([[*refused, *found.shut[:MAX_SKIPPED]]], dtype=np.intp)
        cut_off = np.array([found.cut_off[:MAX_SKIPPED]], dtype=np.intp)
        skips = (
            *self._describe(points, asked, self._skip)[0],
            *self._describe(points, cut_off, self._skip_cut_off)[0],
        )
        return tuple(sorted(skips, key=lambda skip: (skip.distance_m, skip.station.id))[:MAX_SKIPPED])

    def _skip_cut_off(self, index: int, distance_m: float, _: str) -> SkippedStation:
        return SkippedStation(self._now.stations[index], distance_m, NO_ROUTE, {})

    def _places(self, stations: Iterable[int]) -> Floats:
        return np.asarray(self._now.ground.points[list(stations)], dtype=np.float64)


def search_by_network(
    snapshot: IndexSnapshot, query: NearestQuery, network: Network, points: Floats
) -> list[NearestResult]:
    """Search by network time, as `NearestSearch.results` does by straight line.

    Where a point is on no street, the result is an estimate and ``off_network`` says so.
    """
    answers = []
    for row in range(len(points)):
        known = _KnownRoutes(points[row : row + 1], network)
        (answer,) = NetworkSearch(snapshot, query, known).results(known.point)
        answers.append(answer._replace(off_network=known.off_network))
    return answers
