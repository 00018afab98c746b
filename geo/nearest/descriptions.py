"""Describe the stations that a search finds: the matches and skipped stations that a rider sees."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

import numpy as np

from geo.geodesy import Floats, distance_and_bearing, distances_and_bearings
from geo.hours import Opening, local_seconds
from geo.nearest.candidates import CandidateSearch
from geo.nearest.filters import Filters, SkipReason, find_stay_end, refusal_reason
from geo.nearest.point_tree import MISSING
from geo.nearest.query import Match, NearestQuery, SkippedStation
from geo.nearest.station_table import IndexSnapshot
from geo.nearest.vector_tree import Indices
from geo.status.live import LiveSummary

_Described = TypeVar("_Described")


class StationDescriptions:
    """The descriptions of stations for one query over one snapshot, with their opening on arrival."""

    __slots__ = (
        "_accepted",
        "_candidates",
        "_hours_now",
        "_now",
        "_query",
        "_seconds_per_m",
        "_start",
        "_start_s",
    )

    def __init__(self, snapshot: IndexSnapshot, query: NearestQuery) -> None:
        self._now, self._query = snapshot, query
        self._candidates = CandidateSearch(snapshot, query)
        self._start, self._seconds_per_m = query.start, query.seconds_per_m
        self._start_s, self._hours_now = local_seconds(self._start), query.hours_now
        filters = query.filters
        self._accepted = filters.accepted_states if filters.depends_on_hours else None

    def _describe(
        self, points: Floats, found: Indices, build: Callable[[int, float, str], _Described]
    ) -> list[tuple[_Described, ...]]:
        """Describe each station found near each point, by means of ``build``."""
        if not found.size:
            return [()] * len(points)
        if len(points) == 1:
            return [self._describe_near(points[0].tolist(), found[0].tolist(), build)]
        row, column = np.nonzero(found != MISSING)
        chosen = found[row, column]
        ways = zip(*distances_and_bearings(points[row], self._now.ground.points[chosen]), strict=True)
        told: list[list[_Described]] = [[] for _ in points]
        for at, index, way in zip(row.tolist(), chosen.tolist(), ways, strict=True):
            told[at].append(build(index, *way))
        return [tuple(of_point) for of_point in told]

    def _describe_near(
        self, point: Sequence[float], found: Sequence[int], build: Callable[[int, float, str], _Described]
    ) -> tuple[_Described, ...]:
        """Describe the stations near one point, without the cost of arrays."""
        lon, lat = point
        stations = self._now.stations
        told = []
        for index in found:
            if index != MISSING:
                there = stations[index]
                assert there.lon is not None and there.lat is not None, "stations of an index are placed"
                metres, bearing = distance_and_bearing(lon, lat, there.lon, there.lat)
                told.append(build(index, metres, bearing))
        return tuple(told)

    def _hit(self, index: int, distance_m: float, bearing: str, opening: Opening | None = None) -> Match:
        """Return a station that passes; ``opening``: on arrival, if it is known."""
        now, (seconds, way_m) = self._now, self._way(index, distance_m)
        station, at = now.stations[index], self._start
        if seconds and not self._hours_now:
            at += timedelta(seconds=int(seconds))
        minutes = None if self._query.travel is None else seconds / 60
        opening = opening or self._opening_on_arrival(index, distance_m)
        live = now.live.get(station.id) if now.live else None
        told = live.statuses_at(at) if live else ()
        return Match(station, distance_m, bearing, minutes, at, opening, told, way_m)

    def _way(self, index: int, distance_m: float) -> tuple[float, float | None]:
        """Return seconds, and metres of street where known; here an estimate from the straight line."""
        return distance_m * self._seconds_per_m, None

    def _opening_on_arrival(self, index: int, distance_m: float) -> Opening:
        seconds = 0 if self._hours_now else int(self._way(index, distance_m)[0])
        minute = (self._start_s + seconds) // 60
        return self._now.opening_at_minute(index, minute)

    def _skip(self, index: int, distance_m: float, _: str, opening: Opening | None = None) -> SkippedStation:
        """Return a station with the reason why it does not pass; ``opening``: on arrival, if it is known."""
        reason = self._reason(index, distance_m, opening)
        assert reason is not None, f"{self._now.stations[index].id} was skipped without a reason"
        return SkippedStation(self._now.stations[index], distance_m, reason.message, reason.params)

    def _reason(self, index: int, distance_m: float, opening: Opening | None = None) -> SkipReason | None:
        """Return why a station does not pass; None if it does."""
        station, asked = self._now.stations[index], self._query.filters
        opening = opening or self._opening_on_arrival(index, distance_m)
        reason = refusal_reason(station, opening, asked, self._start, self._stay_end(index, distance_m))
        if reason is not None and "facilities" in reason.params and station.id in self._now.live:
            return _broken(self._now.live[station.id], asked) or reason
        return reason

    def _stay_end(self, index: int, distance_m: float) -> datetime | None:
        """Return when the hours stop passing within the stay from the arrival on; None if they never do."""
        asked = self._query.filters
        if not asked.stay_min:
            return None
        seconds = 0 if self._hours_now else int(self._way(index, distance_m)[0])
        arrival = self._start + timedelta(seconds=seconds)
        return find_stay_end(partial(self._now.doors.opening, index), arrival, asked)


def _broken(live: LiveSummary, asked: Filters) -> SkipReason | None:
    """Return why a requested facility of the station can't be used now."""
    told = (s for s in live.statuses if s.facility in asked.facilities)
    return next((SkipReason(status.reason, dict(status.params)) for status in told), None)
