"""Name what lies beyond the limit of a search that finds nothing within it: the first to open, or the nearest."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from math import inf
from typing import NamedTuple

from core.text_marks import N_
from geo.geodesy import CHORD_LIMIT_M, Floats, arc_uncertainty_m, distance_and_bearing
from geo.hours import Opening
from geo.nearest.candidates import MAX_SKIPPED, CandidateSearch
from geo.nearest.descriptions import StationDescriptions
from geo.nearest.filters import SkipReason, find_stay_end
from geo.nearest.point_tree import MISSING, TWICE_ARC_ERROR_M, nearest_places
from geo.nearest.query import FARTHER_MIN, Match, NearestResult, SearchTooWide, SkippedStation

MAX_GROWN_M = 100_000.0  # where a growing search stops; riders go no farther for a glass of water
FIRST_TO_OPEN_AMONG = 64  # how many of the nearest stations are compared to name the first to open
_PLACES_BEYOND = (32, 192)  # tested for one point; for more, arrays cost less
TOO_FAR = N_("about {minutes} min away")


class AllowedStation(NamedTuple):
    """A station that passes but for its hours, and its opening on arrival."""

    place: int
    distance_m: float
    bearing: str
    opening: Opening

    @property
    def opens_at(self) -> datetime | None:
        return self.opening.opens_at


class Surroundings(NamedTuple):
    """The nearest stations of a point within whose limit nothing passes.

    ``skipped`` don't pass, ``allowed`` pass but for their hours. ``is_open_near``: one within an hour will be open.
    """

    skipped: tuple[SkippedStation, ...]
    allowed: Sequence[AllowedStation]
    is_open_near: bool


class BeyondSearch(StationDescriptions):
    """The search beyond the limit of one query over one snapshot."""

    __slots__ = ()

    def _name_beyond(self, point: Floats, answer: NearestResult) -> NearestResult:
        """Add the nearest that don't pass, and the first to open or else the nearest that pass but for their hours."""
        near = self._survey_one(*point[0].tolist())
        if near is None:
            if self._query.max_places is not None:
                raise SearchTooWide
            near = self._survey(point)
        answer = answer._replace(skipped=near.skipped)
        first = None if near.is_open_near else self._first_to_open(near.allowed)
        if first is not None:
            return answer._replace(first_to_open=first)
        return answer._replace(beyond=self._named_beyond(near.allowed[:MAX_SKIPPED]))

    def _named_beyond(self, listed: Sequence[AllowedStation]) -> tuple[SkippedStation, ...]:
        return tuple(self._named_one(*one) for one in listed)

    # The surroundings of a point ----------------------------------------------------------------------

    def _survey(self, point: Floats) -> Surroundings:
        allowed = self._allowed_near(point)
        anywhere = replace(self._query, within_min=None, within_m=MAX_GROWN_M)
        skipped = CandidateSearch(self._now, anywhere).nearest_skipped(point)
        (named,) = self._describe(point, skipped, self._named_one)
        farther = replace(self._query, k=1, within_m=self._farther_m, within_min=None)
        found = CandidateSearch(self._now, farther).nearest(point)[0]
        return Surroundings(named, allowed, bool(found[0, 0] != MISSING))

    def _allowed_near(self, point: Floats) -> Sequence[AllowedStation]:
        found = self._candidates.nearest_ignoring_hours(point, FIRST_TO_OPEN_AMONG, inf)
        return self._describe(point, found, self._allow)[0]

    def _survey_one(self, lon: float, lat: float) -> Surroundings | None:
        """Return the same as `_survey` by one station after the other; None where many have to be tested."""
        passing, counted = self._candidates.masks_for_one
        is_open_near, farther_m = False, self._farther_m
        skipped: list[SkippedStation] = []
        allowed: list[AllowedStation] = []
        metres = tied_m = -inf
        places = nearest_places(self._now.ground.all_sites, (lon, lat), _PLACES_BEYOND, MAX_GROWN_M)
        for chord_m, there, stations in places:
            is_full = len(skipped) == MAX_SKIPPED and len(allowed) >= MAX_SKIPPED
            if is_full and (is_open_near or metres > farther_m or self._accepted is None):
                return Surroundings(tuple(skipped), allowed[:FIRST_TO_OPEN_AMONG], is_open_near)
            if chord_m <= tied_m or chord_m == inf:
                return None
            tied_m = chord_m + (TWICE_ARC_ERROR_M if chord_m <= CHORD_LIMIT_M else arc_uncertainty_m(chord_m))
            for index in stations:
                is_allowed = passing is None or bool(passing[index])
                is_told = len(skipped) < MAX_SKIPPED and (counted is None or counted[index])
                if not is_allowed and not is_told:
                    continue
                metres, bearing = distance_and_bearing(lon, lat, *there)
                one = self._allow(index, metres, bearing)
                if is_allowed:
                    allowed.append(one)
                is_open = self._accepted is None or one.opening.state in self._accepted
                passes = is_allowed and is_open and self._stay_end(index, metres) is None
                is_open_near = is_open_near or (passes and metres <= farther_m)
                if is_told and not passes:
                    skipped.append(self._skip(*one))
        return None

    def _allow(self, index: int, distance_m: float, bearing: str) -> AllowedStation:
        return AllowedStation(index, distance_m, bearing, self._opening_on_arrival(index, distance_m))

    def _named_one(
        self, index: int, distance_m: float, _: str, opening: Opening | None = None
    ) -> SkippedStation:
        """Return a station with the reason why it does not pass: its properties, its hours, or the way."""
        reason, station = self._reason(index, distance_m, opening), self._now.stations[index]
        minutes = self._way(index, distance_m)[0] / 60
        reason = reason or SkipReason(TOO_FAR, {"minutes": f"{minutes:.0f}"})
        return SkippedStation(station, distance_m, reason.message, reason.params)

    # The first to open --------------------------------------------------------------------------------

    def _first_to_open(self, allowed: Sequence[AllowedStation], *, wider: bool = True) -> Match | None:
        """Return the first to open within the limit; if there is none and it may be ``wider``, the first beyond it."""
        for limit_m in self._opening_limits_m[: 1 + wider]:
            if (first := next(self._openings(allowed, limit_m), None)) is not None:
                return first[1]
        return None

    @property
    def _opening_limits_m(self) -> tuple[float, float]:
        """How far the first to open may be, and how far where there is none."""
        limit_m = self._query.limit_m
        if self._query.within_min is None:
            return limit_m, max(limit_m, MAX_GROWN_M)
        farthest_m = min(MAX_GROWN_M, self._farther_m)
        return min(farthest_m, self._query.within_m or farthest_m), farthest_m

    @property
    def _farther_m(self) -> float:
        """How far the first station to open may be, where the way is bounded."""
        return self._reach_m(self._farther_min)

    @property
    def _farther_min(self) -> float:
        return max(self._query.within_min or FARTHER_MIN, FARTHER_MIN)

    def _reach_m(self, minutes: float) -> float:
        """Return how far one gets in some minutes at most, by the straight line."""
        return self._query.reach_m(minutes)

    def _openings(self, allowed: Sequence[AllowedStation], limit_m: float) -> Iterator[tuple[int, Match]]:
        """Yield the stations that will open, the first to open first, of several the nearest."""
        if not self._query.filters.depends_on_hours:
            return
        soon = [one for one in allowed if one.opens_at is not None and one.distance_m <= limit_m]
        for one in sorted(soon, key=lambda one: one.opens_at or self._start):
            hit = self._hit(*one)
            if self._opens_for_a_stay(one.place, hit):
                yield one.place, hit

    def _opens_for_a_stay(self, index: int, hit: Match) -> bool:
        opens_at, is_bounded = hit.opening.opens_at, self._query.within_min is not None
        if opens_at is None or (is_bounded and (hit.minutes or 0.0) > self._farther_min):
            return False
        open_only = replace(self._query.filters, open_only=True)
        return find_stay_end(partial(self._now.doors.opening, index), opens_at, open_only) is None
