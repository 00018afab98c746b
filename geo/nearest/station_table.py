"""Where stations are and what they are: everything about them that no clock changes."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from geo.geodesy import Floats
from geo.nearest.filter_columns import Columns, Mask
from geo.nearest.filters import Sieve
from geo.nearest.point_tree import MISSING, Indices, Sites

_KEPT_MASKS = 64
_KEPT_TREES = 16
EVERYTHING = Sieve()


@dataclass(frozen=True, slots=True)
class Passing:
    """Which stations pass a sieve, and what part of all they are. *Shape*: (n,)."""

    mask: Mask
    share: float


@dataclass(frozen=True, slots=True)
class Below:
    """What a ground was before some stations changed, and where its stations stand now."""

    ground: "Ground"
    positions: Indices
    added: Indices


class Ground:
    """Immutable to the outside; masks and trees are made when first asked for, and kept.

    *Shape*: ``points`` is (n, 2), lon, lat. *CRS*: WGS84.
    """

    __slots__ = ("_below", "_everywhere", "columns", "passing", "points", "sites")

    def __init__(self, points: Floats, columns: Columns, below: Below | None = None) -> None:
        self.points = points
        self.columns = columns
        self._below = below
        self._everywhere: Sites | None = None
        self.passing = lru_cache(maxsize=_KEPT_MASKS)(self._passing)
        self.sites = lru_cache(maxsize=_KEPT_TREES)(self._sites)

    def __len__(self) -> int:
        return len(self.points)

    def changed(self, more: "Ground", order: Indices) -> "Ground":
        """This ground and then ``more`` of it, rearranged: ``order`` names the rows that remain.

        The trees of old are kept, and a small one for what is new is put beside each when it is asked for.
        """
        positions = np.full(len(self) + len(more), MISSING, dtype=np.intp)
        positions[order] = np.arange(len(order))
        below = Below(self, positions[: len(self)], positions[len(self) :])
        points = np.concatenate((self.points, more.points))[order]
        return Ground(points, self.columns.rearranged(more.columns, order), below)

    @property
    def everywhere(self) -> Sites:
        """All places; without asking the cache, which costs as much as a search."""
        if self._everywhere is None:
            self._everywhere = self.sites(EVERYTHING)
        return self._everywhere

    def sites_of(self, mask: Mask) -> Sites:
        """A tree for just these stations."""
        return Sites.of(self.points, np.flatnonzero(mask))

    def _passing(self, sieve: Sieve) -> Passing:
        mask = self.columns.passing(sieve)
        mask.setflags(write=False)
        return Passing(mask, float(mask.mean()) if mask.size else 0.0)

    def _sites(self, sieve: Sieve) -> Sites:
        mask = self.passing(sieve).mask
        if self._below is None:
            return self.sites_of(mask)
        added = self._below.added
        return self._below.ground.sites(sieve).changed(self._below.positions, self.points, added[mask[added]])
