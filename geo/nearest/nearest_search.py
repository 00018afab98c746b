"""Find the nearest stations of a query in the order that a rider prefers, and what lies beyond where none passes."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from math import inf
from typing import NamedTuple

import numpy as np

from core.civil_time import CIVIL_TIME
from core.text_marks import N_
from geo.geodesy import (
    CHORD_LIMIT_M,
    Floats,
    arc_uncertainty_m,
    distance_and_bearing,
    distances_and_bearings,
    geodesic_m,
)
from geo.hours import UNVERIFIED_ALL_DAY, Opening, local_seconds
from geo.nearest.candidates import MAX_SKIPPED, CandidateSearch
from geo.nearest.filters import Filters, SkipReason
from geo.nearest.first_to_open import MAX_GROWN_M, AllowedStations, FirstToOpenSearch
from geo.nearest.point_tree import MISSING, TWICE_ARC_ERROR_M, Indices, nearest_places
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
from geo.station import OpeningState

FIRST_WIDTH, WIDEN = 64, 4  # stations listed by the straight line, until all within the limit are
_TOO_FAR = {  # by the state on arrival; the reader's words say the time
    OpeningState.OPEN: N_("about {time} away; open then"),
    OpeningState.CLOSED: N_("about {time} away; closed then"),
    OpeningState.UNKNOWN: N_("about {time} away; whether it is open then is not known"),
}


class Surroundings(NamedTuple):
    """The nearest stations of a point within whose limit nothing passes.

    ``skipped`` don't pass. ``is_open_near``: one within an hour will be open. Else ``allowed`` holds all within it.
    """

    skipped: tuple[SkippedStation, ...]
    allowed: AllowedStations
    is_open_near: bool


_TestedStation = tuple[int, float, str, Opening]  # its place, metres, bearing, and opening on arrival


@dataclass(slots=True)
class Sweep:
    """What a sweep outwards from a point has come to, nearest first; each station is tested once.

    ``limit_m`` is the query's, ``chord_m`` leads to the next place, ``metres`` to the last station. ``passing`` pass;
    ``refused`` are the first five that don't, ``allowed`` pass but for their hours.
    """

    limit_m: float
    chord_m: float = -inf
    metres: float = -inf
    passing: list[Match] = field(default_factory=list)
    allowed: list[_TestedStation] = field(default_factory=list)
    refused: list[_TestedStation] = field(default_factory=list)

    def allowed_stations(self) -> AllowedStations:
        places, metres = [one[0] for one in self.allowed], [one[1] for one in self.allowed]
        return AllowedStations(np.array(places, dtype=np.intp), np.array(metres))


class BeyondSearch(FirstToOpenSearch):
    """The search beyond the limit of one query over one snapshot."""

    __slots__ = ()

    def _name_beyond(
        self, point: Floats, answer: NearestResult, sweeping: Iterator[Sweep] | None
    ) -> NearestResult:
        """Add the nearest that don't pass, and the first to open or else the nearest that pass but for their hours."""
        sweeping = sweeping or self._sweep(*point[0].tolist())
        near = self._survey_one(sweeping)
        if near is None:
            if self._query.max_places is not None:
                raise SearchTooWide
            near = self._survey(point)
        answer = answer._replace(skipped=near.skipped)
        first = None if near.is_open_near else self._first_to_open(point, near.allowed)
        if first is not None:
            return answer._replace(first_to_open=first)
        return answer._replace(beyond=self._named_beyond(point, near.allowed))

    def _named_beyond(self, point: Floats, near: AllowedStations) -> tuple[SkippedStation, ...]:
        """Return the nearest at any distance that pass but for their hours, each with its state on arrival."""
        if len(near.places) < MAX_SKIPPED:
            near = self._nearest_allowed(point, MAX_SKIPPED)
        return tuple(self._named_one(*one, "") for one in islice(near.pairs(), MAX_SKIPPED))

    # The surroundings of a point ----------------------------------------------------------------------

    def _survey(self, point: Floats) -> Surroundings:
        anywhere = replace(self._query, within_min=None, within_m=MAX_GROWN_M)
        skipped = CandidateSearch(self._now, anywhere).nearest_skipped(point)
        (named,) = self._describe(point, skipped, self._named_one)
        farther = replace(self._query, k=1, within_m=self._farther_m, within_min=None)
        found = CandidateSearch(self._now, farther).nearest(point)[0]
        allowed = self._allowed_within(point, self._opening_limits_m[1])
        return Surroundings(named, allowed, bool(found[0, 0] != MISSING))

    def _allowed_within(self, point: Floats, limit_m: float) -> AllowedStations:
        """Return the stations within a straight line that pass every filter except the hours."""
        width = FIRST_WIDTH
        while True:
            near = self._nearest_allowed(point, width, limit_m)
            if len(near.places) < width:
                return near
            width *= WIDEN

    def _nearest_allowed(self, point: Floats, k: int, limit_m: float = inf) -> AllowedStations:
        found = self._candidates.nearest_ignoring_hours(point, k, limit_m)[0]
        places = np.asarray(found[found != MISSING], dtype=np.intp)
        return AllowedStations(places, self._distances_m(point, places))

    def _distances_m(self, point: Floats, places: Indices) -> Floats:
        return geodesic_m(np.repeat(point, len(places), axis=0), self._now.ground.points[places])

    def _survey_one(self, sweeping: Iterator[Sweep]) -> Surroundings | None:
        """Return the same as `_survey` by sweeping on; None where the sweep ends before."""
        farther_m = self._farther_m
        for sweep in sweeping:
            if sweep.metres > MAX_GROWN_M:
                return None
            is_open_near = bool(sweep.passing) and sweep.passing[0].distance_m <= farther_m
            is_past = self._accepted is None or is_open_near or sweep.metres > farther_m
            if is_past and len(sweep.refused) == MAX_SKIPPED and len(sweep.allowed) >= MAX_SKIPPED:
                skipped = tuple([self._skip(*one) for one in sweep.refused])
                return Surroundings(skipped, sweep.allowed_stations(), is_open_near)
        return None

    def _sweep(self, lon: float, lat: float) -> Iterator[Sweep]:
        """Sweep outwards from a point: stop before each place, and test its stations when the caller goes on.

        The sweep ends where arrays must decide: chords don't settle the order, or many stations have to be tested.
        """
        (passing, counted), accepted = self._candidates.masks_for_one, self._accepted
        sites, widths = self._now.ground.all_sites, self._candidates.widths_for_one
        stays, pace = self._query.filters.stay_min > 0, self._query.delay_per_m
        opening_at_minute, start_s = self._now.opening_at_minute, self._start_s
        sweep, tied_m = Sweep(self._query.limit_m), -inf  # shorter chords may belong to a nearer place
        passed, allowed, refused = sweep.passing, sweep.allowed, sweep.refused
        reach_m = max(sweep.limit_m, MAX_GROWN_M) + 1.0
        for chord_m, there, stations in nearest_places(sites, (lon, lat), widths, reach_m):
            if chord_m <= tied_m:
                return
            sweep.chord_m = chord_m
            yield sweep
            if chord_m == inf:
                return
            tied_m = chord_m + (TWICE_ARC_ERROR_M if chord_m <= CHORD_LIMIT_M else arc_uncertainty_m(chord_m))
            for index in stations:
                is_allowed = passing is None or passing[index]
                is_told = len(refused) < MAX_SKIPPED and (counted is None or counted[index])
                if not is_allowed and not is_told:
                    continue
                metres, bearing = distance_and_bearing(lon, lat, *there)
                opening = opening_at_minute(index, (start_s + int(metres * pace)) // 60)
                sweep.metres, one = metres, (index, metres, bearing, opening)
                if is_allowed:
                    allowed.append(one)
                is_open = accepted is None or opening.state in accepted
                if is_allowed and is_open and not (stays and self._stay_end(index, metres)):
                    passed.append(self._hit(*one))
                elif is_told:
                    refused.append(one)

    def _named_one(
        self, index: int, distance_m: float, _: str, opening: Opening | None = None
    ) -> SkippedStation:
        """Return a station with the reason why it does not pass: its properties, its hours, or the way."""
        opening = opening or self._opening_on_arrival(index, distance_m)
        reason = self._reason(index, distance_m, opening)
        if reason is None:
            state = OpeningState.UNKNOWN if opening.is_doubtful else opening.state
            minutes = self._way(index, distance_m)[0] / 60
            reason = SkipReason(_TOO_FAR[state], {"minutes": f"{minutes:.0f}"})
        return SkippedStation(self._now.stations[index], distance_m, reason.message, reason.params)


NIGHT_FROM_HOUR, NIGHT_UNTIL_HOUR = 22, 6


class NearestSearch(BeyondSearch):
    """Nearest search for one query over one snapshot."""

    __slots__ = ()

    def results(self, points: Floats) -> list[NearestResult]:
        """Return one result for each point. *Shape*: (n, 2), lon, lat. *CRS*: WGS84."""
        return [
            self._complete(points[row : row + 1], answer) for row, answer in enumerate(self._within(points))
        ]

    def result_at(self, lon: float, lat: float) -> NearestResult:
        """Return the result for one point, without arrays where a few stations decide."""
        sweeping = self._sweep(lon, lat)
        near, point = self._within_of_one(sweeping), np.array([[lon, lat]])
        return self._complete(point, near or self._within_by_arrays(point)[0], sweeping)

    def _complete(
        self, point: Floats, near: NearestResult, sweeping: Iterator[Sweep] | None = None
    ) -> NearestResult:
        """Return the result with what lies beyond, and what opens first, where the rider needs them."""
        if not near.results:
            near = self._beyond(point, near, sweeping)
        if near.results and near.first_to_open is None and self._query.is_unsure(near.results):
            near = near._replace(first_to_open=self._first_sure(point))
        return prefer_verified_at_night(near, self._query.filters)

    def _first_sure(self, point: Floats) -> Match | None:
        """Return the first that is open for certain within an hour, or else the first to open."""
        open_only = replace(self._query.filters, open_only=True)
        query = replace(self._query, k=1, filters=open_only, within_min=self._farther_min, widens=False)
        (sure,) = self._of(query).results(point)
        return sure.results[0] if sure.results else sure.first_to_open

    def _of(self, query: NearestQuery) -> "NearestSearch":
        """Return the same search for another query."""
        return NearestSearch(self._now, query)

    def _within(self, points: Floats) -> list[NearestResult]:
        near = self._within_of_one(self._sweep(*points[0].tolist())) if len(points) == 1 else None
        return self._within_by_arrays(points) if near is None else [near]

    def _within_by_arrays(self, points: Floats) -> list[NearestResult]:
        found, skipped = self._candidates.nearest_and_skipped(points)
        hits, skips = self._describe(points, found, self._hit), self._describe(points, skipped, self._skip)
        return [NearestResult(*answer) for answer in zip(hits, skips, strict=True)]

    # One point ----------------------------------------------------------------------------------------

    def _within_of_one(self, sweeping: Iterator[Sweep]) -> NearestResult | None:
        """Return the result of one point by testing one station after the other, nearest first.

        Where a few stations decide, that costs a tenth of what arrays cost. None where arrays must decide.
        """
        k, is_weighed = self._query.k, self._query.is_open_first
        for sweep in sweeping:
            is_whole = len(sweep.passing) >= k
            if is_whole and is_weighed:  # a place beyond the k-th weighed distance can't be among the first
                is_whole = sweep.chord_m > sorted(map(_weighed_m, sweep.passing))[k - 1]
            if is_whole or sweep.chord_m > sweep.limit_m or sweep.chord_m == inf:
                return self._first_of(sweep)
        return None

    def _first_of(self, sweep: Sweep) -> NearestResult:
        """Return the first k that pass within the limit, and the nearer ones that don't."""
        k, last_m = self._query.k, sweep.limit_m
        hits = [hit for hit in sweep.passing if hit.distance_m <= last_m]
        if self._query.is_open_first:
            hits.sort(key=_weighed_m)  # ties stay in the order of distance and id
            last_m = max([hit.distance_m for hit in hits[:k]]) if len(hits) >= k else last_m
        skips = [self._skip(*one) for one in sweep.refused if one[1] <= last_m]
        return NearestResult(tuple(hits[:k]), tuple(skips))

    # Nothing within the limit -------------------------------------------------------------------------

    def _beyond(
        self, point: Floats, answer: NearestResult, sweeping: Iterator[Sweep] | None = None
    ) -> NearestResult:
        """Return the result of a wider search, or what lies beyond, where a sweep that has begun goes on."""
        query = self._query
        if query.within_min is not None and (query.within_m is None or query.within_m >= self._widest_m):
            return self._widened(point, answer, query.within_min, sweeping)
        if query.max_places is not None:
            raise SearchTooWide
        is_fixed = query.exactly and query.within_m is not None
        grown_m = None if is_fixed else self._grown_m(point)
        if grown_m is not None:
            (answer,) = self._of(replace(query, within_m=grown_m))._within(point)
            answer = answer._replace(grown_to_m=grown_m)
        is_final = is_fixed or grown_m is not None
        if query.within_min is not None and not is_final:
            return self._name_beyond(point, answer, sweeping)
        if not query.filters.depends_on_hours:
            return answer
        allowed = self._allowed_within(point, self._opening_limits_m[not is_final])
        first = self._first_to_open(point, allowed, wider=not is_final)
        return answer._replace(first_to_open=first)

    def _widened(
        self, point: Floats, answer: NearestResult, within_min: float, sweeping: Iterator[Sweep] | None
    ) -> NearestResult:
        """Return the result within an hour where the query widens, or what lies beyond the minutes."""
        if not self._query.widens or within_min >= FARTHER_MIN:
            return self._name_beyond(point, answer, sweeping)
        search = self._of(replace(self._query, within_min=FARTHER_MIN, widens=False))
        (answer,) = search._within(point)
        return (answer if answer.results else search._beyond(point, answer))._replace(widened=True)

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


def _weighed_m(hit: Match) -> float:
    return hit.distance_m * DOUBT_FACTOR if hit.opening.is_doubtful else hit.distance_m


def prefer_verified_at_night(found: NearestResult, filters: Filters) -> NearestResult:
    """Return the result of a search for open stations, those of unverified 24 hours last where it is night.

    The order by distance stays within both groups. Which stations match does not change.
    """
    if not filters.open_only or UNVERIFIED_ALL_DAY not in [hit.opening.reason for hit in found.results]:
        return found
    return found._replace(results=tuple(sorted(found.results, key=_is_unverified_at_night)))


def prefer_verified_rows(now: IndexSnapshot, query: NearestQuery, found: Indices, metres: Floats) -> Indices:
    """Return the columns of each row in the order of `prefer_verified_at_night`. *Shape*: (n, k) each."""
    is_last = found == MISSING
    row, column = np.nonzero(~is_last)
    station, seconds = found[row, column], metres[row, column] * query.delay_per_m
    minute = (local_seconds(query.start) + seconds.astype(np.int64)) // 60
    hour = minute // 60 % 24
    night = np.flatnonzero((hour >= NIGHT_FROM_HOUR) | (hour < NIGHT_UNTIL_HOUR))
    timetables = (minute[night] << 32) + now.doors.numbers[station[night]]
    _, first, same = np.unique(timetables, return_index=True, return_inverse=True)
    told = [now.opening_at_minute(station[one], int(minute[one])).reason for one in night[first].tolist()]
    unverified = np.array([reason == UNVERIFIED_ALL_DAY for reason in told], dtype=bool)
    is_last[row[night], column[night]] = unverified[same]
    return np.argsort(is_last, axis=1, kind="stable")


def _is_unverified_at_night(hit: Match) -> bool:
    return hit.opening.reason == UNVERIFIED_ALL_DAY and _is_night(hit.at)


def _is_night(at: datetime) -> bool:
    hour = at.astimezone(CIVIL_TIME).hour
    return hour >= NIGHT_FROM_HOUR or hour < NIGHT_UNTIL_HOUR
