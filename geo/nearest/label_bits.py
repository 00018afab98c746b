"""Bitmaps of names per station (facilities, benefits): one bit a name."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

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
        return NameBitmap(more.place, np.concatenate((bits, more.bits))[order])


def _bits_of(names: Iterable[str], place: Mapping[str, int], words: int) -> NDArray[np.uint64]:
    bits = np.zeros(words, dtype=np.uint64)
    for name in names:
        word, bit = divmod(place[name], _BITS)
        bits[word] |= np.uint64(1 << bit)
    return bits
