"""The station properties that filters test, as columns over all stations of an index."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from geo.nearest.filters import StaticFilters
from geo.nearest.vector_tree import Indices
from geo.station import Access, Entry, Kind, Station, Status

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
