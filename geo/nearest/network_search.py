"""The nearest by network time: stations are asked for in the order of straight lines, until no other can be sooner."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from math import inf

import numpy as np

from geo.geodesy import Floats, courses
from geo.nearest.answer import GROWS_TO_M, OPENING_SOON, Answering, Snapshot
from geo.nearest.candidates import MOST_SKIPPED
from geo.nearest.filter_columns import Mask
from geo.nearest.network import NO_WAY, Network, least_seconds
from geo.nearest.opening_states import seconds_after
from geo.nearest.point_tree import MISSING, Indices
from geo.nearest.query import Inquiry
from geo.nearest.result import Hit, Nearest, Skip

_FIRST = 16  # stations asked about at first, besides those wanted
_WIDEN = 2


@dataclass(slots=True)
class _Known:
    """What is known of the ways from one point, by station."""

    point: Floats  # Shape (1, 2)
    network: Network
    off_network: bool = False
    ways: dict[int, tuple[float, float]] = field(default_factory=dict)

    def learn(self, stations: Iterable[int], places: Floats) -> bool:
        """Ask for the ways that are not known yet; false where the point is on no street."""
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

    def seconds(self, station: int) -> float:
        return self.ways[station][0]


@dataclass(frozen=True, slots=True)
class _Found:
    """Stations in the order of their seconds; nearer ones whose door is shut then, or to which no way leads."""

    good: tuple[int, ...]
    shut: tuple[int, ...]
    cut_off: tuple[int, ...]


class AnsweringByNetwork(Answering):
    """The answer to one inquiry about one point."""

    __slots__ = ("_known",)

    def __init__(self, snapshot: Snapshot, inquiry: Inquiry, known: _Known) -> None:
        super().__init__(snapshot, inquiry)
        self._known = known

    def _of(self, inquiry: Inquiry) -> "AnsweringByNetwork":
        return AnsweringByNetwork(self._now, inquiry, self._known)

    def _way(self, index: int, distance_m: float) -> tuple[float, float | None]:
        seconds, metres = self._known.ways.get(index, (inf, inf))
        if seconds == inf:  # told of somebody to whom no way leads: as the crow flies
            return super()._way(index, distance_m)
        return seconds, metres

    def _within(self, points: Floats) -> list[Nearest]:
        found = self._search(self._inquiry.k, min(self._inquiry.limit_m, GROWS_TO_M))
        if found is None:
            return super()._within(points)
        hits = self._told(points, np.array([found.good], dtype=np.intp), self._hit)[0]
        return [Nearest(hits, self._passed_over(points, found, hits))]

    def _grown_m(self, point: Floats) -> float | None:
        limit_m = self._inquiry.within_m
        if limit_m is None or limit_m >= GROWS_TO_M:
            return None
        found = self._search(1, GROWS_TO_M)
        if found is None:
            return super()._grown_m(point)
        if not found.good:
            return None
        return self._doubled(limit_m, courses(point, self._places(found.good))[0][0])

    def _opening_soon(self, point: Floats, limit_m: float) -> Hit | None:
        if not self._known.off_network:
            near = self._near(OPENING_SOON, limit_m)
            self._known.learn(near, self._now.ground.points)
        return super()._opening_soon(point, limit_m)

    def _opens_for_a_stay(self, index: int, hit: Hit) -> bool:
        cut_off = self._known.ways.get(index, (0.0, 0.0))[0] == inf
        return not cut_off and super()._opens_for_a_stay(index, hit)

    # The search -----------------------------------------------------------------------------------------

    def _search(self, k: int, limit_m: float) -> _Found | None:
        """The k soonest that will do; None where the point is on no street."""
        width = k + _FIRST
        while True:
            near = self._near(width, limit_m)
            if not self._known.learn(near, self._now.ground.points):
                return None
            found = self._sorted(near, k)
            if len(near) < width:
                return found
            if len(found.good) == k and self._known.seconds(found.good[-1]) < self._least_beyond(near[-1]):
                return found
            width *= _WIDEN

    def _near(self, width: int, limit_m: float) -> list[int]:
        """The nearest by straight line that would do if only they were open."""
        found = self._candidates.but_for_hours(self._known.point, width, limit_m)[0]
        return [station for station in found.tolist() if station != MISSING]

    def _least_beyond(self, last: int) -> float:
        (metres,), _ = courses(self._known.point, self._places((last,)))
        return least_seconds(metres, self._known.network)

    def _sorted(self, near: list[int], k: int) -> _Found:
        seconds = np.array([self._known.seconds(station) for station in near])
        stations = np.array(near, dtype=np.intp)
        there = np.isfinite(seconds)
        opens = there.copy()
        opens[there] = self._opens(stations[there], seconds[there])
        chosen = np.flatnonzero(opens)
        first = chosen[np.lexsort((stations[chosen], seconds[chosen]))][:k]
        nearer = np.arange(len(near)) < (first.max() if len(first) == k else len(near))
        return _Found(
            tuple(stations[first].tolist()),
            tuple(stations[nearer & there & ~opens].tolist()),
            tuple(stations[nearer & ~there].tolist()),
        )

    def _opens(self, stations: Indices, seconds: Floats) -> Mask:
        inquiry = self._inquiry
        if not inquiry.filters.ask_hours:
            return np.ones(len(stations), dtype=bool)
        at = seconds_after(inquiry.start, seconds)
        return self._now.doors.accepting(stations, at, inquiry.accepted, inquiry.filters.stay_min)

    # Who was passed over ------------------------------------------------------------------------------------

    def _passed_over(self, points: Floats, found: _Found, hits: tuple[Hit, ...]) -> tuple[Skip, ...]:
        """Nearer by the straight line than the farthest one found, and why not; five at most."""
        last_m = max((hit.distance_m for hit in hits), default=min(self._inquiry.limit_m, GROWS_TO_M))
        refused = [
            one for one in self._candidates.refused_within(points, last_m)[0].tolist() if one != MISSING
        ]
        self._known.learn(refused, self._now.ground.points)
        asked = np.array([[*refused, *found.shut[:MOST_SKIPPED]]], dtype=np.intp)
        cut_off = np.array([found.cut_off[:MOST_SKIPPED]], dtype=np.intp)
        skips = (
            *self._told(points, asked, self._skip)[0],
            *self._told(points, cut_off, self._skip_cut_off)[0],
        )
        return tuple(sorted(skips, key=lambda skip: (skip.distance_m, skip.station.id))[:MOST_SKIPPED])

    def _skip_cut_off(self, index: int, distance_m: float, _: str) -> Skip:
        return Skip(self._now.stations[index], distance_m, NO_WAY, {})

    def _places(self, stations: Iterable[int]) -> Floats:
        return np.asarray(self._now.ground.points[list(stations)], dtype=np.float64)


def answers_by_network(
    snapshot: Snapshot, inquiry: Inquiry, network: Network, points: Floats
) -> list[Nearest]:
    """As `Answering.answers`, but by network time; by estimates, and saying so, where a point is on no street."""
    answers = []
    for row in range(len(points)):
        known = _Known(points[row : row + 1], network)
        (answer,) = AnsweringByNetwork(snapshot, inquiry, known).answers(known.point)
        answers.append(replace(answer, off_network=known.off_network))
    return answers
