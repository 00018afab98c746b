"""Nearest search by network time.

The search asks the network first for the ways to the stations that are likeliest to be reached soonest. It asks
again for those that may still be reached sooner: their straight line and their hours show which these are.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from math import inf

import numpy as np

from geo.geodesy import Floats
from geo.hours import Opening
from geo.nearest.candidates import MAX_SKIPPED
from geo.nearest.filters import find_stay_end
from geo.nearest.first_to_open import MAX_GROWN_M, AllowedStations
from geo.nearest.nearest_search import FIRST_WIDTH, NearestSearch, Surroundings, Sweep
from geo.nearest.point_tree import MISSING, Indices
from geo.nearest.query import DOUBT_FACTOR, Match, NearestQuery, NearestResult, SkippedStation
from geo.nearest.station_table import IndexSnapshot
from geo.nearest.travel import Network, max_straight_distance_m, min_route_seconds
from geo.station import OpeningState

_ASKED_AT_ONCE = 24  # of them the likeliest, and then those that may be sooner
_DAY_S = 86_400


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


@dataclass(frozen=True, slots=True)
class _RankedStations:
    """Stations in the order of the query, and up to five nearer ones that are shut on arrival."""

    good: Indices
    shut: Indices


class NetworkSearch(NearestSearch):
    """Nearest search by network time for one query and one point.

    Where no route leads to a station, its time is estimated from the straight line.
    """

    __slots__ = ("_known",)

    def __init__(self, snapshot: IndexSnapshot, query: NearestQuery, known: _KnownRoutes) -> None:
        super().__init__(snapshot, query)
        self._known = known

    def _of(self, query: NearestQuery) -> "NetworkSearch":
        return NetworkSearch(self._now, query, self._known)

    def _way(self, index: int, distance_m: float) -> tuple[float, float | None]:
        seconds, metres = self._known.ways.get(index, (inf, inf))
        return super()._way(index, distance_m) if seconds == inf else (seconds, metres)

    def _hit(self, index: int, distance_m: float, bearing: str, opening: Opening | None = None) -> Match:
        hit = super()._hit(index, distance_m, bearing, opening)
        return hit._replace(cut_off=hit.way_m is None and not self._known.off_network)

    def _reach_m(self, minutes: float) -> float:
        if self._known.off_network:
            return super()._reach_m(minutes)
        by_street_m = max_straight_distance_m(minutes * 60, self._known.network.top_speed_m_per_s)
        return max(by_street_m, super()._reach_m(minutes))

    @property
    def _limit_m(self) -> float:
        within_m = self._query.within_m
        return self._widest_m if within_m is None else min(within_m, self._widest_m)

    def _within(self, points: Floats) -> list[NearestResult]:
        found = self._ranked(self._query.k, self._limit_m)
        if found is None:
            return super()._within(points)
        hits = self._describe(points, found.good[None], self._hit)[0]
        is_whole = len(hits) == self._query.k
        last_m = max(hit.distance_m for hit in hits) if is_whole else self._limit_m
        return [NearestResult(hits, self._passed_over(points, found.shut, last_m))]

    def _grown_m(self, point: Floats) -> float | None:
        limit_m = self._query.within_m
        if limit_m is None or limit_m >= self._widest_m:
            return None
        found = self._ranked(1, self._widest_m)
        if found is None:
            return super()._grown_m(point)
        if not len(found.good):
            return None
        return self._doubled(limit_m, float(self._distances_m(self._known.point, found.good)[0]))

    def _fetch_ways(self, stations: AllowedStations, others: Sequence[int] = ()) -> None:
        places = dict.fromkeys([*stations.within(MAX_GROWN_M).places.tolist(), *others])
        self._known.fetch_missing(places, self._now.ground.points)

    def _survey_one(self, sweeping: Iterator[Sweep]) -> None:
        return None

    def _survey(self, point: Floats) -> Surroundings:
        limit_m = self._opening_limits_m[1]  # ways that lead farther cost too much to name what is shut there
        allowed = self._allowed_within(point, limit_m)
        nearest = self._nearest_allowed(point, FIRST_WIDTH, MAX_GROWN_M)
        # First, and in one question with those that may open first, since the next question then leaves these out.
        likely = self._order_of_openings(allowed)[1][: _ASKED_AT_ONCE * self._query.filters.depends_on_hours]
        self._fetch_ways(nearest.within(limit_m), allowed.places[likely].tolist())
        farther = self._of(replace(self._query, k=1, within_m=None, within_min=self._farther_min))
        near = farther._ranked(1, farther._limit_m)
        if near is None:
            return super()._survey(point)
        shut = [place for place, metres in nearest.pairs() if self._reason(place, metres)]
        skipped = self._passed_over(point, np.array(shut[:MAX_SKIPPED], dtype=np.intp), MAX_GROWN_M)
        return Surroundings(skipped, allowed, bool(len(near.good)))

    def _named_beyond(self, point: Floats, near: AllowedStations) -> tuple[SkippedStation, ...]:
        near = self._nearest_allowed(point, MAX_SKIPPED)
        self._fetch_ways(near)
        return super()._named_beyond(point, near)

    def _first_opening(self, near: AllowedStations) -> int | None:
        """Return the same by street; the ways of those that can't open before it are not asked for."""
        earliest_s, order = self._order_of_openings(near)
        asked = np.sort(order[:_ASKED_AT_ONCE])
        while True:
            some = AllowedStations(near.places[asked], near.metres[asked])
            self._fetch_ways(some)
            found = super()._first_opening(some)
            first, sooner = None, order
            if found is not None:
                first, opens_s = int(asked[found]), self._opening_seconds(some)[found]
                sooner = order[
                    (earliest_s[order] < opens_s) | ((earliest_s[order] == opens_s) & (order < first))
                ]
            if np.isin(sooner, asked).all():
                return first
            asked = np.union1d(asked, sooner)

    def _order_of_openings(self, near: AllowedStations) -> tuple[Floats, Indices]:
        """Return before when each can't open, in seconds since 1970, however short its way, and the rows of those that open.

        *Shape*: (n,), infinite where one never does; the rows by that instant, the earliest first.
        """
        query = self._query
        fastest_s = min_route_seconds(near.metres, self._known.network.top_speed_m_per_s)
        minutes = (self._start_s + fastest_s * (not query.hours_now)).astype(np.int64) // 60
        earliest_s = self._per_timetable(near.places, minutes, _earliest_second)
        if query.within_min is not None:
            earliest_s[fastest_s > self._farther_min * 60] = inf
            if query.filters.stay_min:
                self._exclude_short_openings(near.places, earliest_s)
        return earliest_s, np.argsort(earliest_s, kind="stable")[: np.count_nonzero(earliest_s < inf)]

    def _exclude_short_openings(self, places: Indices, earliest_s: Floats) -> None:
        """Set the instants of those to infinite that don't open for a stay, whenever within the minutes one arrives."""
        rows = np.flatnonzero(earliest_s < inf)
        timetables, first = np.unique(self._now.doors.numbers[places[rows]], return_index=True)
        each = zip(timetables.tolist(), places[rows[first]].tolist(), strict=True)
        short = [number for number, place in each if not self._may_open_for_a_stay(place)]
        earliest_s[rows[np.isin(self._now.doors.numbers[places[rows]], short)]] = inf

    def _may_open_for_a_stay(self, place: int) -> bool:
        opening_at = partial(self._now.doors.opening, place)
        open_only = replace(self._query.filters, open_only=True)
        moment: datetime | None = self._start
        while moment is not None and moment <= self._start + timedelta(minutes=self._farther_min):
            opening = opening_at(moment)
            if opening.opens_at and find_stay_end(opening_at, opening.opens_at, open_only) is None:
                return True
            moment = opening.until
        return False

    # The search -----------------------------------------------------------------------------------------

    def _ranked(self, k: int, limit_m: float) -> _RankedStations | None:
        """Return the k soonest stations that pass; None where the point is on no street."""
        near, distances_m = self._allowed_within(self._known.point, limit_m)
        soonest_s = self._soonest(near, distances_m)
        rows = np.flatnonzero(soonest_s < inf)
        likely, _ = self._first(max(k, _ASKED_AT_ONCE), near[rows], distances_m[rows])
        asked = np.sort(rows[likely]) if len(likely) >= k else rows
        while True:
            if not self._known.fetch_missing(near[asked].tolist(), self._now.ground.points):
                return None
            first, last_s = self._first(k, near[asked], distances_m[asked])
            sooner = rows[soonest_s[rows] <= last_s] if len(first) == k else rows
            if np.isin(sooner, asked).all():
                break
            asked = np.union1d(asked, sooner)
        good = asked[first]
        nearer = distances_m <= (distances_m[good].max() if len(good) == k else inf)
        nearer[good] = False
        is_open = self._candidates.open_after(near, self._seconds(near, distances_m)[1])
        return _RankedStations(near[good], near[nearer & ~is_open][:MAX_SKIPPED])

    def _first(self, k: int, near: Indices, distances_m: Floats) -> tuple[Indices, float]:
        """Return the rows of the k soonest that pass, and the weighed seconds of the last."""
        seconds, delays = self._seconds(near, distances_m)
        opens = self._candidates.open_after(near, delays)
        if self._query.within_min is not None:
            opens &= seconds <= self._query.within_min * 60
        if self._query.is_open_first:
            seconds = np.where(self._candidates.doubtful_mask(near, delays), DOUBT_FACTOR, 1.0) * seconds
        chosen = np.flatnonzero(opens)
        first = chosen[np.argsort(seconds[chosen], kind="stable")][:k]  # of equals the nearer one stays first
        return first, float(seconds[first[-1]]) if len(first) else inf

    def _seconds(self, near: Indices, distances_m: Floats) -> tuple[Floats, Floats]:
        """Return the travel times, and after how many seconds the hours count."""
        ways = map(self._way, near.tolist(), distances_m.tolist())
        seconds = np.fromiter((way[0] for way in ways), np.float64, len(near))
        return seconds, np.zeros(len(near)) if self._query.hours_now else seconds

    def _soonest(self, near: Indices, distances_m: Floats) -> Floats:
        """Return for each station weighed seconds below which it can't pass; infinite where it can't at all."""
        query = self._query
        fastest_s = min_route_seconds(distances_m, self._known.network.top_speed_m_per_s)
        if not (query.filters.depends_on_hours or query.is_open_first):
            return fastest_s
        minutes = ((self._start_s + fastest_s * (not query.hours_now)) // 60).astype(np.intp)
        rows = zip(near.tolist(), minutes.tolist(), fastest_s.tolist(), strict=True)
        return np.array([self._soonest_of(*row) for row in rows], dtype=np.float64)

    def _soonest_of(self, index: int, minute: int, fastest_s: float) -> float:
        query = self._query
        if query.filters.stay_min and query.within_min is not None:
            fastest_s = max(fastest_s, self._first_stay_s(index, fastest_s))
            if fastest_s == inf or not query.is_open_first:
                return fastest_s
            minute = int((self._start_s + fastest_s * (not query.hours_now)) // 60)
        now = self._now.opening_at_minute(index, minute)
        changes_s = inf  # when the hours become others
        if now.until is not None and not query.hours_now:
            changes_s = (now.until - query.start).total_seconds()
        if query.filters.depends_on_hours and now.state not in query.filters.accepted_states:
            return changes_s if changes_s <= (query.within_min or inf) * 60 else inf
        if not (query.is_open_first and now.is_doubtful):
            return fastest_s
        midnight_s = inf if query.hours_now else _DAY_S - self._start_s % _DAY_S  # when a holiday ends
        return min(DOUBT_FACTOR * fastest_s, max(fastest_s, min(changes_s, midnight_s)))

    def _first_stay_s(self, index: int, fastest_s: float) -> float:
        """Return after how many seconds at the earliest a stay begins that lasts; infinite if none does within the minutes."""
        minutes, opening_at = self._query.within_min or inf, partial(self._now.doors.opening, index)
        moment: datetime | None = self._start + timedelta(seconds=int(fastest_s) * (not self._hours_now))
        while moment is not None and moment <= self._start + timedelta(minutes=minutes):
            end = find_stay_end(opening_at, moment, self._query.filters)
            if end is None:
                return (moment - self._start).total_seconds()
            moment = None if self._hours_now else end if end > moment else opening_at(moment).until
        return inf

    def _passed_over(self, points: Floats, shut: Indices, limit_m: float) -> tuple[SkippedStation, ...]:
        """Return up to five refused or shut stations that are nearest by straight line, with the reasons."""
        refused = self._candidates.nearest_refused(points, limit_m)[0]
        skipped = np.concatenate((refused[refused != MISSING], shut))
        skips = self._describe(points, skipped[None], self._skip)[0]
        return tuple(sorted(skips, key=lambda skip: (skip.distance_m, skip.station.id))[:MAX_SKIPPED])


def _earliest_second(opening: Opening) -> float:
    if opening.until is None:  # what holds at present ends at no known time, if others follow
        return -inf if opening.opens_at or opening.closes_at else inf
    opens_at = opening.until if opening.state is OpeningState.OPEN else opening.opens_at
    return inf if opens_at is None else opens_at.timestamp()


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
