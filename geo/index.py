"""An immutable snapshot of placed stations that answers "what is near, and will it be open"."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from math import floor

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.columns import Columns, Mask
from geo.filters import Filters, refusal, status_opening
from geo.geodesy import Floats, checked_points, courses
from geo.hours import Opening, Schedules
from geo.nearest import Hit, Nearest, Skip
from geo.search import Accept, Wanted, nearest_stations
from geo.sites import MISSING, Indices, Sites
from geo.station import State, Station, Status
from geo.travel import Travel

_STATES = (State.CLOSED, State.OPEN, State.UNKNOWN)  # by the codes of `Schedules.states`
_ANYTHING = Filters()
_IN_SERVICE = Filters(statuses=frozenset({Status.ACTIVE}))
_IN_REGISTER = Filters(statuses=frozenset(Status) - {Status.CLOSED_FOR_GOOD})
_MOST_SKIPPED = 5
_POINTS_PER_STATION = 1 / 8  # from here on all states at once cost less than those of each pair


@dataclass(frozen=True, slots=True)
class _Question:
    k: int
    when: datetime | None
    filters: Filters
    travel: Travel | None
    within_m: float | None

    def __post_init__(self) -> None:
        if self.k < 1:
            raise ValueError(f"k is {self.k}; ask for at least one station")
        if self.within_m is not None and not self.within_m >= 0:
            raise ValueError(f"within_m is {self.within_m}; give metres, 0 or more")
        if self.when is None and self.filters.ask_hours:
            raise ValueError("open or not depends on the instant; give `when`")
        if self.when is not None and self.when.utcoffset() is None:
            raise ValueError(f"the time {self.when.isoformat()} has no offset; give an aware datetime")

    @property
    def start(self) -> datetime:
        if self.when is None:
            raise ValueError("the hours of stations depend on the instant; give `when`")
        return self.when.astimezone(UTC).replace(microsecond=0)

    @property
    def seconds_per_m(self) -> float:
        return 0.0 if self.travel is None else self.travel.seconds_per_m

    @property
    def limit_m(self) -> float:
        return np.inf if self.within_m is None else self.within_m


class StationIndex:
    """Stations in the order of their ids, ready to be searched; ties go to the lower id.

    Nothing in it changes after it was built, so a reader never sees half an update.
    """

    __slots__ = ("_columns", "_schedules", "_sites", "points", "stations")

    def __init__(self, stations: tuple[Station, ...], schedules: Schedules) -> None:
        """Use `build`; here the stations are placed and sorted, and the schedules are theirs."""
        self.stations = stations
        self.points = np.array([(s.lon, s.lat) for s in stations], dtype=np.float64).reshape(-1, 2)
        self._schedules = schedules
        self._columns = Columns.of(stations)
        self._sites = lru_cache(maxsize=16)(self._sites_passing)

    @classmethod
    def build(cls, stations: Sequence[Station]) -> "StationIndex":
        """An index of those stations that are placed, with their hours compiled.

        *Raises*: ValueError when two stations share an id.
        """
        placed = tuple(sorted((s for s in stations if s.is_placed), key=lambda s: s.id))
        for one, other in pairwise(placed):
            if one.id == other.id:
                raise ValueError(f"two stations share the id {one.id!r}; ids are unique in a register")
        return cls(placed, Schedules.compile([(s.hours_text, s.calendar) for s in placed]))

    def __len__(self) -> int:
        return len(self.stations)

    def states(self, when: datetime) -> NDArray[np.int8]:
        """What holds at an instant: 0 closed, 1 open, 2 unknown; out of service counts as closed.

        *Shape*: (n,), in the order of ``stations``.
        """
        states = self._schedules.states(self._schedules.ids, when)
        return np.where(self._columns.passing(_IN_SERVICE), states, np.int8(0))

    def in_register(self) -> Mask:
        """Which stations are not closed for good. *Shape*: (n,), in the order of ``stations``."""
        return self._columns.passing(_IN_REGISTER)

    def nearest_arrays(
        self,
        points: ArrayLike,
        k: int = 5,
        *,
        when: datetime | None = None,
        filters: Filters = _ANYTHING,
        travel: Travel | None = None,
        within_m: float | None = None,
    ) -> tuple[Indices, Floats]:
        """Positions in ``stations`` of the k nearest that pass, and their distances.

        The order is exactly that of `nearest`; a distance is within ``geodesy.ARC_ERROR_M`` (0.1 mm) of
        the geodesic. *Shape*: (n, 2), lon, lat, to twice (n, k); -1 at infinity where none is left.
        *Units*: metres. *CRS*: WGS84. *Raises*: as `nearest`; ``when`` only matters to hours.
        """
        return self._find(checked_points(points), _Question(k, when, filters, travel, within_m))

    def nearest(
        self,
        points: ArrayLike,
        k: int = 5,
        *,
        when: datetime,
        filters: Filters = _ANYTHING,
        travel: Travel | None = None,
        within_m: float | None = None,
    ) -> list[Nearest]:
        """The k nearest stations of each point that pass, and up to five nearer ones that don't.

        Equal to sorting all stations by (geodesic, id). With ``travel``, hours are asked at the arrival
        at each station, ``distance_m`` × ``travel.seconds_per_m`` whole seconds after ``when``. Places of
        another kind than asked for are not named as skipped.
        *Shape*: (n, 2), lon, lat. *Units*: metres. *CRS*: WGS84.
        *Raises*: ValueError for a point off the Earth, a time without offset, k below 1, two ids alike.
        """
        question = _Question(k, when, filters, travel, within_m)
        places = checked_points(points)
        found, _ = self._find(places, question)
        hits = self._hits(places, found, question)
        skips = self._skips(places, hits, question)
        return [Nearest(*answer) for answer in zip(hits, skips, strict=True)]

    def _find(self, points: Floats, question: _Question) -> tuple[Indices, Floats]:
        limit_m = None if question.within_m is None else np.full(len(points), question.within_m)
        sites, accept = self._candidates(question, len(points))
        seconds_per_m = question.seconds_per_m if accept else 0.0
        return nearest_stations(sites, points, Wanted(question.k, limit_m, accept, seconds_per_m))

    def _candidates(self, question: _Question, n_points: int) -> tuple[Sites, Accept | None]:
        """The places that may do, and what remains to be asked of each pair."""
        if not question.filters.ask_hours:
            return self._sites(question.filters), None
        if question.travel is None and n_points >= _POINTS_PER_STATION * len(self):
            now = _accepted(question.filters)[self.states(question.start)]
            return self._sites_of(self._columns.passing(question.filters) & now), None
        return self._sites(question.filters), self._on_arrival(question)

    def _sites_passing(self, filters: Filters) -> Sites:
        return self._sites_of(self._columns.passing(filters))

    def _sites_of(self, mask: Mask) -> Sites:
        return Sites.of(self.points, np.flatnonzero(mask))

    def _on_arrival(self, question: _Question) -> Accept:
        """Whether the hours will do, of stations that are in service."""
        accepted, ids, start = _accepted(question.filters), self._schedules.ids, question.start
        if not question.seconds_per_m:
            return lambda station, _: accepted[self._schedules.states(ids[station], start)]
        start_64 = np.datetime64(start.replace(tzinfo=None), "s")

        def accept(station: Indices, distance_m: Floats) -> Mask:
            seconds = np.floor(distance_m * question.seconds_per_m).astype("timedelta64[s]")
            return accepted[self._schedules.states(ids[station], start_64 + seconds)]

        return accept

    def _hits(self, points: Floats, found: Indices, question: _Question) -> list[tuple[Hit, ...]]:
        row, column = np.nonzero(found != MISSING)
        chosen = found[row, column]
        distance_m, words = courses(points[row], self.points[chosen])
        hits: list[list[Hit]] = [[] for _ in points]
        for at, index, metres, word in zip(row, chosen, distance_m.tolist(), words, strict=True):
            hits[at].append(self._hit(index, metres, word, question))
        return [tuple(of_point) for of_point in hits]

    def _hit(self, index: int, distance_m: float, bearing: str, question: _Question) -> Hit:
        seconds = distance_m * question.seconds_per_m
        arrival = question.start + timedelta(seconds=floor(seconds))
        minutes = None if question.travel is None else seconds / 60
        station = self.stations[index]
        return Hit(station, distance_m, bearing, minutes, arrival, self._opening(index, arrival))

    def _opening(self, index: int, at: datetime) -> Opening:
        out_of_service = status_opening(self.stations[index].status)
        return out_of_service or self._schedules.opening(self._schedules.ids[index], at)

    def _skips(
        self, points: Floats, hits: list[tuple[Hit, ...]], question: _Question
    ) -> list[tuple[Skip, ...]]:
        """The nearest that were removed, among those no farther than the last one found."""
        if question.filters.ask_nothing:
            return [()] * len(points)
        kinds = question.filters.kinds
        of_kind = Filters(kinds=kinds, statuses=frozenset(Status)) if kinds else _ANYTHING
        limit_m = np.array([h[-1].distance_m if len(h) == question.k else question.limit_m for h in hits])
        wanted = Wanted(_MOST_SKIPPED, limit_m, self._refused(question), question.seconds_per_m)
        skipped, skipped_m = nearest_stations(self._sites(of_kind), points, wanted)
        return [
            tuple(self._skip(i, m, question) for i, m in zip(*pair, strict=True) if i != MISSING)
            for pair in zip(skipped.tolist(), skipped_m.tolist(), strict=True)
        ]

    def _refused(self, question: _Question) -> Accept:
        passing = self._columns.passing(question.filters)
        if not question.filters.ask_hours:
            return lambda station, _: ~passing[station]
        open_then = self._on_arrival(question)
        return lambda station, distance_m: ~(passing[station] & open_then(station, distance_m))

    def _skip(self, index: int, distance_m: float, question: _Question) -> Skip:
        arrival = question.start + timedelta(seconds=floor(distance_m * question.seconds_per_m))
        station, opening = self.stations[index], self._opening(index, arrival)
        reason = refusal(station, opening, question.filters, question.start)
        assert reason is not None, f"{station.id} was skipped without a reason"
        return Skip(station, distance_m, reason.message, reason.params)


def _accepted(filters: Filters) -> Mask:
    return np.array([filters.accepts_state(state) for state in _STATES], dtype=bool)
