"""Find the nearest stations of a query, in the order that a rider prefers, and widen the search where none passes."""

from bisect import insort
from dataclasses import replace
from datetime import datetime
from math import inf

import numpy as np

from core.civil_time import CIVIL_TIME
from geo.geodesy import CHORD_LIMIT_M, Floats, arc_uncertainty_m, distance_and_bearing, distances_and_bearings
from geo.hours import UNVERIFIED_ALL_DAY
from geo.nearest.beyond import MAX_GROWN_M, BeyondSearch
from geo.nearest.candidates import MAX_SKIPPED, CandidateSearch
from geo.nearest.filters import Filters
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

NIGHT_FROM_HOUR, NIGHT_UNTIL_HOUR = 22, 6


class NearestSearch(BeyondSearch):
    """Nearest search for one query over one snapshot."""

    __slots__ = ()

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

    # Nothing within the limit -------------------------------------------------------------------------

    def _beyond(self, point: Floats, answer: NearestResult) -> NearestResult:
        """Return the result of a wider search, or what lies beyond."""
        query = self._query
        if query.within_min is not None and (query.within_m is None or query.within_m >= self._widest_m):
            return self._widened(point, answer, query.within_min)
        if query.max_places is not None:
            raise SearchTooWide
        is_fixed = query.exactly and query.within_m is not None
        grown_m = None if is_fixed else self._grown_m(point)
        if grown_m is not None:
            (answer,) = self._of(replace(query, within_m=grown_m))._within(point)
            answer = answer._replace(grown_to_m=grown_m)
        is_final = is_fixed or grown_m is not None
        if query.within_min is not None and not is_final:
            return self._name_beyond(point, answer)
        if not query.filters.depends_on_hours:
            return answer
        first = self._first_to_open(self._allowed_near(point), wider=not is_final)
        return answer._replace(first_to_open=first)

    def _widened(self, point: Floats, answer: NearestResult, within_min: float) -> NearestResult:
        """Return the result within an hour where the query widens, or what lies beyond the minutes."""
        if not self._query.widens or within_min >= FARTHER_MIN:
            return self._name_beyond(point, answer)
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


def _weigh(hits: list[Match], skips: list[SkippedStation], k: int) -> NearestResult:
    """Return the first k in the order of weighed distances, and the skipped stations no farther than these."""
    first = sorted(hits, key=_weighed_m)[:k]  # ties stay in the order of distance and id
    last_m = max(hit.distance_m for hit in first) if len(first) == k else inf
    return NearestResult(tuple(first), tuple(skip for skip in skips if skip.distance_m <= last_m))


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
