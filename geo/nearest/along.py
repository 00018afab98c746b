"""Which places stand beside a way, in its order, and will be open when one passes."""

from dataclasses import dataclass

import numpy as np

from geo.geodesy import Floats, courses
from geo.nearest.answer import Answering, Snapshot
from geo.nearest.corridor import Beside, Corridor
from geo.nearest.filter_columns import Mask
from geo.nearest.filters import Sieve
from geo.nearest.opening_states import seconds_after
from geo.nearest.point_tree import Indices
from geo.nearest.query import Inquiry
from geo.nearest.result import Hit, Skip

MOST_SKIPPED = 5


@dataclass(frozen=True, slots=True)
class Way:
    """The way that somebody goes. *Shape*: ``line`` (n, 2), lon, lat WGS84.

    ``by_street``: the line follows the streets, so that it is as long as the way; a straight one is an
    estimate, and the streets are taken to be longer by the detour factor.
    """

    line: Floats
    by_street: bool = False


@dataclass(frozen=True, slots=True)
class Stop:
    """A place beside the way, ``along_m`` metres of the line after its start.

    Of the ``hit``, ``distance_m`` and ``bearing`` are from where the way passes it, ``minutes`` from the start.
    """

    hit: Hit
    along_m: float


@dataclass(frozen=True, slots=True)
class Along:
    """Places beside a way in its order: those wanted, how many pass in all, and what won't do.

    ``skipped`` are the five that are least off the way, in its order, no farther along than the last stop.
    """

    stops: tuple[Stop, ...]
    count: int
    skipped: tuple[Skip, ...]
    length_m: float


class AnsweringAlong(Answering):
    """The answer to one inquiry about one way; ``within_m`` is how far off it one goes."""

    __slots__ = ("_asked", "_corridor", "_seconds", "_way_gone")

    def __init__(self, snapshot: Snapshot, inquiry: Inquiry, way: Way) -> None:
        super().__init__(snapshot, inquiry)
        self._asked = inquiry
        self._way_gone = way
        self._corridor = Corridor.of(way.line)
        self._seconds: dict[int, float] = {}

    def along(self, leave_out: int) -> Along:
        """``leave_out`` is how many of the first to leave out: those that were told before."""
        beside = self._corridor.beside(self._now.ground.points, self._asked.limit_m)
        beside = beside.of(np.flatnonzero(self._of_kind()[beside.index]))
        seconds = self._gone(beside)
        passes = self._passes(beside.index, seconds)
        self._seconds = dict(zip(beside.index.tolist(), seconds.tolist(), strict=True))
        good = np.flatnonzero(passes)
        shown = good[leave_out : leave_out + self._asked.k]
        return Along(
            tuple(self._stops(beside.of(shown))),
            len(good),
            tuple(self._skips(beside.of(self._refused(beside, passes, shown)))),
            self._corridor.length_m,
        )

    def _gone(self, beside: Beside) -> Floats:
        """Seconds from the start to each door."""
        travel, straight = self._asked.travel, self._asked.seconds_per_m
        if travel is None:
            return np.zeros(len(beside))
        on_way = 1 / travel.speed_m_per_s if self._way_gone.by_street else straight
        return beside.along_m * on_way + beside.off_m * straight

    def _of_kind(self) -> Mask:
        return self._now.ground.passing(Sieve(kinds=self._asked.filters.kinds)).mask

    def _passes(self, stations: Indices, seconds: Floats) -> Mask:
        asked = self._asked
        good: Mask = self._now.ground.passing(asked.sieve).mask[stations]
        if asked.filters.ask_hours:
            at = seconds_after(asked.start, seconds[good])
            good = good.copy()
            good[good] = self._now.doors.accepting(stations[good], at, asked.accepted, asked.filters.stay_min)
        return good

    def _refused(self, beside: Beside, passes: Mask, shown: Indices) -> Indices:
        """The rows to tell as skipped."""
        whole = len(shown) == self._asked.k
        rows = np.flatnonzero(~passes)
        if whole:
            rows = rows[rows < shown[-1]]
        return np.sort(rows[np.argsort(beside.off_m[rows], kind="stable")][:MOST_SKIPPED])

    def _stops(self, beside: Beside) -> list[Stop]:
        ways = zip(*self._courses(beside), strict=True)
        each = zip(beside.index.tolist(), beside.along_m.tolist(), ways, strict=True)
        return [Stop(self._hit(index, *way), along_m) for index, along_m, way in each]

    def _skips(self, beside: Beside) -> list[Skip]:
        ways = zip(*self._courses(beside), strict=True)
        return [self._skip(index, *way) for index, way in zip(beside.index.tolist(), ways, strict=True)]

    def _courses(self, beside: Beside) -> tuple[list[float], list[str]]:
        """How far from the way, exactly, and on which side of the compass."""
        places = [self._corridor.place(metres) for metres in beside.along_m.tolist()]
        start = np.array(places, dtype=np.float64).reshape(-1, 2)
        return courses(start, self._now.ground.points[beside.index])

    def _way(self, index: int, distance_m: float) -> tuple[float, float | None]:
        return self._seconds[index], None
