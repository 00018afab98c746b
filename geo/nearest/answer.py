"""From what a search finds to what a rider is told."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TypeVar

import numpy as np

from geo.geodesy import Floats, course, courses
from geo.nearest.candidates import Candidates
from geo.nearest.criteria import WideSearch
from geo.nearest.filters import Filters, Reason, end_of_stay, refusal
from geo.nearest.opening_states import Doors, arrival
from geo.nearest.point_tree import MISSING, Indices
from geo.nearest.query import Inquiry
from geo.nearest.result import Hit, Nearest, Skip
from geo.nearest.single_search import plainly_near
from geo.nearest.station_table import Ground
from geo.station import Station
from geo.status.live import Live

_Told = TypeVar("_Told", Hit, Skip)

GROWS_TO_M = 100_000.0  # nobody goes farther for a glass of water
OPENING_SOON = 64  # of so many that are nearest, the first to open is named


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that an answer is made of."""

    stations: Sequence[Station]
    ground: Ground
    doors: Doors
    live: Mapping[str, Live]

    def candidates(self, inquiry: Inquiry) -> Candidates:
        return Candidates(self.ground, self.doors, inquiry)


class Answering:
    """The answers to one inquiry over one snapshot."""

    __slots__ = ("_candidates", "_inquiry", "_now", "_start")

    def __init__(self, snapshot: Snapshot, inquiry: Inquiry) -> None:
        self._now, self._inquiry = snapshot, inquiry
        self._candidates = snapshot.candidates(inquiry)
        self._start = inquiry.start

    def answers(self, points: Floats) -> list[Nearest]:
        """One for each point. *Shape*: (n, 2), lon, lat. *CRS*: WGS84."""
        near = self._within(points)
        return [
            answer if answer.results else self._beyond(points[row : row + 1], answer)
            for row, answer in enumerate(near)
        ]

    def answer(self, lon: float, lat: float) -> Nearest:
        """The same of one point; arrays are for many, and cost more than they save."""
        near = self._plainly_near(lon, lat)
        if near is None:
            (answer,) = self.answers(np.array([[lon, lat]]))
            return answer
        return Nearest(self._told_of_one((lon, lat), near, self._hit), ())

    def _plainly_near(self, lon: float, lat: float) -> list[int] | None:
        inquiry = self._inquiry
        if inquiry.within_m is not None or not inquiry.filters.ask_nothing:
            return None
        return plainly_near(self._now.ground.everywhere, (lon, lat), inquiry.k)

    def _of(self, inquiry: Inquiry) -> "Answering":
        """The same for another inquiry."""
        return Answering(self._now, inquiry)

    def _within(self, points: Floats) -> list[Nearest]:
        found, skipped = self._candidates.nearest_and_skipped(points)
        hits, skips = self._told(points, found, self._hit), self._told(points, skipped, self._skip)
        return [Nearest(*answer) for answer in zip(hits, skips, strict=True)]

    # Nothing within the limit -------------------------------------------------------------------------

    def _beyond(self, point: Floats, answer: Nearest) -> Nearest:
        """The answer of a search that grew, and the first to open."""
        if self._inquiry.widest is not None:
            raise WideSearch
        grown_m = self._grown_m(point)
        if grown_m is not None:
            (answer,) = self._of(replace(self._inquiry, within_m=grown_m))._within(point)
            answer = replace(answer, grown_to_m=grown_m)
        return replace(answer, first_to_open=self._first_to_open(point, wider=grown_m is None))

    def _grown_m(self, point: Floats) -> float | None:
        """The limit, doubled until something passes; None where nothing does."""
        limit_m = self._inquiry.within_m
        if limit_m is None or limit_m >= GROWS_TO_M:
            return None
        one = replace(self._inquiry, k=1, within_m=GROWS_TO_M)
        found, _ = self._now.candidates(one).nearest(point)
        if found[0, 0] == MISSING:
            return None
        return self._doubled(limit_m, courses(point, self._now.ground.points[found[0]])[0][0])

    @staticmethod
    def _doubled(limit_m: float, distance_m: float) -> float:
        limit_m = max(limit_m, 1.0)
        while limit_m < distance_m:
            limit_m *= 2
        return min(limit_m, GROWS_TO_M)

    def _first_to_open(self, point: Floats, *, wider: bool) -> Hit | None:
        if not self._inquiry.filters.ask_hours:
            return None
        limit_m = self._inquiry.limit_m
        found = self._opening_soon(point, limit_m)
        if found is None and wider and limit_m < GROWS_TO_M:
            return self._opening_soon(point, GROWS_TO_M)
        return found

    def _opening_soon(self, point: Floats, limit_m: float) -> Hit | None:
        near = self._candidates.but_for_hours(point, OPENING_SOON, limit_m)
        (hits,) = self._told(point, near, self._hit)
        soon = [
            hit
            for index, hit in zip(near[0].tolist(), hits, strict=False)
            if self._opens_for_a_stay(index, hit)
        ]
        return min(soon, key=_opens_at) if soon else None  # the nearest of several

    def _opens_for_a_stay(self, index: int, hit: Hit) -> bool:
        opens_at = hit.opening.opens_at
        if opens_at is None:
            return False
        open_only = replace(self._inquiry.filters, open_only=True)
        return end_of_stay(partial(self._now.doors.opening, index), opens_at, open_only) is None

    # What is told of one ------------------------------------------------------------------------------

    def _told(
        self, points: Floats, found: Indices, tell: Callable[[int, float, str], _Told]
    ) -> list[tuple[_Told, ...]]:
        """What is told of each station found near each point."""
        if not found.size:
            return [()] * len(points)
        if len(points) == 1:
            return [self._told_of_one(points[0].tolist(), found[0].tolist(), tell)]
        row, column = np.nonzero(found != MISSING)
        chosen = found[row, column]
        ways = zip(*courses(points[row], self._now.ground.points[chosen]), strict=True)
        told: list[list[_Told]] = [[] for _ in points]
        for at, index, way in zip(row.tolist(), chosen.tolist(), ways, strict=True):
            told[at].append(tell(index, *way))
        return [tuple(of_point) for of_point in told]

    def _told_of_one(
        self, point: Sequence[float], found: Sequence[int], tell: Callable[[int, float, str], _Told]
    ) -> tuple[_Told, ...]:
        """The same near one point, for which arrays cost more than they save."""
        lon, lat = point
        stations = self._now.stations
        told = []
        for index in found:
            if index != MISSING:
                there = stations[index]
                assert there.lon is not None and there.lat is not None, "stations of an index are placed"
                metres, bearing = course(lon, lat, there.lon, there.lat)
                told.append(tell(index, metres, bearing))
        return tuple(told)

    def _hit(self, index: int, distance_m: float, bearing: str) -> Hit:
        if self._inquiry.travel is None:
            at, minutes, way_m = self._start, None, None
        else:
            seconds, way_m = self._way(index, distance_m)
            at, minutes = arrival(self._start, seconds), seconds / 60
        now = self._now
        station, opening = now.stations[index], now.doors.opening(index, at)
        live = now.live.get(station.id) if now.live else None
        told = live.told_at(at) if live else ()
        return Hit(station, distance_m, bearing, minutes, at, opening, told, way_m)

    def _way(self, index: int, distance_m: float) -> tuple[float, float | None]:
        """Seconds, and metres of street where they are known: an estimate from the straight line."""
        return distance_m * self._inquiry.seconds_per_m, None

    def _skip(self, index: int, distance_m: float, _: str) -> Skip:
        at = arrival(self._start, self._way(index, distance_m)[0])
        station, opening, asked = (
            self._now.stations[index],
            self._now.doors.opening(index, at),
            self._inquiry.filters,
        )
        too_soon = end_of_stay(partial(self._now.doors.opening, index), at, asked) if asked.stay_min else None
        reason = refusal(station, opening, asked, self._start, too_soon)
        assert reason is not None, f"{station.id} was skipped without a reason"
        if "facilities" in reason.params and station.id in self._now.live:
            reason = _broken(self._now.live[station.id], asked) or reason
        return Skip(station, distance_m, reason.message, reason.params)


def _broken(live: Live, asked: Filters) -> Reason | None:
    """Why a facility that a place has is none now."""
    told = (s for s in live.statuses if s.facility in asked.facilities)
    return next((Reason(status.reason, dict(status.params)) for status in told), None)


def _opens_at(hit: Hit) -> datetime:
    assert hit.opening.opens_at is not None, "only what will open is compared"
    return hit.opening.opens_at
