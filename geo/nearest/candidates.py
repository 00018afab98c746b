"""The candidates of a query: where to search, which tests each must pass, and what a rider is told of one."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

import numpy as np

from geo.geodesy import Floats, distance_and_bearing, distances_and_bearings, geodesic_m
from geo.hours import Opening, local_seconds
from geo.nearest.exact_search import AcceptFunction, SearchCriteria, count_places_to_test, nearest_stations
from geo.nearest.filters import Filters, SkipReason, StaticFilters, find_stay_end, refusal_reason
from geo.nearest.opening_states import seconds_after
from geo.nearest.point_tree import MISSING, Indices
from geo.nearest.query import Match, NearestQuery, SearchTooWide, SkippedStation
from geo.nearest.station_table import IndexSnapshot, Mask
from geo.status.live import LiveSummary

# A separate tree for so small a share of the stations costs less than skipping all others.
_FEW_STATIONS = 1 / 64
_MANY_POINTS = 1 / 8  # with so many points per station a separate tree pays
_SOME_POINTS = 1 / 1000  # with so many points it pays to compute all opening states at once
_PERHAPS_OPEN = 0.75  # an estimate; a wrong one costs a second query
MAX_SKIPPED = 5
_AGAIN, _MOST_FOR_ONE = 4, 256  # times as many places for one point; for more, arrays cost less


class CandidateSearch:
    """The search for a query's candidate stations over one snapshot."""

    def __init__(self, snapshot: IndexSnapshot, query: NearestQuery) -> None:
        self._now, self._ground, self._doors, self._query = snapshot, snapshot.ground, snapshot.doors, query
        self._sieve = query.static_filters
        self._passing = self._ground.passing(self._sieve)

    def nearest(self, points: Floats) -> tuple[Indices, Floats]:
        """Return the k nearest stations that pass. *Shape*: (n, 2) to twice (n, k)."""
        wanted = self._criteria(len(points))
        if self._query.filters.is_empty:
            return nearest_stations(self._ground.all_sites, points, wanted)
        many = len(points) >= _MANY_POINTS * len(self._ground)
        if self._at_once and len(points) >= _SOME_POINTS * len(self._ground):
            return self._nearest_of(self.passing_mask(), points, wanted, many=many)
        if many or self._is_rare:
            return nearest_stations(
                self._ground.sites(self._sieve), points, self._asking(wanted, self._opens())
            )
        return nearest_stations(self._ground.all_sites, points, self._asking(wanted, self._passes()))

    def _nearest_of(
        self, mask: Mask, points: Floats, wanted: SearchCriteria, *, many: bool
    ) -> tuple[Indices, Floats]:
        """Return the nearest of the masked stations."""
        share = float(mask.mean()) if mask.size else 0.0
        if many or share < _FEW_STATIONS:
            return nearest_stations(self._ground.build_sites(mask), points, wanted)
        wanted = replace(wanted, accept=lambda station, _: mask[station], share=share)
        return nearest_stations(self._ground.all_sites, points, wanted)

    def nearest_and_skipped(self, points: Floats) -> tuple[Indices, Indices]:
        """Return the k nearest that pass, and up to five of the kind that don't and are no farther.

        *Shape*: (n, 2) to (n, k) and (n, up to 5).
        """
        k = self._query.k
        passes = None if self._query.filters.is_empty else self._passes()
        if passes is None:
            found, _ = self.nearest(points)
            return found, np.empty((len(points), 0), dtype=np.intp)
        if self._is_rare:
            if self._query.max_places is not None:
                raise SearchTooWide  # it needs a separate tree, which may not be built yet
            found, _ = self.nearest(points)
            return found, self._skipped(points, found, passes)
        wanted = replace(self._criteria(len(points)), refused=MAX_SKIPPED, counted=self._of_kind)
        both, _ = nearest_stations(self._ground.all_sites, points, self._asking(wanted, passes))
        return both[:, :k], both[:, k:]

    @property
    def widths_for_one(self) -> Sequence[int]:
        """How many places to query for one point, and how many if these do not suffice.

        Empty where so few stations pass that they have a tree of their own. *Raises*: SearchTooWide.
        """
        k, share = self._query.k, self._share
        most = self._query.max_places or _MOST_FOR_ONE
        if self._is_rare:
            return ()
        weighed = self._query.is_open_first
        plain = share == 1.0 and not weighed
        width = k + 1 if plain else count_places_to_test(k, share, is_weighed=weighed)
        if width > most and self._query.max_places is not None:
            raise SearchTooWide
        wide = _AGAIN * width
        return (width, wide, most) if wide < most else (width, max(width, most))

    @property
    def masks_for_one(self) -> tuple[memoryview | None, memoryview | None]:
        """Two masks over the stations: those that pass all filters but the hours, and those of the requested kinds.

        None in place of a mask means every station.
        """
        passing, of_kind = self._passing, self._of_kind
        return None if passing.share == 1.0 else passing.mask.data, None if of_kind is None else of_kind.data

    def nearest_ignoring_hours(self, points: Floats, k: int, limit_m: float) -> Indices:
        """Return the k nearest stations that pass every filter except the hours."""
        wanted = SearchCriteria(k, np.full(len(points), limit_m) if limit_m < np.inf else None)
        return nearest_stations(self._ground.sites(self._sieve), points, wanted)[0]

    def nearest_refused(self, points: Floats, limit_m: float) -> Indices:
        """Return up to five nearest stations that match the kind but are unusable at any hour."""
        mask, limits_m = self._passing.mask, np.full(len(points), limit_m)
        wanted = SearchCriteria(MAX_SKIPPED, limits_m, lambda station, _: ~mask[station])
        kinds = StaticFilters(kinds=self._query.filters.kinds)
        return nearest_stations(self._ground.sites(kinds), points, wanted)[0]

    def nearest_skipped(self, points: Floats) -> Indices:
        """Return up to five nearest of the kind that don't pass, within the limit. *Shape*: (n, 2) to (n, up to 5)."""
        passes = None if self._query.filters.is_empty else self._passes()
        if passes is None:
            return np.empty((len(points), 0), dtype=np.intp)
        return self._skipped(points, np.full((len(points), 1), MISSING, dtype=np.intp), passes)

    def _skipped(self, points: Floats, found: Indices, passes: AcceptFunction) -> Indices:
        """Return the skipped stations, by a separate search among all stations of the kind."""
        limit_m = np.full(len(points), self._query.limit_m)
        whole = np.flatnonzero(found[:, -1] != MISSING)
        hits = self._ground.points[found[whole]]
        starts = np.broadcast_to(points[whole, None], hits.shape)
        metres = geodesic_m(starts.reshape(-1, 2), hits.reshape(-1, 2)).reshape(hits.shape[:2])
        limit_m[whole] = metres.max(axis=1, initial=0.0)
        wanted = SearchCriteria(MAX_SKIPPED, limit_m, lambda station, metres: ~passes(station, metres))
        kinds = StaticFilters(kinds=self._query.filters.kinds)
        wanted = replace(wanted, seconds_per_m=self._query.delay_per_m)
        return nearest_stations(self._ground.sites(kinds), points, wanted)[0]

    @property
    def _at_once(self) -> bool:
        """Return whether the hours of all stations are checked at the same instant."""
        return self._query.filters.depends_on_hours and not self._query.delay_per_m

    @property
    def _is_rare(self) -> bool:
        return self._passing.share < _FEW_STATIONS

    @property
    def _share(self) -> float:
        """The estimated share of stations that pass."""
        return self._passing.share * (_PERHAPS_OPEN if self._query.filters.depends_on_hours else 1.0)

    @property
    def _of_kind(self) -> Mask | None:
        kinds = self._query.filters.kinds
        return self._ground.passing(StaticFilters(kinds=kinds)).mask if kinds else None

    def _criteria(self, n: int) -> SearchCriteria:
        """Return the criteria of a search from n points, but for the filters."""
        query = self._query
        limit_m = None if query.limit_m == np.inf else np.full(n, query.limit_m)
        pace = query.delay_per_m
        doubts: AcceptFunction | None = None
        if query.is_open_first:
            doubts = lambda station, distance_m: self.doubtful_mask(station, distance_m * pace)  # noqa: E731
        return SearchCriteria(query.k, limit_m, max_places=query.max_places, doubtful=doubts)

    def doubtful_mask(self, station: Indices, seconds: Floats) -> Mask:
        """Return whether the hours are not certain so many seconds after the query's instant. *Shape*: (n,) each."""
        start_s = local_seconds(self._query.start)
        pairs = zip(station.tolist(), seconds.tolist(), strict=True)
        openings = (self._now.opening_at_minute(one, (start_s + int(s)) // 60) for one, s in pairs)
        return np.fromiter((opening.is_doubtful for opening in openings), dtype=bool, count=len(station))

    def _asking(self, wanted: SearchCriteria, accept: AcceptFunction | None) -> SearchCriteria:
        """Return the criteria with a test that each station must pass."""
        if accept is None:
            return wanted
        seconds_per_m = self._query.delay_per_m if self._query.filters.depends_on_hours else 0.0
        return replace(wanted, accept=accept, share=self._share, seconds_per_m=seconds_per_m)

    # Tests of one candidate -------------------------------------------------------------------------

    def _passes(self) -> AcceptFunction | None:
        """Return the test for all filters; None where every station passes."""
        if self._passing.share == 1.0:
            return self._opens()
        mask = self._passing.mask
        if not self._query.filters.depends_on_hours:
            return lambda station, _: mask[station]
        opens = self._opens()
        assert opens is not None, "hours are asked"

        def accept(station: Indices, distance_m: Floats) -> Mask:
            good = mask[station]
            good[good] = opens(station[good], distance_m[good])
            return good

        return accept

    def _opens(self) -> AcceptFunction | None:
        """Return the test of the hours on arrival, for stations in service; None if hours don't matter."""
        query, doors = self._query, self._doors
        if not query.filters.depends_on_hours:
            return None
        if pace := query.delay_per_m:
            return lambda station, distance_m: self.open_after(station, distance_m * pace)
        accepted, start, stay_min = query.accepted_states, query.start, query.filters.stay_min
        return lambda station, _: doors.accepting_mask(station, start, accepted, stay_min)

    def open_after(self, stations: Indices, seconds: Floats) -> Mask:
        """Return whether the hours pass so many seconds after the query's instant, for stations in service."""
        query = self._query
        if not query.filters.depends_on_hours:
            return np.ones(len(stations), dtype=bool)
        at = seconds_after(query.start, seconds)
        return self._doors.accepting_mask(stations, at, query.accepted_states, query.filters.stay_min)

    def passing_mask(self) -> Mask:
        """Return which stations pass at the query's instant. *Shape*: (stations,)."""
        query = self._query
        if not query.filters.depends_on_hours:
            return self._passing.mask
        mask = self._passing.mask & query.accepted_states[self._doors.states(query.start)]
        if query.filters.stay_min:
            chosen = np.flatnonzero(mask)
            stay_min = query.filters.stay_min
            mask[chosen] = self._doors.accepting_mask(chosen, query.start, query.accepted_states, stay_min)
        return mask


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
        "_spoken_day",
        "_start",
        "_start_s",
    )

    def __init__(self, snapshot: IndexSnapshot, query: NearestQuery) -> None:
        self._now, self._query = snapshot, query
        self._candidates = CandidateSearch(snapshot, query)
        self._start, self._seconds_per_m = query.start, query.seconds_per_m
        self._start_s = local_seconds(self._start)
        self._spoken_day = query.at and query.spoken_day
        self._hours_now = query.hours_now or query.travel is None
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
        now, minutes, way_m, at = self._now, None, None, self._start
        station = now.stations[index]
        if self._query.travel is not None:
            seconds, way_m = self._way(index, distance_m)
            minutes = seconds / 60
            at += timedelta(seconds=0 if self._hours_now else int(seconds))
        opening = opening or self._opening_on_arrival(index, distance_m)
        live = now.live.get(station.id) if now.live else None
        told = live.statuses_at(at) if live else ()
        return Match(station, distance_m, bearing, minutes, at, opening, told, way_m)

    def _way(self, index: int, distance_m: float) -> tuple[float, float | None]:
        """Return seconds, and metres of street where known; here an estimate from the straight line."""
        return distance_m * self._seconds_per_m, None

    def _opening_on_arrival(self, index: int, distance_m: float) -> Opening:
        if self._hours_now:
            return self._now.opening_at_minute(index, self._start_s // 60)
        seconds = int(self._way(index, distance_m)[0])
        return self._now.opening_at_minute(index, (self._start_s + seconds) // 60)

    def _skip(self, index: int, distance_m: float, _: str, opening: Opening | None = None) -> SkippedStation:
        """Return a station with the reason why it does not pass; ``opening``: on arrival, if it is known."""
        reason = self._reason(index, distance_m, opening)
        assert reason is not None, f"{self._now.stations[index].id} was skipped without a reason"
        return SkippedStation(self._now.stations[index], distance_m, reason.message, reason.params)

    def _reason(self, index: int, distance_m: float, opening: Opening | None = None) -> SkipReason | None:
        """Return why a station does not pass; None if it does."""
        station, asked = self._now.stations[index], self._query.filters
        opening = opening or self._opening_on_arrival(index, distance_m)
        too_soon = self._stay_end(index, distance_m)
        reason = refusal_reason(station, opening, asked, self._start, too_soon, self._spoken_day)
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
