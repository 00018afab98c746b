"""Remember the routes of pairs, so that figures that ask for the same pairs compute each route once."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from geo.coverage.neighbours import Neighbours
from geo.coverage.reach import PairNetwork, PairRoutes
from geo.geodesy import Floats

Numbers = NDArray[np.int64]
_PLACES = 1 << 32  # a pair's key is its point's number times this, plus its place's number


@dataclass(slots=True)
class _Numbering:
    """Number positions in the order in which they are first met. *CRS*: that of the caller, lon, lat."""

    _known: NDArray[np.complex128] = field(default_factory=lambda: np.empty(0, dtype=np.complex128))
    _number: Numbers = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    def __len__(self) -> int:
        return len(self._known)

    def number(self, positions: Floats) -> Numbers:
        """Return the number of each position; new ones get the next numbers. *Shape*: (n, 2) to (n,)."""
        wanted = np.ascontiguousarray(positions, dtype=np.float64).view(np.complex128).ravel()
        new = np.setdiff1d(wanted, self._known)
        if len(new):
            numbers = np.concatenate((self._number, np.arange(len(self), len(self) + len(new))))
            known = np.concatenate((self._known, new))
            order = np.argsort(known)
            self._known, self._number = known[order], numbers[order]
        return self._number[np.searchsorted(self._known, wanted)]


@dataclass(slots=True)
class RememberedPairs:
    """A `geo.coverage.reach.PairNetwork` that asks another one for each pair once.

    It holds 24 bytes for each pair, and 25 for each point and place.
    """

    router: PairNetwork
    _points: _Numbering = field(default_factory=_Numbering)
    _places: _Numbering = field(default_factory=_Numbering)
    _keys: Numbers = field(default_factory=lambda: np.empty(0, dtype=np.int64))  # sorted
    _seconds: Floats = field(default_factory=lambda: np.empty(0))
    _metres: Floats = field(default_factory=lambda: np.empty(0))
    _off: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, dtype=bool))  # by number of the point

    @property
    def top_speed_m_per_s(self) -> float:
        return self.router.top_speed_m_per_s

    def routes_of_pairs(self, points: Floats, places: Floats, near: Neighbours) -> PairRoutes:
        """Return the route of each pair; the router is asked for those that are new.

        *Shape*: (n, 2) and (m, 2), lon, lat. *Raises*: whatever the router raises; nothing is remembered then.
        """
        point, place = self._points.number(points), self._places.number(places)
        keys = point[near.row] * _PLACES + place[near.station]
        is_new = ~self._find(keys)[1]
        if is_new.any():
            asked = near.filter_pairs(is_new)
            self._remember(keys[is_new], point, self.router.routes_of_pairs(points, places, asked))
        position, _ = self._find(keys)
        off = np.append(self._off, np.zeros(len(self._points) - len(self._off), dtype=bool))
        return PairRoutes(self._seconds[position], self._metres[position], off[point] & (near.count > 0))

    def _find(self, keys: Numbers) -> tuple[Numbers, NDArray[np.bool_]]:
        """Return where each key stands or would stand, and whether it is known. *Shape*: (n,) to twice (n,)."""
        position = np.searchsorted(self._keys, keys)
        known = np.zeros(len(keys), dtype=bool)
        inside = position < len(self._keys)
        known[inside] = self._keys[position[inside]] == keys[inside]
        return position, known

    def _remember(self, keys: Numbers, point: Numbers, found: PairRoutes) -> None:
        all_keys = np.concatenate((self._keys, keys))
        order = np.argsort(all_keys, kind="stable")
        self._keys = all_keys[order]
        self._seconds = np.concatenate((self._seconds, found.seconds))[order]
        self._metres = np.concatenate((self._metres, found.metres))[order]
        off = np.append(self._off, np.zeros(len(self._points) - len(self._off), dtype=bool))
        off[point[found.off_network]] = True
        self._off = off
