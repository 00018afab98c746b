"""What opening, closing or swapping a site is worth, updated at every step."""

from typing import Protocol

import numpy as np

from geo.siting.limits import Ints
from geo.siting.merging import CoverCore
from geo.siting.problem import Floats
from geo.siting.sparse import column_indices, distinct_positions, multiply, pair_positions, row_starts


class PlanWorth(Protocol):
    """The worth of a plan; more is better.

    Vectors are over the free sites; their values for open sites have no meaning.
    """

    @property
    def total(self) -> float: ...

    @property
    def is_whole(self) -> bool:
        """Whether every demand that must be served is served."""

    @property
    def gains(self) -> Floats:
        """What each site would add."""

    def gains_without(self, gone: int) -> Floats:
        """Return what each site would add in place of an open one, minus the loss of that one."""

    def loss(self, gone: int) -> float: ...

    def add(self, site: int) -> None: ...

    def drop(self, site: int) -> None: ...

    def affected_sites(self, site: int) -> Ints:
        """Return the sites, open or closed, whose worth depends on this one."""


class CoverWorth:
    """Covered weight minus the cost of the open sites.

    In a greedy run each row is newly covered once, so all updates together cost one pass over the matrix.
    """

    def __init__(self, core: CoverCore, weights: Floats, cost: Floats, base: float) -> None:
        self._weights, self._cost = weights, cost
        self._row_starts, self._row_sites = row_starts(core.rows), column_indices(core.rows)
        self._site_starts, self._site_rows = row_starts(core.columns), column_indices(core.columns)
        self._times: Ints = np.zeros(len(weights), dtype=np.int64)
        self._gains: Floats = multiply(core.columns, weights) - cost
        self._total = base
        self._is_asked_whole = base < 0

    @classmethod
    def for_most_covered(cls, core: CoverCore) -> "CoverWorth":
        return cls(core, core.weights, np.zeros(core.sites), core.base)

    @classmethod
    def for_all_covered(cls, core: CoverCore, cost: Floats) -> "CoverWorth":
        """Build the worth in which an uncovered demand costs more than all sites together."""
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

    def affected_sites(self, site: int) -> Ints:
        pairs = pair_positions(self._row_starts, self._of(site))
        return distinct_positions(self._row_sites[pairs], len(self._gains))

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
        sites = self._row_sites[pair_positions(starts, rows)]
        return sites, np.repeat(self._weights[rows], starts[rows + 1] - starts[rows])
