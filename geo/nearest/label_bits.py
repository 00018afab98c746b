"""Which of many names each station bears (facilities, benefits): one bit a name."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

_BITS = 64


@dataclass(frozen=True, slots=True)
class Marks:
    """*Shape*: ``bits`` is (stations, words); ``place`` gives each name's bit."""

    place: Mapping[str, int]
    bits: NDArray[np.uint64]

    @classmethod
    def of(cls, sets: Iterable[frozenset[str]], known: Mapping[str, int] = MappingProxyType({})) -> "Marks":
        """The names of each station; new ones get the bits after those that are ``known``."""
        numbers: dict[frozenset[str], int] = {}  # most stations bear one of a few sets
        rows = np.fromiter((numbers.setdefault(names, len(numbers)) for names in sets), dtype=np.intp)
        place = dict(known)
        for name in sorted({name for names in numbers for name in names}):
            place.setdefault(name, len(place))
        bits = np.zeros((len(numbers), -(-len(place) // _BITS)), dtype=np.uint64)
        for names, row in numbers.items():
            bits[row] = _word(names, place, bits.shape[1])
        return cls(MappingProxyType(place), bits[rows])

    def bear_all(self, names: frozenset[str]) -> NDArray[np.bool_]:
        """Which stations bear all of the names. *Shape*: (n,)."""
        if not names <= self.place.keys():
            return np.zeros(len(self.bits), dtype=bool)
        wanted = _word(names, self.place, self.bits.shape[1])
        return np.asarray(((self.bits & wanted) == wanted).all(axis=1))

    def rearranged(self, more: "Marks", order: NDArray[np.intp]) -> "Marks":
        """The rows of these and then of ``more``, whose names begin with these names, in a new order."""
        wider = more.bits.shape[1] - self.bits.shape[1]
        bits = np.pad(self.bits, ((0, 0), (0, wider))) if wider else self.bits
        return Marks(more.place, np.concatenate((bits, more.bits))[order])


def _word(names: Iterable[str], place: Mapping[str, int], words: int) -> NDArray[np.uint64]:
    bits = np.zeros(words, dtype=np.uint64)
    for name in names:
        word, bit = divmod(place[name], _BITS)
        bits[word] |= np.uint64(1 << bit)
    return bits
