"""An immutable snapshot of placed stations that answers "what is near, and will it be open"."""

from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.geodesy import Floats, checked_points
from geo.hours import Opening, Piece
from geo.nearest.along import Along, AnsweringAlong, Way
from geo.nearest.answer import Answering, Snapshot
from geo.nearest.candidates import Candidates
from geo.nearest.filter_columns import Columns, Mask
from geo.nearest.filters import NOTHING, Filters, Sieve
from geo.nearest.network import Network
from geo.nearest.network_search import answers_by_network
from geo.nearest.opening_states import Doors
from geo.nearest.point_tree import Indices
from geo.nearest.query import Inquiry
from geo.nearest.result import Nearest
from geo.nearest.single_search import look_plainly
from geo.nearest.station_table import EVERYTHING, Ground
from geo.nearest.travel_time import Travel
from geo.station import Station, Status
from geo.status.live import Live

_IN_SERVICE = Sieve(statuses=frozenset({Status.ACTIVE}))
_IN_REGISTER = Sieve(statuses=frozenset(Status) - {Status.CLOSED_FOR_GOOD})
_NOTHING_LIVE: Mapping[str, Live] = MappingProxyType({})
Changes = Mapping[str, Station | None]
_UNCHANGED: Changes = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class _Since:
    """The snapshot whose tree is still used, and what has changed since: None is gone."""

    root: "StationIndex"
    changes: Changes


class StationIndex:
    """Stations in the order of their ids, ready to be searched; ties go to the lower id.

    Nothing in it changes after it was built, so a reader never sees half an update: `with_changes` and
    `with_live` give another one, within milliseconds, and leave this as it is.
    """

    __slots__ = ("_doors", "_ground", "_live", "_since", "_snapshot", "stations")

    def __init__(
        self,
        stations: tuple[Station, ...],
        ground: Ground,
        doors: Doors,
        live: Mapping[str, Live],
        since: _Since | None = None,
    ) -> None:
        """Use `build`; here the stations are placed and sorted, and all else is theirs."""
        self.stations = stations
        self._ground = ground
        self._doors = doors
        self._live = live
        self._since = since
        self._snapshot = Snapshot(stations, ground, doors, live)

    @classmethod
    def build(cls, stations: Sequence[Station], live: Mapping[str, Live] = _NOTHING_LIVE) -> "StationIndex":
        """An index of those stations that are placed, with their hours compiled.

        ``live`` says by id what holds at a place for now; ids that are not placed, or not known, are let
        be.
        *Raises*: ValueError when two stations share an id.
        """
        placed = tuple(sorted((s for s in stations if s.is_placed), key=lambda s: s.id))
        for one, other in pairwise(placed):
            if one.id == other.id:
                raise ValueError(f"two stations share the id {one.id!r}; ids are unique in a register")
        ground = _ground_of(placed, None)
        ground.sites(EVERYTHING)  # not when the first one asks
        return cls(placed, ground, Doors.of(placed), _NOTHING_LIVE).with_live(live)

    def __len__(self) -> int:
        return len(self.stations)

    @property
    def points(self) -> Floats:
        """Where the stations are. *Shape*: (n, 2), lon, lat, in the order of ``stations``. *CRS*: WGS84."""
        return self._ground.points

    # Another snapshot -----------------------------------------------------------------------------------

    def with_changes(
        self, added_or_changed: Sequence[Station] = (), removed: Collection[str] = ()
    ) -> "StationIndex":
        """A snapshot with other stations; equal in every answer to one that is built anew.

        Stations replace those with their ids; one without a place is taken out, and so are those that are
        ``removed``, known or not. The trees are kept: what changed since they were built (`wear`) stands
        in a small one beside them, so that this costs a few copies of columns and no more. When the wear
        grows past a thousand, whoever holds the index makes it `renewed`, off the path of queries.

        *Raises*: ValueError when a station is given twice, or removed as well.
        """
        given = {station.id: station if station.is_placed else None for station in added_or_changed}
        if len(given) < len(added_or_changed) or not given.keys().isdisjoint(removed):
            raise ValueError("a station is named twice among the changes; say once what becomes of it")
        changes = {**self._changes, **dict.fromkeys(removed), **given}
        return self._root._overlaid(changes, self._live)

    def with_live(self, live: Mapping[str, Live]) -> "StationIndex":
        """The same stations with just this holding for now: dated hours, closures, broken facilities."""
        if not live and not self._live:
            return self
        return self._root._overlaid(self._changes, live)

    @property
    def wear(self) -> int:
        """How many stations have changed since the trees were built."""
        return len(self._changes)

    def renewed(self) -> "StationIndex":
        """The same, with trees built anew."""
        if not self._changes:
            return self
        stations = [*self._root.stations, *(s for s in self._changes.values() if s is not None)]
        return StationIndex.build([s for s in stations if self._changes.get(s.id, s) is s], self._live)

    @property
    def _root(self) -> "StationIndex":
        return self if self._since is None else self._since.root

    @property
    def _changes(self) -> Changes:
        return _UNCHANGED if self._since is None else self._since.changes

    def _overlaid(self, changes: Changes, live: Mapping[str, Live]) -> "StationIndex":
        """What these stations, of which nothing is live, become."""
        worn = {**changes, **self._in_part_broken(changes, live)}
        more = tuple(sorted((s for s in worn.values() if s is not None), key=lambda s: s.id))
        if not self.stations and changes:
            return StationIndex.build([s for s in changes.values() if s is not None], live)
        stations, ground, doors = self.stations, self._ground, self._doors
        if worn:
            order = self._order(worn, more)
            stations = _spliced(stations + more, order)
            ground = ground.changed(_ground_of(more, ground.columns), order)
            doors = doors.rearranged(stations, more, order)
        doors = doors.with_spells({id: now.spells for id, now in live.items()})
        return StationIndex(stations, ground, doors, live, _Since(self, changes))

    def _in_part_broken(self, changes: Changes, live: Mapping[str, Live]) -> dict[str, Station]:
        """Stations without those of their facilities that are no use now."""
        broken: dict[str, Station] = {}
        for id, now in live.items():
            station = changes[id] if id in changes else self._station(id)
            if station is not None and now.usable(station) is not station:
                broken[id] = now.usable(station)
        return broken

    def _station(self, id: str) -> Station | None:
        index = self._place_of(id)
        return self.stations[index] if index < len(self) and self.stations[index].id == id else None

    def _order(self, changes: Changes, more: Sequence[Station]) -> Indices:
        """Which of these stations and then of ``more`` stand where. *Shape*: (stations that remain,)."""
        remains = np.ones(len(self) + len(more), dtype=bool)
        for id in changes:
            if self._station(id) is not None:
                remains[self._place_of(id)] = False
        before = [self._place_of(station.id) for station in more]
        every = np.insert(np.arange(len(self)), before, len(self) + np.arange(len(more)))
        return np.asarray(every[remains[every]], dtype=np.intp)

    def _place_of(self, id: str) -> int:
        return bisect_left(self.stations, id, key=lambda station: station.id)

    # What holds -------------------------------------------------------------------------------------------

    def states(self, when: datetime) -> NDArray[np.int8]:
        """What holds at an instant: 0 closed, 1 open, 2 unknown; out of service counts as closed.

        *Shape*: (n,), in the order of ``stations``.
        """
        return np.where(self._ground.passing(_IN_SERVICE).mask, self._doors.states(when), np.int8(0))

    def opening(self, position: int, when: datetime) -> Opening:
        """What holds at an instant at one of ``stations``, until when, and why."""
        return self._doors.opening(position, when)

    def in_register(self) -> Mask:
        """Which stations are not closed for good. *Shape*: (n,), in the order of ``stations``."""
        return self._ground.passing(_IN_REGISTER).mask

    def passing(self, filters: Filters, when: datetime | None = None) -> Mask:
        """Which stations pass for somebody who is there at an instant. *Shape*: (n,), in the order of ``stations``.

        *Raises*: ValueError for a naive time, or none where the answer depends on it.
        """
        inquiry = Inquiry(1, when, filters, None, None)
        if not filters.ask_hours:
            return self._ground.passing(inquiry.sieve).mask
        return Candidates(self._ground, self._doors, inquiry).passing_now()

    @property
    def timetables(self) -> Indices:
        """The number of each station's timetable, as `pieces` takes it; equal hours may have several. *Shape*: (n,)."""
        return self._doors.numbers

    def pieces(self, timetable: int, first: date, days: int) -> tuple[Piece, ...]:
        """What the hours of a timetable say through some civil days; a station's status is another matter."""
        return self._doors.pieces(timetable, first, days)

    # What is near -----------------------------------------------------------------------------------------

    def nearest_arrays(
        self,
        points: ArrayLike,
        k: int = 5,
        *,
        when: datetime | None = None,
        filters: Filters = NOTHING,
        travel: Travel | None = None,
        within_m: float | None = None,
    ) -> tuple[Indices, Floats]:
        """Positions in ``stations`` of the k nearest that pass, and their distances.

        The order is exactly that of `nearest`, and nothing is looked for beyond the limit; a distance is
        within 0.67 mm (``geodesy.ARC_ERROR_M``) of the geodesic, up to 20 km within 0.1 mm. *Shape*: (n, 2), lon, lat, to twice
        (n, k); -1 at infinity where none is left. *Units*: metres. *CRS*: WGS84. *Raises*: as `nearest`;
        ``when`` only matters to hours and to the date of verification.
        """
        checked = checked_points(points)
        if len(checked) == 1 and filters.ask_nothing and within_m is None and k >= 1 and not _is_naive(when):
            lon, lat = checked[0].tolist()
            found = look_plainly(self._ground.everywhere, (lon, lat), k)
            if found is not None:
                return found
        inquiry = Inquiry(k, when, filters, travel, within_m)
        return Candidates(self._ground, self._doors, inquiry).nearest(checked)

    def nearest(
        self,
        points: ArrayLike,
        k: int = 5,
        *,
        when: datetime,
        filters: Filters = NOTHING,
        travel: Travel | None = None,
        within_m: float | None = None,
        network: Network | None = None,
    ) -> list[Nearest]:
        """The k nearest stations of each point that pass, and up to five nearer ones that don't.

        Equal to sorting all stations by (geodesic, id). With ``travel``, hours are asked at the arrival
        at each station, ``distance_m`` × ``travel.seconds_per_m`` whole seconds after ``when``. Places of
        another kind than asked for are not named as skipped. Where nothing within ``within_m`` passes,
        the limit is doubled until something does, up to 100 km, and the answer says so; and where that is
        for want of an open door, it names the first to open among the 64 nearest that would do otherwise.
        With a ``network``, which needs ``travel``, the order and the hours are by its seconds (and id), up to
        100 km away; who is passed over is so by the straight line. Where a point is on no street of it, that
        is said, and ``travel`` estimates.
        *Shape*: (n, 2), lon, lat. *Units*: metres. *CRS*: WGS84.
        *Raises*: ValueError for a point off the Earth, a time without offset, k below 1, two ids alike.
        """
        inquiry = Inquiry(k, when, filters, travel, within_m)
        checked = checked_points(points)
        if network is None:
            return Answering(self._snapshot, inquiry).answers(checked)
        if travel is None:
            raise ValueError("a network without a way of travelling; give `travel` as well")
        return answers_by_network(self._snapshot, inquiry, network, checked)

    def near(self, lon: float, lat: float, inquiry: Inquiry) -> Nearest:
        """The answer of `nearest` for one point, which costs half as much without arrays. *Raises*: as `nearest`; WideSearch."""
        if not (-180 <= lon <= 180 and -90 <= lat <= 90):
            checked_points([(lon, lat)])
        return Answering(self._snapshot, inquiry).answer(lon, lat)

    def along(
        self,
        way: Way,
        k: int = 50,
        *,
        when: datetime,
        within_m: float,
        filters: Filters = NOTHING,
        travel: Travel | None = None,
        leave_out: int = 0,
    ) -> Along:
        """The first k stations within ``within_m`` of a way that pass, in its order, after some to leave out.

        Equal to measuring from every station to the way. With ``travel``, hours are asked when one gets to each
        door: along the way to where it passes nearest, and from there straight.
        *Units*: metres, to `geo.nearest.corridor.OFF_ERROR_M`. *Raises*: as `nearest`.
        """
        inquiry = Inquiry(k, when, filters, travel, within_m)
        return AnsweringAlong(self._snapshot, inquiry, way).along(leave_out)


def _is_naive(when: datetime | None) -> bool:
    return when is not None and when.utcoffset() is None


def _ground_of(stations: Sequence[Station], like: Columns | None) -> Ground:
    points = np.array([(s.lon, s.lat) for s in stations], dtype=np.float64).reshape(-1, 2)
    return Ground(points, Columns.of(stations, like))


def _spliced(stations: tuple[Station, ...], order: Indices) -> tuple[Station, ...]:
    """The stations in an order that mostly counts on: whole stretches are copied at once."""
    breaks = np.flatnonzero(np.diff(order) != 1) + 1
    starts = np.concatenate(([0], breaks)) if len(order) else breaks
    spliced: list[Station] = []
    for start, end in pairwise([*starts.tolist(), len(order)]):
        first = int(order[start])
        spliced += stations[first : first + end - start]
    return tuple(spliced)
