"""Turn the stations that a search finds into the matches and skipped stations that a rider sees."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TypeVar

import numpy as np

from geo.geodesy import Floats, distance_and_bearing, distances_and_bearings
from geo.nearest.candidates import CandidateSearch
from geo.nearest.criteria import SearchTooWide
from geo.nearest.filters import Filters, SkipReason, find_stay_end, refusal_reason
from geo.nearest.opening_states import StationSchedules, arrival_time
from geo.nearest.point_tree import MISSING, Indices
from geo.nearest.query import StationQuery
from geo.nearest.result import Match, NearestResult, SkippedStation
from geo.nearest.single_search import nearest_unfiltered
from geo.nearest.station_table import StaticStations
from geo.station import Station
from geo.status.live import LiveSummary

_Told = TypeVar("_Told", Match, SkippedStation)

MAX_GROWN_M = 100_000.0  # where a growing search stops; riders go no farther for a glass of water
FIRST_TO_OPEN_AMONG = 64  # how many of the nearest stations are compared to name the first to open


@dataclass(frozen=True, slots=True)
class IndexSnapshot:
    """The data of an index at one moment, from which results are computed."""

    stations: Sequence[Station]
    ground: StaticStations
    doors: StationSchedules
    live: Mapping[str, LiveSummary]

    def candidates(self, inquiry: StationQuery) -> CandidateSearch:
        return CandidateSearch(self.ground, self.doors, inquiry)


class NearestSearch:
    """Nearest search for one query over one snapshot."""

    __slots__ = ("_candidates", "_inquiry", "_now", "_start")

    def __init__(self, snapshot: IndexSnapshot, inquiry: StationQuery) -> None:
        self._now, self._inquiry = snapshot, inquiry
        self._candidates = snapshot.candidates(inquiry)
        self._start = inquiry.start

    def results(self, points: Floats) -> list[NearestResult]:
        """Return one result for each point. *Shape*: (n, 2), lon, lat. *CRS*: WGS84."""
        near = self._within(points)
        return [
            answer if answer.results else self._beyond(points[row : row + 1], answer)
            for row, answer in enumerate(near)
        ]

    def result_at(self, lon: float, lat: float) -> NearestResult:
        """Return the result for one point, without the cost of arrays."""
        near = self._nearest_unfiltered(lon, lat)
        if near is None:
            (answer,) = self.results(np.array([[lon, lat]]))
            return answer
        return NearestResult(self._told_of_one((lon, lat), near, self._hit), ())

    def _nearest_unfiltered(self, lon: float, lat: float) -> list[int] | None:
        inquiry = self._inquiry
        if inquiry.within_m is not None or not inquiry.filters.is_empty:
            return None
        return nearest_unfiltered(self._now.ground.all_sites, (lon, lat), inquiry.k)

    def _of(self, inquiry: StationQuery) -> "NearestSearch":
        """Return the same search for another query."""
        return NearestSearch(self._now, inquiry)

    def _within(self, points: Floats) -> list[NearestResult]:
        found, skipped = self._candidates.nearest_and_skipped(points)
        hits, skips = self._told(points, found, self._hit), self._told(points, skipped, self._skip)
        return [NearestResult(*answer) for answer in zip(hits, skips, strict=True)]

    # Nothing within the limit -------------------------------------------------------------------------

    def _beyond(self, point: Floats, answer: NearestResult) -> NearestResult:
        """Return the result of a wider search, with the first station to open."""
        if self._inquiry.widest is not None:
            raise SearchTooWide
        grown_m = self._grown_m(point)
        if grown_m is not None:
            (answer,) = self._of(replace(self._inquiry, within_m=grown_m))._within(point)
            answer = replace(answer, grown_to_m=grown_m)
        return replace(answer, first_to_open=self._first_to_open(point, wider=grown_m is None))

    def _grown_m(self, point: Floats) -> float | None:
        """Return the limit, doubled until a station passes; None where none does."""
        limit_m = self._inquiry.within_m
        if limit_m is None or limit_m >= MAX_GROWN_M:
            return None
        one = replace(self._inquiry, k=1, within_m=MAX_GROWN_M)
        found, _ = self._now.candidates(one).nearest(point)
        if found[0, 0] == MISSING:
            return None
        return self._doubled(limit_m, distances_and_bearings(point, self._now.ground.points[found[0]])[0][0])

    @staticmethod
    def _doubled(limit_m: float, distance_m: float) -> float:
        limit_m = max(limit_m, 1.0)
        while limit_m < distance_m:
            limit_m *= 2
        return min(limit_m, MAX_GROWN_M)

    def _first_to_open(self, point: Floats, *, wider: bool) -> Match | None:
        if not self._inquiry.filters.depends_on_hours:
            return None
        limit_m = self._inquiry.limit_m
        found = self._opening_soon(point, limit_m)
        if found is None and wider and limit_m < MAX_GROWN_M:
            return self._opening_soon(point, MAX_GROWN_M)
        return found

    def _opening_soon(self, point: Floats, limit_m: float) -> Match | None:
        near = self._candidates.nearest_ignoring_hours(point, FIRST_TO_OPEN_AMONG, limit_m)
        (hits,) = self._told(point, near, self._hit)
        soon = [
            hit
            for index, hit in zip(near[0].tolist(), hits, strict=False)
            if self._opens_for_a_stay(index, hit)
        ]
        return min(soon, key=_opens_at) if soon else None  # the nearest of several

    def _opens_for_a_stay(self, index: int, hit: Match) -> bool:
        opens_at = hit.opening.opens_at
        if opens_at is None:
            return False
        open_only = replace(self._inquiry.filters, open_only=True)
        return find_stay_end(partial(self._now.doors.opening, index), opens_at, open_only) is None

    # Description of one station -----------------------------------------------------------------------

    def _told(
        self, points: Floats, found: Indices, tell: Callable[[int, float, str], _Told]
    ) -> list[tuple[_Told, ...]]:
        """Describe each station found near each point, by means of ``tell``."""
        if not found.size:
            return [()] * len(points)
        if len(points) == 1:
            return [self._told_of_one(points[0].tolist(), found[0].tolist(), tell)]
        row, column = np.nonzero(found != MISSING)
        chosen = found[row, column]
        ways = zip(*distances_and_bearings(points[row], self._now.ground.points[chosen]), strict=True)
        told: list[list[_Told]] = [[] for _ in points]
        for at, index, way in zip(row.tolist(), chosen.tolist(), ways, strict=True):
            told[at].append(tell(index, *way))
        return [tuple(of_point) for of_point in told]

    def _told_of_one(
        self, point: Sequence[float], found: Sequence[int], tell: Callable[[int, float, str], _Told]
    ) -> tuple[_Told, ...]:
        """Describe the stations near one point, without the cost of arrays."""
        lon, lat = point
        stations = self._now.stations
        told = []
        for index in found:
            if index != MISSING:
                there = stations[index]
                assert there.lon is not None and there.lat is not None, "stations of an index are placed"
                metres, bearing = distance_and_bearing(lon, lat, there.lon, there.lat)
                told.append(tell(index, metres, bearing))
        return tuple(told)

    def _hit(self, index: int, distance_m: float, bearing: str) -> Match:
        if self._inquiry.travel is None:
            at, minutes, way_m = self._start, None, None
        else:
            seconds, way_m = self._way(index, distance_m)
            at, minutes = arrival_time(self._start, seconds), seconds / 60
        now = self._now
        station, opening = now.stations[index], now.doors.opening(index, at)
        live = now.live.get(station.id) if now.live else None
        told = live.statuses_at(at) if live else ()
        return Match(station, distance_m, bearing, minutes, at, opening, told, way_m)

    def _way(self, index: int, distance_m: float) -> tuple[float, float | None]:
        """Return seconds, and metres of street where known; here an estimate from the straight line."""
        return distance_m * self._inquiry.seconds_per_m, None

    def _skip(self, index: int, distance_m: float, _: str) -> SkippedStation:
        at = arrival_time(self._start, self._way(index, distance_m)[0])
        station, opening, asked = (
            self._now.stations[index],
            self._now.doors.opening(index, at),
            self._inquiry.filters,
        )
        too_soon = (
            find_stay_end(partial(self._now.doors.opening, index), at, asked) if asked.stay_min else None
        )
        reason = refusal_reason(station, opening, asked, self._start, too_soon)
        assert reason is not None, f"{station.id} was skipped without a reason"
        if "facilities" in reason.params and station.id in self._now.live:
            reason = _broken(self._now.live[station.id], asked) or reason
        return SkippedStation(station, distance_m, reason.message, reason.params)


def _broken(live: LiveSummary, asked: Filters) -> SkipReason | None:
    """Return why a requested facility of the station can't be used now."""
    told = (s for s in live.statuses if s.facility in asked.facilities)
    return next((SkipReason(status.reason, dict(status.params)) for status in told), None)


def _opens_at(hit: Match) -> datetime:
    assert hit.opening.opens_at is not None, "only what will open is compared"
    return hit.opening.opens_at
