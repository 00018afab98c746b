"""What opening, closing or exchanging a site is worth, kept up with every step."""

from typing import Protocol

import numpy as np

from geo.siting.limits import Ints
from geo.siting.merging import Core
from geo.siting.problem import Floats
from geo.siting.sparse import distinct, indices_of, pairs_of, starts_of, times


class Worth(Protocol):
    """More is better; vectors are over the free sites, and what they say of open sites means nothing."""

    @property
    def total(self) -> float: ...

    @property
    def is_whole(self) -> bool:
        """Whether every demand is served that must be."""

    @property
    def gains(self) -> Floats:
        """What each site would add."""

    def gains_without(self, gone: int) -> Floats:
        """What each site would add in the place of an open one, whose loss is taken off."""

    def loss(self, gone: int) -> float: ...

    def add(self, site: int) -> None: ...

    def drop(self, site: int) -> None: ...

    def touched(self, site: int) -> Ints:
        """Open or closed sites whose worth depends on this one."""


class CoverWorth:
    """Covered weight less the cost of the open sites. In a greedy run each row is newly covered once: all of
    it costs one pass over the matrix.
    """

    def __init__(self, core: Core, weights: Floats, cost: Floats, base: float) -> None:
        self._weights, self._cost = weights, cost
        self._row_starts, self._row_sites = starts_of(core.rows), indices_of(core.rows)
        self._site_starts, self._site_rows = starts_of(core.columns), indices_of(core.columns)
        self._times: Ints = np.zeros(len(weights), dtype=np.int64)
        self._gains: Floats = times(core.columns, weights) - cost
        self._total = base
        self._is_asked_whole = base < 0

    @classmethod
    def most_covered(cls, core: Core) -> "CoverWorth":
        return cls(core, core.weights, np.zeros(core.sites), core.base)

    @classmethod
    def all_covered(cls, core: Core, cost: Floats) -> "CoverWorth":
        """A demand left over costs more than all sites together."""
        each = float(np.ceil(cost.sum())) + 1.0
        rows = len(core.weights)
        return cls(core, np.full(rows, each), cost, -each * rows)

    @property
    def total(self) -> float:
        return self._total

    @property
    def is_whole(self) -> bool:
        return not self._is_asked_whole or bool((self._times > 0).all())

    @property
    def gains(self) -> Floats:
        return self._gains

    def gains_without(self, gone: int) -> Floats:
        alone = self._only(gone)
        sites, weights = self._spread(alone)
        gains = self._gains + np.bincount(sites, weights, minlength=len(self._gains))
        return np.asarray(gains - self.loss(gone))

    def loss(self, gone: int) -> float:
        return float(self._weights[self._only(gone)].sum() - self._cost[gone])

    def add(self, site: int) -> None:
        rows = self._of(site)
        self._change(rows[self._times[rows] == 0], -1.0)
        self._times[rows] += 1
        self._total -= self._cost[site]

    def drop(self, site: int) -> None:
        rows = self._of(site)
        self._times[rows] -= 1
        self._total += self._cost[site]
        self._change(rows[self._times[rows] == 0], 1.0)

    def touched(self, site: int) -> Ints:
        pairs = pairs_of(self._row_starts, self._of(site))
        return distinct(self._row_sites[pairs], len(self._gains))

    def _change(self, rows: Ints, sign: float) -> None:
        sites, weights = self._spread(rows)
        self._gains += sign * np.bincount(sites, weights, minlength=len(self._gains))
        self._total -= sign * float(self._weights[rows].sum())

    def _only(self, site: int) -> Ints:
        rows = self._of(site)
        return np.asarray(rows[self._times[rows] == 1])

    def _of(self, site: int) -> Ints:
        return self._site_rows[self._site_starts[site] : self._site_starts[site + 1]]

    def _spread(self, rows: Ints) -> tuple[Ints, Floats]:
        starts = self._row_starts
        sites = self._row_sites[pairs_of(starts, rows)]
        return sites, np.repeat(self._weights[rows], starts[rows + 1] - starts[rows])
