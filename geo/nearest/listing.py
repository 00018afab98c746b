"""Every station of a snapshot, placed or not: page by page by id, or open ones first, with what is asked of them."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import merge, nsmallest
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from geo.hours import Opening
from geo.nearest.candidates import Candidates
from geo.nearest.filter_columns import Columns, Mask
from geo.nearest.filters import Filters
from geo.nearest.index import StationIndex
from geo.nearest.opening_states import Doors
from geo.nearest.query import Inquiry
from geo.nearest.station_table import Ground
from geo.station import Station, Status
from geo.status.live import Live

_NO_CODE = -1
_RANKS = np.array([2, 0, 1], dtype=np.int8)  # of closed, open and unknown: open ones come first
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Page:
    """What is asked for. ``district`` is a code, of a city or a province too; ``after`` an id."""

    filters: Filters
    at: datetime
    limit: int
    district: str | None = None
    after: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """A station, and what its door says at the instant asked about."""

    station: Station
    opening: Opening


@dataclass(frozen=True, slots=True)
class OpenFirst:
    """The first of those that pass, how many pass, and the first of them that is placed."""

    first: Sequence[Listed]
    count: int
    placed: Station | None


class Listing:
    """Immutable to the outside; made for each snapshot, at the cost of a look at every station."""

    def __init__(self, index: StationIndex, stations: Sequence[Station], live: Mapping[str, Live]) -> None:
        """``stations``: all of them; those that are placed are the index's own."""
        self._placed: _Part = _Placed(index)
        self._unplaced: _Part = _Unplaced([station for station in stations if not station.is_placed], live)

    def page(self, asked: Page) -> list[Listed]:
        """The first so many after an id that pass, by id."""
        parts = (part.after(asked) for part in (self._placed, self._unplaced))
        return list(islice(merge(*parts, key=lambda listed: listed.station.id), asked.limit))

    def open_first(self, asked: Page) -> OpenFirst:
        """Those that pass, open ones first, then unknown and closed ones; then by name and id. ``after`` is let be."""
        placed, unplaced = self._placed.ranked(asked), self._unplaced.ranked(asked)
        both = merge(placed.in_order(), unplaced.in_order())  # ids differ: nothing behind them is compared
        first = [part.listed(number, asked.at) for *_, part, number in islice(both, asked.limit)]
        somewhere = self._placed.stations[placed.first[0][1]] if placed.first else None
        return OpenFirst(first, placed.count + unplaced.count, somewhere)

    def one(self, id: str, at: datetime) -> Listed | None:
        """One station by its id; None where there is none."""
        return self._placed.one(id, at) or self._unplaced.one(id, at)


@dataclass(frozen=True, slots=True)
class _Ranked:
    """The first of a part in order, each with its rank and number, and how many pass in it."""

    part: "_Part"
    first: Sequence[tuple[int, int]]
    count: int

    def in_order(self) -> "Iterator[tuple[int, str, str, _Part, int]]":
        for rank, number in self.first:
            yield rank, *self.part.name_and_id(number), self.part, number


class _Part:
    """Stations in the order of their ids."""

    stations: Sequence[Station]
    codes: NDArray[np.int32]

    def passing(self, filters: Filters, at: datetime) -> Mask:
        raise NotImplementedError

    def states(self, at: datetime) -> NDArray[np.int8]:
        """As `StationIndex.states`."""
        raise NotImplementedError

    def opening(self, number: int, at: datetime) -> Opening:
        raise NotImplementedError

    def ranked(self, asked: Page) -> _Ranked:
        numbers = np.flatnonzero(self._mask(asked))
        ranks = _RANKS[self.states(asked.at)[numbers]]
        first: list[tuple[int, int]] = []
        for rank in range(len(_RANKS)):
            alike = numbers[ranks == rank].tolist()
            best = nsmallest(asked.limit - len(first), alike, key=self.name_and_id)
            first += [(rank, number) for number in best]
        return _Ranked(self, first, len(numbers))

    def name_and_id(self, number: int) -> tuple[str, str]:
        station = self.stations[number]
        return station.name, station.id

    def listed(self, number: int, at: datetime) -> Listed:
        return Listed(self.stations[number], self.opening(number, at))

    def after(self, asked: Page) -> Iterator[Listed]:
        mask = self._mask(asked)
        first = bisect_right(self.stations, asked.after, key=lambda station: station.id)
        for number in (np.flatnonzero(mask[first:]) + first).tolist():
            yield self.listed(number, asked.at)

    def one(self, id: str, at: datetime) -> Listed | None:
        number = bisect_right(self.stations, id, key=lambda station: station.id) - 1
        if number < 0 or self.stations[number].id != id:
            return None
        return self.listed(number, at)

    def _mask(self, asked: Page) -> Mask:
        mask = self.passing(asked.filters, asked.at)
        return mask if asked.district is None else mask & self._in_district(asked.district)

    def _in_district(self, code: str) -> Mask:
        from geo.districts import prefix_of

        prefix = prefix_of(code)
        return np.asarray(self.codes // 10 ** (_DIGITS - len(prefix)) == int(prefix))


class _Placed(_Part):
    def __init__(self, index: StationIndex) -> None:
        self._index = index
        self.stations = index.stations
        self.codes = _codes(index.stations)

    def passing(self, filters: Filters, at: datetime) -> Mask:
        return self._index.passing(filters, at)

    def states(self, at: datetime) -> NDArray[np.int8]:
        return self._index.states(at)

    def opening(self, number: int, at: datetime) -> Opening:
        return self._index.opening(number, at)


class _Unplaced(_Part):
    def __init__(self, stations: Sequence[Station], live: Mapping[str, Live]) -> None:
        usable = (live[one.id].usable(one) if one.id in live else one for one in stations)
        self.stations = tuple(sorted(usable, key=lambda station: station.id))
        self.codes = _codes(self.stations)
        there = {station.id for station in self.stations}
        spells = {id: now.spells for id, now in live.items() if id in there}
        self._doors = Doors.of(self.stations).with_spells(spells)
        in_service = (station.status is Status.ACTIVE for station in self.stations)
        self._in_service = np.fromiter(in_service, np.bool_, len(self.stations))
        self._nowhere = Ground(np.zeros((len(self.stations), 2)), Columns.of(self.stations))

    def passing(self, filters: Filters, at: datetime) -> Mask:
        inquiry = Inquiry(1, at, filters, None, None)
        if not filters.ask_hours:
            return self._nowhere.passing(inquiry.sieve).mask
        return Candidates(self._nowhere, self._doors, inquiry).passing_now()

    def states(self, at: datetime) -> NDArray[np.int8]:
        return np.where(self._in_service, self._doors.states(at), np.int8(0))

    def opening(self, number: int, at: datetime) -> Opening:
        return self._doors.opening(number, at)


def _codes(stations: Sequence[Station]) -> NDArray[np.int32]:
    """Districts' codes as numbers. *Shape*: (n,)."""
    return np.fromiter((_code(station.district) for station in stations), np.int32, len(stations))


def _code(district: str | None) -> int:
    return int(district) if district and district.isdecimal() and len(district) == _DIGITS else _NO_CODE
