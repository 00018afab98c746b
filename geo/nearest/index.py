"""An immutable snapshot of placed stations that answers "what is near, and will it be open"."""

from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain, pairwise
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.geodesy import Floats, checked_points
from geo.hours import OpeningPeriod
from geo.nearest.along import Route, RouteResult, RouteSearch
from geo.nearest.candidates import CandidateSearch
from geo.nearest.filters import Filters, StaticFilters
from geo.nearest.nearest_search import NearestSearch, prefer_verified_rows
from geo.nearest.network_search import search_by_network
from geo.nearest.opening_states import StationSchedules
from geo.nearest.point_tree import Indices
from geo.nearest.query import NearestQuery, NearestResult
from geo.nearest.station_table import ALL_STATIONS, IndexSnapshot, Mask, StaticStations, StationColumns
from geo.nearest.travel import Network
from geo.station import Station, Status
from geo.status.live import LiveSummary

_IN_REGISTER = StaticFilters(statuses=frozenset(Status) - {Status.CLOSED_FOR_GOOD})
_NOTHING_LIVE: Mapping[str, LiveSummary] = {}
StationChanges = Mapping[str, Station | None]
_UNCHANGED: StationChanges = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class _Since:
    """The snapshot whose trees are still used, and the changes since; None marks a removed station."""

    root: "StationIndex"
    changes: StationChanges


class StationIndex:
    """Stations in the order of their ids, ready to be searched; ties go to the lower id.

    An index never changes after it is built, so a reader never sees half an update: `with_changes` and
    `with_live` return a new index within milliseconds and leave this one as it is.
    """

    __slots__ = ("_since", "snapshot", "stations")

    def __init__(
        self, stations: tuple[Station, ...], snapshot: IndexSnapshot, since: _Since | None = None
    ) -> None:
        """Use `build`; here the stations are placed and sorted, and the snapshot's are the same."""
        self.stations = stations
        self.snapshot = snapshot
        self._since = since

    @classmethod
    def build(
        cls, stations: Sequence[Station], live: Mapping[str, LiveSummary] = _NOTHING_LIVE
    ) -> "StationIndex":
        """Build an index of those stations that are placed, with their hours compiled.

        ``live`` is the live summary of stations by id; ids that are not placed, or not known, are
        ignored.
        *Raises*: ValueError when two stations share an id.
        """
        placed = tuple(sorted((s for s in stations if s.is_placed), key=lambda s: s.id))
        for one, other in pairwise(placed):
            if one.id == other.id:
                raise ValueError(f"two stations share the id {one.id!r}; ids are unique in a register")
        ground = _ground_of(placed, None)
        ground.sites(ALL_STATIONS)  # builds the tree now, not in the first query
        doors = StationSchedules.from_stations(placed)
        return cls(placed, IndexSnapshot(placed, ground, doors, _NOTHING_LIVE)).with_live(live)

    def __len__(self) -> int:
        return len(self.stations)

    @property
    def points(self) -> Floats:
        """The points of ``stations``, in their order. *Shape*: (n, 2), lon, lat. *CRS*: WGS84."""
        return self.snapshot.ground.points

    # Another snapshot -----------------------------------------------------------------------------------

    def with_changes(
        self, added_or_changed: Sequence[Station] = (), removed: Collection[str] = ()
    ) -> "StationIndex":
        """Return an index with other stations; it gives the same answers as one that is built anew.

        Stations replace those with their ids. A station without a point is taken out, and so are those
        that are ``removed``, known or not. The trees are reused: what changed since they were built
        (`change_count`) is in a small tree beside them, so that this costs a few copies of columns and
        no more. When the count grows past a thousand, the owner should build an index anew, off the path of
        queries.

        *Raises*: ValueError when a station is given twice, or removed as well.
        """
        given = {station.id: station if station.is_placed else None for station in added_or_changed}
        if len(given) < len(added_or_changed) or not given.keys().isdisjoint(removed):
            raise ValueError("a station is named twice among the changes; say once what becomes of it")
        changes = {**self._changes, **dict.fromkeys(removed), **given}
        return self._root._overlaid(changes, self.snapshot.live)

    def with_live(self, live: Mapping[str, LiveSummary]) -> "StationIndex":
        """Return the same stations with only this live data: dated hours, closures, broken facilities."""
        if not live and not self.snapshot.live:
            return self
        return self._root._overlaid(self._changes, live)

    @property
    def change_count(self) -> int:
        """How many stations have changed since the trees were built."""
        return len(self._changes)

    @property
    def _root(self) -> "StationIndex":
        return self if self._since is None else self._since.root

    @property
    def _changes(self) -> StationChanges:
        return _UNCHANGED if self._since is None else self._since.changes

    def _overlaid(self, changes: StationChanges, live: Mapping[str, LiveSummary]) -> "StationIndex":
        """Return these stations, none of which has live data, with changes and live data applied."""
        worn = {**changes, **self._in_part_broken(changes, live)}
        more = tuple(sorted((s for s in worn.values() if s is not None), key=lambda s: s.id))
        if not self.stations and changes:
            return StationIndex.build([s for s in changes.values() if s is not None], live)
        stations, ground, doors = self.stations, self.snapshot.ground, self.snapshot.doors
        if worn:
            order = self._order(worn, more)
            stations = _spliced(stations, more, order)
            ground = ground.with_changes(_ground_of(more, ground.columns), order)
            doors = doors.merge_rows(stations, more, order)
        doors = doors.with_spells({id: now.spells for id, now in live.items()})
        return StationIndex(stations, IndexSnapshot(stations, ground, doors, live), _Since(self, changes))

    def _in_part_broken(self, changes: StationChanges, live: Mapping[str, LiveSummary]) -> dict[str, Station]:
        """Return the stations that have broken facilities, without those facilities."""
        broken: dict[str, Station] = {}
        for id, now in live.items():
            station = changes[id] if id in changes else self._station(id)
            if station is not None and now.without_broken_facilities(station) is not station:
                broken[id] = now.without_broken_facilities(station)
        return broken

    def _station(self, id: str) -> Station | None:
        index = self._place_of(id)
        return self.stations[index] if index < len(self) and self.stations[index].id == id else None

    def _order(self, changes: StationChanges, more: Sequence[Station]) -> Indices:
        """Return the new order of these stations and then of ``more``.

        *Shape*: (stations that remain,).
        """
        remains = np.ones(len(self) + len(more), dtype=bool)
        for id in changes:
            if self._station(id) is not None:
                remains[self._place_of(id)] = False
        before = [self._place_of(station.id) for station in more]
        every = np.insert(np.arange(len(self)), before, len(self) + np.arange(len(more)))
        return np.asarray(every[remains[every]], dtype=np.intp)

    def _place_of(self, id: str) -> int:
        return bisect_left(self.stations, id, key=lambda station: station.id)

    # Opening states ---------------------------------------------------------------------------------------

    def states(self, when: datetime) -> NDArray[np.int8]:
        """Return the states at an instant: 0 closed, 1 open, 2 unknown; out of service counts as closed.

        *Shape*: (n,), in the order of ``stations``.
        """
        return self.snapshot.states(when)

    def in_register_mask(self) -> Mask:
        """Return which stations are not closed for good. *Shape*: (n,), in the order of ``stations``."""
        return self.snapshot.ground.passing(_IN_REGISTER).mask

    def passing_mask(self, filters: Filters, when: datetime | None = None) -> Mask:
        """Return which stations pass for a seeker who is there at an instant.

        *Shape*: (n,), in the order of ``stations``. *Raises*: ValueError for a naive time, or none
        where the result depends on it.
        """
        return CandidateSearch(self.snapshot, NearestQuery(when, filters=filters)).passing_mask()

    @property
    def timetable_numbers(self) -> Indices:
        """The number of each station's timetable, as `pieces` takes it. *Shape*: (n,).

        Equal hours may have several numbers.
        """
        return self.snapshot.doors.numbers

    def pieces(self, timetable: int, first: date, days: int) -> tuple[OpeningPeriod, ...]:
        """Return the pieces of a timetable through some civil days, regardless of a station's status."""
        return self.snapshot.doors.pieces(timetable, first, days)

    # Nearest stations -------------------------------------------------------------------------------------

    def nearest_arrays(self, points: ArrayLike, query: NearestQuery) -> tuple[Indices, Floats]:
        """Return the positions in ``stations`` of the k nearest that pass, and their distances.

        The order is exactly that of `nearest`, but the search does not grow beyond the limit. A
        distance is within 0.67 mm (``geodesy.ARC_ERROR_M``) of the geodesic, up to 20 km within 0.1 mm.
        *Shape*: (n, 2), lon, lat, to twice (n, k); -1 at infinity where none is left. *Units*: metres.
        *CRS*: WGS84. *Raises*: as `nearest`; the instant only matters to hours and to the date of
        verification.
        """
        found, metres = CandidateSearch(self.snapshot, query).nearest(checked_points(points))
        if query.k == 1 or not query.filters.open_only:
            return found, metres
        order = prefer_verified_rows(self.snapshot, query, found, metres)
        return np.take_along_axis(found, order, 1), np.take_along_axis(metres, order, 1)

    def nearest(
        self, points: ArrayLike, query: NearestQuery, network: Network | None = None
    ) -> list[NearestResult]:
        """Return the k nearest stations of each point that pass, and up to five nearer ones that don't.

        The result equals sorting all stations by (geodesic, id), or as `NearestOrder` says; among matches of
        ``open_only`` at night, stations with a form's 24 hours come last. With ``travel``, hours are checked at
        the arrival at each station, ``distance_m`` × ``travel.seconds_per_m`` whole seconds after the
        query's instant. Stations of another kind than requested are not listed as skipped. Where nothing
        within ``within_m`` passes, the limit is doubled until a station passes, up to 100 km, and the
        result gives the grown limit. Where the hours are the only obstacle, the result names the first
        to open of all that would pass otherwise. With a ``network``, which needs
        ``travel``, the order and the hours follow its seconds, up to 100 km away; skipped
        stations are still chosen by the straight line. Where no street leads to a station, or the point is
        on none, ``travel`` gives estimates, and the match or the result says so.
        *Shape*: (n, 2), lon, lat. *Units*: metres. *CRS*: WGS84.
        *Raises*: ValueError for a point off the Earth or a query without an instant; SearchTooWide.
        """
        checked = checked_points(points)
        if network is None:
            search = NearestSearch(self.snapshot, query)
            if len(checked) == 1:
                lon, lat = checked[0].tolist()
                return [search.result_at(lon, lat)]
            return search.results(checked)
        if query.travel is None:
            raise ValueError("a network without a way of travelling; give `travel` as well")
        return search_by_network(self.snapshot, query, network, checked)

    def nearest_at(
        self, lon: float, lat: float, query: NearestQuery, network: Network | None = None
    ) -> NearestResult:
        """Return the result of `nearest` for one point."""
        if network is not None:
            return self.nearest([(lon, lat)], query, network)[0]
        if not (-180 <= lon <= 180 and -90 <= lat <= 90):
            checked_points([(lon, lat)])
        return NearestSearch(self.snapshot, query).result_at(lon, lat)

    def along_route(self, route: Route, query: NearestQuery, leave_out: int = 0) -> RouteResult:
        """Return the first k stations within ``within_m`` of a route that pass, in route order.

        The first ``leave_out`` stations are left out. The result equals measuring from every station to
        the route. With ``travel``, hours are checked on arrival at each door: along the route to where
        it passes nearest, and from there straight. *Units*: metres, to `geo.nearest.along.OFFSET_ERROR_M`.
        *Raises*: as `nearest`.
        """
        return RouteSearch(self.snapshot, query, route).search(leave_out)


def _ground_of(stations: Sequence[Station], like: StationColumns | None) -> StaticStations:
    points = np.array([(s.lon, s.lat) for s in stations], dtype=np.float64).reshape(-1, 2)
    return StaticStations(points, StationColumns.from_stations(stations, like))


def _spliced(stations: tuple[Station, ...], more: tuple[Station, ...], order: Indices) -> tuple[Station, ...]:
    """Return the stations and then ``more`` in a mostly unbroken new order; whole stretches are copied at once."""
    breaks = np.flatnonzero(np.diff(order) != 1) + 1
    starts = np.concatenate(([0], breaks)) if len(order) else breaks
    count, stretches = len(stations), []
    for start, end in pairwise([*starts.tolist(), len(order)]):
        first = int(order[start])
        last = first + end - start
        stretches += [stations[first:last], more[max(first - count, 0) : max(last - count, 0)]]
    return tuple(chain.from_iterable(stretches))
