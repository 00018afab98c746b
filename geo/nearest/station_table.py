"""The stations of an index: the columns that filters test, the places, which no instant changes, and what is open at an instant."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from geo.geodesy import Floats
from geo.hours import Opening
from geo.nearest.filters import OUT_OF_SERVICE, StaticFilters
from geo.nearest.opening_states import StationSchedules
from geo.nearest.point_tree import MISSING, Indices, SiteTree
from geo.station import Access, Entry, Kind, Station, Status
from geo.status.live import LiveSummary

Codes = NDArray[np.int8]
Mask = NDArray[np.bool_]

_Code = TypeVar("_Code", np.int8, np.int32)

_NEVER = 0  # before every ordinal of a date
_NO_NAMES: Mapping[str, int] = {}
_BITS = 64


@dataclass(frozen=True, slots=True)
class NameBitmap:
    """The names of each station, as bits.

    *Shape*: ``bits`` is (stations, words); ``place`` gives each name's bit.
    """

    place: Mapping[str, int]
    bits: NDArray[np.uint64]

    @classmethod
    def from_sets(
        cls, sets: Iterable[frozenset[str]], known: Mapping[str, int] = MappingProxyType({})
    ) -> "NameBitmap":
        """Build the bitmap of each station's names; new names get the bits after the ``known`` ones."""
        numbers: dict[frozenset[str], int] = {}  # most stations have one of a few sets
        rows = np.fromiter((numbers.setdefault(names, len(numbers)) for names in sets), dtype=np.intp)
        place = dict(known)
        for name in sorted({name for names in numbers for name in names}):
            place.setdefault(name, len(place))
        bits = np.zeros((len(numbers), -(-len(place) // _BITS)), dtype=np.uint64)
        for names, row in numbers.items():
            bits[row] = _bits_of(names, place, bits.shape[1])
        return cls(MappingProxyType(place), bits[rows])

    def has_all(self, names: frozenset[str]) -> NDArray[np.bool_]:
        """Return which stations have all of the names. *Shape*: (n,)."""
        if not names <= self.place.keys():
            return np.zeros(len(self.bits), dtype=bool)
        wanted = _bits_of(names, self.place, self.bits.shape[1])
        return np.asarray(((self.bits & wanted) == wanted).all(axis=1))

    def merge_rows(self, more: "NameBitmap", order: NDArray[np.intp]) -> "NameBitmap":
        """Return the rows of these and then of ``more``, in a new order.

        The names of ``more`` must begin with these names.
        """
        wider = more.bits.shape[1] - self.bits.shape[1]
        bits = np.pad(self.bits, ((0, 0), (0, wider))) if wider else self.bits
        return NameBitmap(more.place, np.concatenate((bits, more.bits)).take(order, axis=0))


def _bits_of(names: Iterable[str], place: Mapping[str, int], words: int) -> NDArray[np.uint64]:
    bits = np.zeros(words, dtype=np.uint64)
    for name in names:
        word, bit = divmod(place[name], _BITS)
        bits[word] |= np.uint64(1 << bit)
    return bits


@dataclass(frozen=True, slots=True)
class StationColumns:
    """One code per station and property."""

    kind: Codes
    status: Codes
    access: Codes
    entry: Codes
    verified_on: NDArray[np.int32]  # the date's ordinal
    employer: NDArray[np.int32]
    employers: Mapping[str, int]
    facilities: NameBitmap
    accepts: NameBitmap

    @classmethod
    def from_stations(
        cls, stations: Sequence[Station], like: "StationColumns | None" = None
    ) -> "StationColumns":
        """Build the columns of stations; with ``like``, names that it knows keep their codes."""
        employers = dict(like.employers) if like else {"": 0}
        codes = np.fromiter((employers.setdefault(s.employer, len(employers)) for s in stations), np.int32)
        return cls(
            kind=_codes(Kind, (s.kind for s in stations)),
            status=_codes(Status, (s.status for s in stations)),
            access=_codes(Access, (s.access for s in stations)),
            entry=_codes(Entry, (s.entry for s in stations)),
            verified_on=np.fromiter((_ordinal(s.verified_on) for s in stations), np.int32),
            employer=codes,
            employers=MappingProxyType(employers),
            facilities=NameBitmap.from_sets(
                (s.facilities for s in stations), like.facilities.place if like else _NO_NAMES
            ),
            accepts=NameBitmap.from_sets(
                (s.accepts for s in stations), like.accepts.place if like else _NO_NAMES
            ),
        )

    def merge_rows(self, more: "StationColumns", order: Indices) -> "StationColumns":
        """Return the rows of these columns and then of ``more``, in the order given.

        ``more`` must have been built by `from_stations` with these columns as ``like``.
        """
        return StationColumns(
            kind=_joined(self.kind, more.kind, order),
            status=_joined(self.status, more.status, order),
            access=_joined(self.access, more.access, order),
            entry=_joined(self.entry, more.entry, order),
            verified_on=_joined(self.verified_on, more.verified_on, order),
            employer=_joined(self.employer, more.employer, order),
            employers=more.employers,
            facilities=self.facilities.merge_rows(more.facilities, order),
            accepts=self.accepts.merge_rows(more.accepts, order),
        )

    def passing_mask(self, asked: StaticFilters) -> Mask:
        """Return which stations pass all filters that don't depend on the time of day. *Shape*: (n,)."""
        mask = _one_of(self.status, Status, asked.statuses)
        if asked.kinds:
            mask &= _one_of(self.kind, Kind, asked.kinds)
        if asked.entries:
            mask &= _one_of(self.entry, Entry, asked.entries)
        if asked.accesses or asked.employer:
            mask &= self._entering(asked)
        if asked.facilities:
            mask &= self.facilities.has_all(asked.facilities)
        if asked.benefits:
            mask &= self.accepts.has_all(asked.benefits)
        if asked.verified_since is not None:
            mask &= self.verified_on >= asked.verified_since.toordinal()
        return mask

    def _entering(self, asked: StaticFilters) -> Mask:
        """Return where the seeker is among those who may enter."""
        accesses = asked.accesses or frozenset(Access)
        if not asked.employer:
            return _one_of(self.access, Access, accesses)
        of_one_employer = _one_of(self.access, Access, {Access.EMPLOYER})
        own = self.employer == self.employers.get(asked.employer, -1)
        return np.where(of_one_employer, own, _one_of(self.access, Access, accesses))


def _joined(one: NDArray[_Code], other: NDArray[_Code], order: Indices) -> NDArray[_Code]:
    return np.concatenate((one, other)).take(order)


def _ordinal(day: date | None) -> int:
    return _NEVER if day is None else day.toordinal()


def _codes(values: type[StrEnum], column: Iterable[StrEnum]) -> Codes:
    code = {value: index for index, value in enumerate(values)}
    return np.fromiter((code[value] for value in column), dtype=np.int8)


def _one_of(column: Codes, values: type[StrEnum], chosen: Iterable[StrEnum]) -> Mask:
    wanted = set(chosen)
    return np.array([value in wanted for value in values], dtype=bool)[column]


_KEPT_MASKS = 64
_KEPT_TREES = 16
ALL_STATIONS = StaticFilters()
_IN_SERVICE = StaticFilters(statuses=frozenset({Status.ACTIVE}))  # their hours matter


@dataclass(frozen=True, slots=True)
class PassingStations:
    """Which stations pass some static filters, and their share of all stations. *Shape*: (n,)."""

    mask: Mask
    share: float


@dataclass(frozen=True, slots=True)
class EarlierStations:
    """The stations before a change, and the new positions of those stations and of the added ones."""

    ground: "StaticStations"
    positions: Indices
    added: Indices


class StaticStations:
    """The points and columns of stations; masks and trees are built on first use and cached.

    Immutable to callers. *Shape*: ``points`` is (n, 2), lon, lat. *CRS*: WGS84.
    """

    __slots__ = ("_below", "_everywhere", "columns", "in_service", "passing", "points", "sites")

    def __init__(self, points: Floats, columns: StationColumns, below: EarlierStations | None = None) -> None:
        self.points = points
        self.columns = columns
        self._below = below
        self._everywhere: SiteTree | None = None
        self.in_service = columns.passing_mask(_IN_SERVICE)
        self.passing = lru_cache(maxsize=_KEPT_MASKS)(self._passing)
        self.sites = lru_cache(maxsize=_KEPT_TREES)(self._sites)

    def __len__(self) -> int:
        return len(self.points)

    def with_changes(self, more: "StaticStations", order: Indices) -> "StaticStations":
        """Return these stations and then ``more``, rearranged: ``order`` lists the rows that remain.

        The existing trees are reused; a small tree for the new stations is put beside each when it is
        first needed.
        """
        positions = np.full(len(self) + len(more), MISSING, dtype=np.intp)
        positions[order] = np.arange(len(order))
        below = EarlierStations(self, positions[: len(self)], positions[len(self) :])
        points = np.concatenate((self.points, more.points)).take(order, axis=0)
        return StaticStations(points, self.columns.merge_rows(more.columns, order), below)

    @property
    def all_sites(self) -> SiteTree:
        """All sites, without the look-up in the cache, which costs as much as a search."""
        if self._everywhere is None:
            self._everywhere = self.sites(ALL_STATIONS)
        return self._everywhere

    def build_sites(self, mask: Mask) -> SiteTree:
        """Build a tree of only the masked stations."""
        return SiteTree.from_points(self.points, np.flatnonzero(mask))

    def _passing(self, sieve: StaticFilters) -> PassingStations:
        mask = self.columns.passing_mask(sieve)
        mask.setflags(write=False)
        return PassingStations(mask, float(mask.mean()) if mask.size else 0.0)

    def _sites(self, sieve: StaticFilters) -> SiteTree:
        mask = self.passing(sieve).mask
        if self._below is None:
            return self.build_sites(mask)
        added = self._below.added
        return self._below.ground.sites(sieve).with_changes(
            self._below.positions, self.points, added[mask[added]]
        )


@dataclass(frozen=True, slots=True)
class IndexSnapshot:
    """The data of an index at one moment, from which results are computed; all in the order of ``stations``."""

    stations: Sequence[Station]
    ground: StaticStations
    doors: StationSchedules
    live: Mapping[str, LiveSummary]

    def states(self, when: datetime) -> NDArray[np.int8]:
        """Return the states at an instant: 0 closed, 1 open, 2 unknown; out of service counts as closed.

        *Shape*: (n,), in the order of ``stations``.
        """
        return np.where(self.ground.in_service, self.doors.states(when), np.int8(0))

    def opening_at_minute(self, station: int, minute: int) -> Opening:
        """Return the opening state at a minute of `geo.hours.local_seconds`, until when, and why."""
        if self.ground.in_service[station]:  # the station itself, unlike this column, is seldom in a cache
            return self.doors.hours_at_minute(station, minute)
        return OUT_OF_SERVICE[self.stations[station].status]
