"""Turn the stations that a search finds into the matches and skipped stations that a rider sees and prefers."""

from bisect import insort
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from math import inf
from typing import TypeVar

import numpy as np

from core.civil_time import CIVIL_TIME
from core.text_marks import N_
from geo.geodesy import CHORD_LIMIT_M, Floats, arc_uncertainty_m, distance_and_bearing, distances_and_bearings
from geo.hours import UNVERIFIED_ALL_DAY, Opening, local_seconds
from geo.nearest.candidates import MAX_SKIPPED, CandidateSearch
from geo.nearest.filters import Filters, SkipReason, find_stay_end, refusal_reason
from geo.nearest.point_tree import MISSING, TWICE_ARC_ERROR_M, nearest_places
from geo.nearest.query import (
    DOUBT_FACTOR,
    FARTHER_MIN,
    Match,
    NearestOrder,
    NearestQuery,
    NearestResult,
    SearchTooWide,
    SkippedStation,
)
from geo.nearest.station_table import IndexSnapshot
from geo.nearest.vector_tree import Indices
from geo.status.live import LiveSummary

_Measured = tuple[int, float, str, Opening]  # a station, its distance and bearing, and its opening on arrival
_Described = TypeVar("_Described", Match, SkippedStation)

MAX_GROWN_M = 100_000.0  # where a growing search stops; riders go no farther for a glass of water
FIRST_TO_OPEN_AMONG = 64  # how many of the nearest stations are compared to name the first to open
_PLACES_BEYOND = (48, 192)  # tested for one point, where nothing within the minutes passes
TOO_FAR = N_("about {minutes} min away")
NIGHT_FROM_HOUR, NIGHT_UNTIL_HOUR = 22, 6


class NearestSearch:
    """Nearest search for one query over one snapshot."""

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

    def results(self, points: Floats) -> list[NearestResult]:
        """Return one result for each point. *Shape*: (n, 2), lon, lat. *CRS*: WGS84."""
        found = (
            answer if answer.results else self._beyond(points[row : row + 1], answer)
            for row, answer in enumerate(self._within(points))
        )
        return [prefer_verified_at_night(answer, self._query.filters) for answer in found]

    def result_at(self, lon: float, lat: float) -> NearestResult:
        """Return the result for one point, without arrays where a few stations decide."""
        near = self._within_of_one(lon, lat)
        if near is None or not near.results:
            point = np.array([[lon, lat]])
            near = near or self._within_by_arrays(point)[0]
            near = near if near.results else self._beyond(point, near)
        return prefer_verified_at_night(near, self._query.filters)

    def _of(self, query: NearestQuery) -> "NearestSearch":
        """Return the same search for another query."""
        return NearestSearch(self._now, query)

    def _within(self, points: Floats) -> list[NearestResult]:
        near = self._within_of_one(*points[0].tolist()) if len(points) == 1 else None
        return self._within_by_arrays(points) if near is None else [near]

    def _within_by_arrays(self, points: Floats) -> list[NearestResult]:
        found, skipped = self._candidates.nearest_and_skipped(points)
        hits, skips = self._describe(points, found, self._hit), self._describe(points, skipped, self._skip)
        return [NearestResult(*answer) for answer in zip(hits, skips, strict=True)]

    # One point ----------------------------------------------------------------------------------------

    def _within_of_one(self, lon: float, lat: float) -> NearestResult | None:
        """Return the result of one point by testing one station after the other, nearest first.

        Where a few stations decide, that costs a tenth of what arrays cost. None where arrays are needed:
        chords don't settle the order, or many stations have to be tested.
        """
        (passing, counted), k, limit_m = self._candidates.masks_for_one, self._query.k, self._query.limit_m
        sites, widths, accepted = self._now.ground.all_sites, self._candidates.widths_for_one, self._accepted
        ways_m: list[float] | None = [] if self._query.is_open_first else None
        enough_m = -inf  # no place beyond can be among the first k
        hits: list[Match] = []
        skips: list[SkippedStation] = []
        metres = tied_m = -inf  # shorter chords than the second may belong to a nearer place
        for chord_m, there, stations in nearest_places(sites, (lon, lat), widths, limit_m + 1.0):
            if chord_m <= tied_m:
                return None
            if (len(hits) >= k and chord_m > enough_m) or metres > limit_m or chord_m == inf:
                return _weigh(hits, skips, k) if ways_m else NearestResult(tuple(hits[:k]), tuple(skips))
            tied_m = chord_m + (TWICE_ARC_ERROR_M if chord_m <= CHORD_LIMIT_M else arc_uncertainty_m(chord_m))
            for index in stations:
                passes = passing is None or passing[index]
                is_told = len(skips) < MAX_SKIPPED and (counted is None or counted[index])
                if not passes and not is_told:
                    continue
                metres, bearing = distance_and_bearing(lon, lat, *there)
                if metres > limit_m:
                    break
                opening = self._opening_on_arrival(index, metres)
                is_open = accepted is None or opening.state in accepted
                if passes and is_open and self._stay_end(index, metres) is None:
                    hits.append(self._hit(index, metres, bearing, opening))
                    if ways_m is not None:
                        insort(ways_m, _weighed_m(hits[-1]))
                        enough_m = ways_m[k - 1] if len(ways_m) >= k else -inf
                elif is_told:
                    skips.append(self._skip(index, metres, bearing, opening))
        return None

    def _stay_end(self, index: int, distance_m: float) -> datetime | None:
        """Return when the hours stop passing within the stay from the arrival on; None if they never do."""
        asked = self._query.filters
        if not asked.stay_min:
            return None
        seconds = 0 if self._hours_now else int(self._way(index, distance_m)[0])
        arrival = self._start + timedelta(seconds=seconds)
        return find_stay_end(partial(self._now.doors.opening, index), arrival, asked)

    # Nothing within the limit -------------------------------------------------------------------------

    def _beyond(self, point: Floats, answer: NearestResult) -> NearestResult:
        """Return the result of a wider search, with the first station to open."""
        query = self._query
        if query.within_min is not None and (query.within_m is None or query.within_m >= self._widest_m):
            return self._beyond_minutes(point, answer, query.within_min)
        if query.max_places is not None:
            raise SearchTooWide
        is_fixed = query.exactly and query.within_m is not None
        grown_m = None if is_fixed else self._grown_m(point)
        if grown_m is not None:
            (answer,) = self._of(replace(query, within_m=grown_m))._within(point)
            answer = answer._replace(grown_to_m=grown_m)
        first = self._first_to_open(point, wider=grown_m is None and not is_fixed)
        answer = answer._replace(first_to_open=first)
        if query.within_min is None or is_fixed or grown_m is not None:
            return answer
        return self._name_beyond(point, answer)

    # Nothing within the minutes -----------------------------------------------------------------------

    def _beyond_minutes(self, point: Floats, answer: NearestResult, within_min: float) -> NearestResult:
        if self._query.widens and within_min < FARTHER_MIN:
            search = self._of(replace(self._query, within_min=FARTHER_MIN, widens=False))
            (answer,) = search._within(point)
            return (answer if answer.results else search._beyond(point, answer))._replace(widened=True)
        found = self._beyond_minutes_of_one(*point[0].tolist())
        if found is not None:
            return found
        if self._query.max_places is not None:
            raise SearchTooWide
        return self._name_beyond(point, answer._replace(first_to_open=self._first_to_open(point, wider=True)))

    def _beyond_minutes_of_one(self, lon: float, lat: float) -> NearestResult | None:
        """Return what is named of one point where nothing within the minutes passes, by one station after the other.

        None where many stations have to be tested.
        """
        passing, counted = self._candidates.masks_for_one
        soon_m = self._farther_m if self._query.filters.depends_on_hours else -inf
        skips: list[SkippedStation] = []
        allowed: list[_Measured] = []  # the nearest that pass but for their hours
        metres = tied_m = -inf
        for chord_m, there, stations in nearest_places(
            self._now.ground.all_sites, (lon, lat), _PLACES_BEYOND, MAX_GROWN_M
        ):
            is_full = len(skips) == MAX_SKIPPED and len(allowed) >= MAX_SKIPPED
            if is_full and metres > soon_m:
                return self._named(skips, allowed, soon_m)
            if chord_m <= tied_m or chord_m == inf:
                return None
            tied_m = chord_m + (TWICE_ARC_ERROR_M if chord_m <= CHORD_LIMIT_M else arc_uncertainty_m(chord_m))
            for index in stations:
                is_allowed = passing is None or passing[index]
                is_told = len(skips) < MAX_SKIPPED and (counted is None or counted[index])
                if not is_allowed and not is_told:
                    continue
                metres, bearing = distance_and_bearing(lon, lat, *there)
                opening = self._opening_on_arrival(index, metres)
                if is_allowed:
                    allowed.append((index, metres, bearing, opening))
                is_open = self._accepted is None or opening.state in self._accepted
                passes = is_allowed and is_open and self._stay_end(index, metres) is None
                if passes and metres <= self._farther_m:
                    soon_m = -inf  # of none is said that it opens first
                if is_told and not passes:
                    skips.append(self._skip(index, metres, bearing, opening))
        return None

    def _named(self, skips: list[SkippedStation], allowed: list[_Measured], soon_m: float) -> NearestResult:
        """Return the first to open within ``soon_m``, or else the nearest of those that pass but for their hours."""
        soon = [one for one in allowed[:FIRST_TO_OPEN_AMONG] if one[3].opens_at and one[1] <= soon_m]
        near_m = self._query.within_m or inf  # a place within the asked distance comes before one beyond it
        for one in sorted(soon, key=lambda one: (one[1] > near_m, one[3].opens_at or self._start)):
            hit = self._hit(*one)
            if self._opens_for_a_stay(one[0], hit):
                return NearestResult((), tuple(skips), first_to_open=hit)
        far = tuple(self._named_one(index, metres) for index, metres, *_ in allowed[:MAX_SKIPPED])
        return NearestResult((), tuple(skips), beyond=far)

    def _name_beyond(self, point: Floats, answer: NearestResult) -> NearestResult:
        """Add the nearest stations that don't pass and, if none opens soon, the nearest that pass but for their hours."""
        anywhere = replace(self._query, within_min=None, within_m=MAX_GROWN_M)
        skipped = CandidateSearch(self._now, anywhere).nearest_skipped(point)
        answer = answer._replace(skipped=self._describe(point, skipped, self._named_one)[0])
        if answer.first_to_open is not None and not self._passes_within_an_hour(point):
            return answer
        answer = answer._replace(first_to_open=None)
        near = self._candidates.nearest_ignoring_hours(point, MAX_SKIPPED, inf)
        return answer._replace(beyond=self._describe(point, near, self._named_one)[0])

    def _passes_within_an_hour(self, point: Floats) -> bool:
        """Return whether a station beyond the minutes will be open: then none is the first to open."""
        farther = replace(self._query, k=1, within_m=self._farther_m, within_min=None)
        return bool(CandidateSearch(self._now, farther).nearest(point)[0][0, 0] != MISSING)

    def _named_one(self, index: int, distance_m: float, _: str = "") -> SkippedStation:
        """Return a station with the reason why it does not pass: its properties, its hours, or the way."""
        reason, station = self._reason(index, distance_m), self._now.stations[index]
        minutes = distance_m * self._seconds_per_m / 60
        reason = reason or SkipReason(TOO_FAR, {"minutes": f"{minutes:.0f}"})
        return SkippedStation(station, distance_m, reason.message, reason.params)

    # A limit in metres --------------------------------------------------------------------------------

    def _grown_m(self, point: Floats) -> float | None:
        """Return the limit, doubled until a station passes; None where none does."""
        limit_m = self._query.within_m
        if limit_m is None or limit_m >= self._widest_m:
            return None
        one = replace(self._query, k=1, within_m=MAX_GROWN_M, order=NearestOrder.DISTANCE)
        found, _ = CandidateSearch(self._now, one).nearest(point)
        if found[0, 0] == MISSING:
            return None
        return self._doubled(limit_m, distances_and_bearings(point, self._now.ground.points[found[0]])[0][0])

    def _doubled(self, limit_m: float, distance_m: float) -> float:
        limit_m = max(limit_m, 1.0)
        while limit_m < distance_m:
            limit_m *= 2
        return min(limit_m, self._widest_m)

    @property
    def _widest_m(self) -> float:
        """Where a growing search stops."""
        minutes = self._query.within_min
        return MAX_GROWN_M if minutes is None else min(MAX_GROWN_M, self._reach_m(minutes))

    @property
    def _farther_m(self) -> float:
        """How far the first station to open may be, where the way is bounded."""
        return self._reach_m(max(self._query.within_min or FARTHER_MIN, FARTHER_MIN))

    def _reach_m(self, minutes: float) -> float:
        """Return how far one gets in some minutes at most, by the straight line."""
        return self._query.reach_m(minutes)

    def _first_to_open(self, point: Floats, *, wider: bool) -> Match | None:
        if not self._query.filters.depends_on_hours:
            return None
        limit_m, widest_m = self._query.limit_m, MAX_GROWN_M
        if self._query.within_min is not None:
            widest_m = min(MAX_GROWN_M, self._farther_m)
            limit_m = min(widest_m, self._query.within_m or widest_m)
        found = self._opening_soon(point, limit_m)
        if found is None and wider and limit_m < widest_m:
            return self._opening_soon(point, widest_m)
        return found

    def _opening_soon(self, point: Floats, limit_m: float) -> Match | None:
        soon = self._list_opening_soon(point, limit_m)
        return soon[0][1] if soon else None

    def _list_opening_soon(self, point: Floats, limit_m: float) -> list[tuple[int, Match]]:
        """Return the stations near a point that will open, the first to open first, of several the nearest."""
        near = self._candidates.nearest_ignoring_hours(point, FIRST_TO_OPEN_AMONG, limit_m)
        (hits,) = self._describe(point, near, self._hit)
        soon = [one for one in zip(near[0].tolist(), hits, strict=False) if self._opens_for_a_stay(*one)]
        return sorted(soon, key=lambda one: _opens_at(one[1]))

    def _opens_for_a_stay(self, index: int, hit: Match) -> bool:
        opens_at, bound_min = hit.opening.opens_at, self._query.within_min
        if opens_at is None or (bound_min is not None and (hit.minutes or 0.0) > max(bound_min, FARTHER_MIN)):
            return False
        open_only = replace(self._query.filters, open_only=True)
        return find_stay_end(partial(self._now.doors.opening, index), opens_at, open_only) is None

    # Description of one station -----------------------------------------------------------------------

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


def _weighed_m(hit: Match) -> float:
    return hit.distance_m * DOUBT_FACTOR if hit.opening.is_doubtful else hit.distance_m


def _weigh(hits: list[Match], skips: list[SkippedStation], k: int) -> NearestResult:
    """Return the first k in the order of weighed distances, and the skipped stations no farther than these."""
    first = sorted(hits, key=_weighed_m)[:k]  # ties stay in the order of distance and id
    last_m = max(hit.distance_m for hit in first) if len(first) == k else inf
    return NearestResult(tuple(first), tuple(skip for skip in skips if skip.distance_m <= last_m))


def _broken(live: LiveSummary, asked: Filters) -> SkipReason | None:
    """Return why a requested facility of the station can't be used now."""
    told = (s for s in live.statuses if s.facility in asked.facilities)
    return next((SkipReason(status.reason, dict(status.params)) for status in told), None)


def _opens_at(hit: Match) -> datetime:
    assert hit.opening.opens_at is not None, "only what will open is compared"
    return hit.opening.opens_at


def prefer_verified_at_night(found: NearestResult, filters: Filters) -> NearestResult:
    """Return the result of a search for open stations, those of unverified 24 hours last where it is night.

    The order by distance stays within both groups. Which stations match does not change.
    """
    if not filters.open_only or UNVERIFIED_ALL_DAY not in [hit.opening.reason for hit in found.results]:
        return found
    return found._replace(results=tuple(sorted(found.results, key=_is_unverified_at_night)))


def _is_unverified_at_night(hit: Match) -> bool:
    return hit.opening.reason == UNVERIFIED_ALL_DAY and _is_night(hit.at)


def _is_night(at: datetime) -> bool:
    hour = at.astimezone(CIVIL_TIME).hour
    return hour >= NIGHT_FROM_HOUR or hour < NIGHT_UNTIL_HOUR
