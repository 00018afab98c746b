"""List the stations of a snapshot, placed or not: page by page by id, open ones first, or within a box of a map."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import merge, nsmallest
from itertools import islice
from math import ceil, floor, log2

import numpy as np
from numpy.typing import NDArray

from geo.geodesy import Floats
from geo.hours import Opening
from geo.nearest.candidates import CandidateSearch
from geo.nearest.filters import Filters
from geo.nearest.index import StationIndex
from geo.nearest.opening_states import StationSchedules
from geo.nearest.query import NearestQuery
from geo.nearest.station_table import IndexSnapshot, Mask, StaticStations, StationColumns
from geo.station import Station
from geo.status.live import LiveSummary

_NO_CODE = -1
_RANKS = np.array([2, 0, 1], dtype=np.int8)  # ranks of closed, open and unknown: open ones come first
_CLOSED_RANK = 2
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class ListingQuery:
    """A query to a listing. ``district`` is the code of a district, city or province; ``after`` an id.

    ``closed_only`` lets only those pass that are closed at the instant; `StationListing.page` ignores it.
    """

    filters: Filters
    at: datetime
    limit: int
    district: str | None = None
    after: str = ""
    closed_only: bool = False


@dataclass(frozen=True, slots=True)
class ListedStation:
    """A station, and its opening at the query's instant."""

    station: Station
    opening: Opening


@dataclass(frozen=True, slots=True)
class OpenFirstResult:
    """The first stations that pass, how many pass in all, and the first of them that is placed."""

    first: Sequence[ListedStation]
    count: int
    placed: Station | None


class StationListing:
    """Lists the stations of one snapshot; immutable to callers, and built by one pass over every station."""

    def __init__(
        self,
        index: StationIndex,
        stations: Sequence[Station],
        live: Mapping[str, LiveSummary],
        links: Mapping[str, str],
    ) -> None:
        """``stations`` are all of the snapshot's; the placed ones are those of the index.

        ``links`` has the station's id by each other id that finds it.
        """
        self._links = links
        self._placed = _Part(index.snapshot)
        self._unplaced = _Part(_unplaced([one for one in stations if not one.is_placed], live))

    def page(self, asked: ListingQuery) -> list[ListedStation]:
        """Return the first stations after an id that pass, by id."""
        parts = (part.after(asked) for part in (self._placed, self._unplaced))
        return list(islice(merge(*parts, key=lambda listed: listed.station.id), asked.limit))

    def open_first(self, asked: ListingQuery) -> OpenFirstResult:
        """Return stations that pass, open ones first, then unknown and closed ones; then by name and id.

        ``after`` is ignored.
        """
        placed, placed_count = self._placed.ranked(asked)
        unplaced, unplaced_count = self._unplaced.ranked(asked)
        # ids are unique, so the comparison never gets past them
        both = merge(placed, unplaced)
        first = [part.listed(number, asked.at) for *_, part, number in islice(both, asked.limit)]
        somewhere = self._placed.stations[placed[0][-1]] if placed else None
        return OpenFirstResult(first, placed_count + unplaced_count, somewhere)

    def find(self, id: str, at: datetime) -> ListedStation | None:
        """Return one station by its id or an id that is linked with it, or None."""
        id = self._links.get(id, id)
        return self._placed.one(id, at) or self._unplaced.one(id, at)


_Ranked = tuple[int, str, str, "_Part", int]  # rank, name, id, and the number in its part


class _Part:
    """Stations in the order of their ids."""

    def __init__(self, snapshot: IndexSnapshot) -> None:
        self._snapshot = snapshot
        self.stations = snapshot.stations
        codes = (_code(station.district) for station in self.stations)
        self._codes = np.fromiter(codes, np.int32, len(self.stations))

    def ranked(self, asked: ListingQuery) -> tuple[list[_Ranked], int]:
        """Return the first stations that pass, in order, and how many pass."""
        numbers = np.flatnonzero(self._mask(asked))
        ranks = _RANKS[self._snapshot.states(asked.at)[numbers]]
        if asked.closed_only:
            numbers, ranks = numbers[ranks == _CLOSED_RANK], ranks[ranks == _CLOSED_RANK]
        first: list[_Ranked] = []
        for rank in range(len(_RANKS)):
            alike = numbers[ranks == rank].tolist()
            best = nsmallest(asked.limit - len(first), alike, key=self.name_and_id)
            first += [(rank, *self.name_and_id(number), self, number) for number in best]
        return first, len(numbers)

    def name_and_id(self, number: int) -> tuple[str, str]:
        station = self.stations[number]
        return station.name, station.id

    def listed(self, number: int, at: datetime) -> ListedStation:
        return ListedStation(self.stations[number], self._snapshot.doors.opening(number, at))

    def after(self, asked: ListingQuery) -> Iterator[ListedStation]:
        mask = self._mask(asked)
        first = bisect_right(self.stations, asked.after, key=lambda station: station.id)
        for number in (np.flatnonzero(mask[first:]) + first).tolist():
            yield self.listed(number, asked.at)

    def one(self, id: str, at: datetime) -> ListedStation | None:
        number = bisect_right(self.stations, id, key=lambda station: station.id) - 1
        if number < 0 or self.stations[number].id != id:
            return None
        return self.listed(number, at)

    def _mask(self, asked: ListingQuery) -> Mask:
        mask = CandidateSearch(self._snapshot, NearestQuery(asked.at, filters=asked.filters)).passing_mask()
        return mask if asked.district is None else mask & self._in_district(asked.district)

    def _in_district(self, code: str) -> Mask:
        from geo.districts import area_code_prefix

        prefix = area_code_prefix(code)
        return np.asarray(self._codes // 10 ** (_DIGITS - len(prefix)) == int(prefix))


def _unplaced(stations: Sequence[Station], live: Mapping[str, LiveSummary]) -> IndexSnapshot:
    """Return a snapshot of stations without points, as an index has one of the placed stations."""
    usable = (live[one.id].without_broken_facilities(one) if one.id in live else one for one in stations)
    in_order = tuple(sorted(usable, key=lambda station: station.id))
    spells = {station.id: live[station.id].spells for station in in_order if station.id in live}
    doors = StationSchedules.from_stations(in_order).with_spells(spells)
    nowhere = np.zeros((len(in_order), 2))
    return IndexSnapshot(
        in_order, StaticStations(nowhere, StationColumns.from_stations(in_order)), doors, live
    )


def _code(district: str | None) -> int:
    return int(district) if district and district.isdecimal() and len(district) == _DIGITS else _NO_CODE


_ACROSS = 16  # most cells along the longer side: small enough for a phone, large enough to tap
_FINEST_DEG = 2.0**-12  # 27 m; a smaller cell shows no more than its stations
_OPEN = 1  # as `StationIndex.states` writes it


@dataclass(frozen=True, slots=True)
class Box:
    """A bounding box in degrees; it crosses the 180th meridian if west > east (RFC 7946, 5.2)."""

    west: float
    south: float
    east: float
    north: float

    @property
    def width(self) -> float:
        return self.east - self.west if self.west <= self.east else self.east - self.west + 360

    @property
    def height(self) -> float:
        return self.north - self.south

    def contains(self, points: Floats) -> Mask:
        """Return which points lie in the box, its edges included. *Shape*: (n, 2), lon, lat, to (n,)."""
        lon, lat = points[:, 0], points[:, 1]
        east_of_west, west_of_east = lon >= self.west, lon <= self.east
        across = east_of_west | west_of_east if self.west > self.east else east_of_west & west_of_east
        return np.asarray(across & (lat >= self.south) & (lat <= self.north))

    def with_margin(self, degrees: float) -> "Box":
        """Return the box with a margin, as wide as the Earth at most."""
        if self.width + 2 * degrees >= 360:
            west, east = -180.0, 180.0
        else:
            west, east = _on_earth(self.west - degrees), _on_earth(self.east + degrees)
        return Box(west, max(self.south - degrees, -90.0), east, min(self.north + degrees, 90.0))


@dataclass(frozen=True, slots=True)
class StationCluster:
    """The stations of a grid cell: their mean position, how many there are, and how many are open."""

    lon: float
    lat: float
    count: int
    open: int


def grid_cell_deg(box: Box) -> float:
    """Return the side of a grid cell. *Units*: degrees.

    It is a power of two, so that the cells stay the same when the map is moved.
    """
    longer = max(box.width, box.height, _FINEST_DEG * _ACROSS)
    return float(2.0 ** ceil(log2(longer / _ACROSS)))


def count_by_grid_cell(points: Floats, states: NDArray[np.int8], box: Box) -> list[StationCluster]:
    """Count stations by grid cell, from west to east and south to north; empty cells are left out.

    *Shape*: ``points`` (n, 2), lon, lat, all of them in the box; ``states`` (n,): 0 closed, 1 open, 2
    unknown.
    """
    if not len(points):
        return []
    side = grid_cell_deg(box)
    lon = np.where(points[:, 0] < box.west, points[:, 0] + 360, points[:, 0])
    column = np.floor(lon / side).astype(np.intp) - floor(box.west / side)
    row = np.floor(points[:, 1] / side).astype(np.intp) - floor(box.south / side)
    number = column * (int(row.max()) + 1) + row
    count = np.bincount(number)
    is_open = np.bincount(number, states == _OPEN)
    filled = np.flatnonzero(count)
    lons = np.bincount(number, lon)[filled] / count[filled]
    lats = np.bincount(number, points[:, 1])[filled] / count[filled]
    return [
        StationCluster(round(_on_earth(east), 6), round(north, 6), many, int(opened))
        for east, north, many, opened in zip(
            lons.tolist(), lats.tolist(), count[filled].tolist(), is_open[filled].tolist(), strict=True
        )
    ]


def _on_earth(lon: float) -> float:
    return lon - 360 if lon > 180 else lon + 360 if lon < -180 else lon
