"""Find the first station to open near a point, of those that pass but for their hours."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from math import inf
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.geodesy import Floats
from geo.hours import Opening
from geo.nearest.candidates import StationDescriptions
from geo.nearest.filters import find_stay_end
from geo.nearest.point_tree import Indices
from geo.nearest.query import FARTHER_MIN, Match

MAX_GROWN_M = 100_000.0  # where a growing search stops; riders go no farther for a glass of water


class AllowedStations(NamedTuple):
    """Stations that pass but for their hours, nearest first. *Shape*: (n,) each. *Units*: metres."""

    places: Indices
    metres: Floats

    def within(self, limit_m: float) -> "AllowedStations":
        count = int(np.searchsorted(self.metres, limit_m, side="right"))
        return AllowedStations(self.places[:count], self.metres[:count])

    def pairs(self) -> Iterator[tuple[int, float]]:
        return zip(self.places.tolist(), self.metres.tolist(), strict=True)


class FirstToOpenSearch(StationDescriptions):
    """The search for the first station to open for one query over one snapshot."""

    __slots__ = ()

    def _first_to_open(self, point: Floats, allowed: AllowedStations, *, wider: bool = True) -> Match | None:
        """Return the first to open within the limit; if there is none and it may be ``wider``, the first beyond it."""
        if self._query.filters.depends_on_hours:
            for limit_m in self._opening_limits_m[: 1 + wider]:
                near = allowed.within(limit_m)
                if (row := self._first_opening(near)) is not None:
                    return self._describe(point, near.places[[row]][None], self._hit)[0][0]
        return None

    def _first_opening(self, near: AllowedStations) -> int | None:
        """Return the row of the first to open, of several the nearest, by comparing all of them."""
        opens_s = self._opening_seconds(near)
        order = np.argsort(opens_s, kind="stable")[: np.count_nonzero(opens_s < inf)]
        return next((row for row in order.tolist() if self._opens_for_a_stay(near, row)), None)

    def _opening_seconds(self, near: AllowedStations) -> Floats:
        """Return when those open that are not open on arrival, in seconds since 1970; infinite where it isn't known."""
        seconds, delays = self._seconds(near.places, near.metres)
        minutes = (self._start_s + delays.astype(np.int64)) // 60
        opens_s = self._per_timetable(near.places, minutes, _opening_second)
        if self._query.within_min is not None:
            opens_s[seconds > self._farther_min * 60] = inf
        return opens_s

    def _per_timetable(
        self, places: Indices, minutes: NDArray[np.int64], read: Callable[[Opening], float]
    ) -> Floats:
        """Read the openings of stations at some minutes, once for each timetable and minute."""
        timetables = (minutes << 32) + self._now.doors.numbers[places]
        _, first, same = np.unique(timetables, return_index=True, return_inverse=True)
        each = zip(places[first].tolist(), minutes[first].tolist(), strict=True)
        told = [read(self._now.opening_at_minute(place, minute)) for place, minute in each]
        return np.array(told, dtype=np.float64)[same]

    def _seconds(self, places: Indices, metres: Floats) -> tuple[Floats, Floats]:
        """Return the travel times, and after how many seconds the hours count. *Shape*: (n,) each."""
        return metres * self._query.seconds_per_m, metres * self._query.delay_per_m

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

    def _opens_for_a_stay(self, near: AllowedStations, row: int) -> bool:
        place = int(near.places[row])
        opens_at = self._opening_on_arrival(place, float(near.metres[row])).opens_at
        assert opens_at is not None, "it opens"
        open_only = replace(self._query.filters, open_only=True)
        return find_stay_end(partial(self._now.doors.opening, place), opens_at, open_only) is None


def _opening_second(opening: Opening) -> float:
    return inf if opening.opens_at is None else opening.opens_at.timestamp()
