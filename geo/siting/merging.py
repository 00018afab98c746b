"""Reduce a covering task: remove fixed sites and what they cover, merge demands with equal cover sets, and leave
out demands that are covered with another one.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from geo.siting.problem import Cover, Distances, Floats, Ints, Mask, SitingTask
from geo.siting.restrictions import (
    Restrictions,
    build_restrictions,
    column_indices,
    distinct_positions,
    free_sites,
    multiply,
    ones_matrix,
    pair_positions,
    row_of_pairs,
    row_starts,
    transpose,
)

if TYPE_CHECKING:
    from geo.siting.restrictions import Matrix


_MOST_PAIRS = 2_000_000  # pairs of demands with a common site that are compared: at most 50 MB


@dataclass(frozen=True, slots=True, eq=False)
class CoverCore:
    """The part of a covering task that is still to be decided.

    ``free`` are the positions of the sites that may be chosen, in column order; ``rows`` (r, free) are the
    remaining demands, with equal cover sets merged; ``columns`` is the same by site; ``base`` is the
    weight that the fixed sites cover. Where all demands must be covered, those that another one implies are left
    out.
    """

    free: Ints
    weights: Floats
    rows: "Matrix"
    columns: "Matrix"
    base: float
    limits: Restrictions

    @property
    def sites(self) -> int:
        return len(self.free)


def build_cover_core(task: SitingTask, cover: Cover) -> CoverCore:
    """Build the core of a covering task, or of a task solved through covering (p-centre)."""
    free = free_sites(task.limits, cover.sites)
    covered = served_by_fixed(task, cover)
    left = ~covered & ((cover.weights > 0) | (not task.is_maximised))
    starts, sites = _kept(cover, free, np.flatnonzero(left))
    weights, starts, sites = _merged(cover.weights[left], starts, sites)
    rows = ones_matrix(sites, starts, len(free))
    if not task.is_maximised:
        narrowest = _find_narrowest(rows)
        weights, rows = weights[narrowest], rows[narrowest]
    return CoverCore(
        free=free,
        weights=weights,
        rows=rows,
        columns=transpose(rows),
        base=float(cover.weights[covered].sum()),
        limits=build_restrictions(task.limits, free, cover.sites),
    )


def served_by_fixed(task: SitingTask, cover: Cover | Distances) -> Mask:
    """Return which demands a fixed site serves. *Shape*: (n,)."""
    served = np.zeros(len(cover.weights), dtype=bool)
    served[row_of_pairs(cover.starts)[task.limits.fixed_mask(cover.sites)[cover.site_of]]] = True
    return served


def free_site_pairs(data: Cover | Distances, free: Ints, rows: Ints) -> tuple[Ints, Ints, Ints]:
    """Return, for some rows, the positions of their pairs with free sites, and each pair's row and site.

    Rows are numbered among ``rows``, sites among ``free``.
    """
    place = np.full(data.sites, -1, dtype=np.int64)
    place[free] = np.arange(len(free))
    pairs = pair_positions(data.starts, rows)
    row = np.repeat(np.arange(len(rows)), np.diff(data.starts)[rows])
    site = place[data.site_of[pairs]]
    there = site >= 0
    return pairs[there], row[there], site[there]


def _kept(data: Cover, free: Ints, rows: Ints) -> tuple[Ints, Ints]:
    _, row, site = free_site_pairs(data, free, rows)
    order = np.lexsort((site, row))
    starts = np.concatenate(([0], np.cumsum(np.bincount(row, minlength=len(rows)))))
    return starts.astype(np.int64), site[order]


def _merged(weights: Floats, starts: Ints, sites: Ints) -> tuple[Floats, Ints, Ints]:
    """Merge equal rows and sum their weights."""
    known: dict[bytes, int] = {}
    bounds = starts.tolist()
    of = np.array(
        [
            known.setdefault(sites[bounds[i] : bounds[i + 1]].tobytes(), len(known))
            for i in range(len(weights))
        ],
        dtype=np.int64,
    )
    first = np.unique(of, return_index=True)[1] if len(of) else of
    summed = np.asarray(np.bincount(of, weights, minlength=len(known)), dtype=np.float64)
    length = np.diff(starts)[first]
    kept = np.concatenate(([0], np.cumsum(length))).astype(np.int64)
    return summed, kept, sites[pair_positions(starts, first)]


def _find_narrowest(rows: "Matrix") -> Ints:
    """Return the rows that contain no other row: sites that cover these cover all. Of too many rows return all."""
    width = np.diff(rows.indptr)
    if (np.bincount(rows.indices) ** 2).sum() > _MOST_PAIRS:
        return np.arange(len(width))
    common = (rows @ rows.T).tocoo()
    is_wider = (common.data == width[common.col]) & (common.row != common.col)
    return np.setdiff1d(np.arange(len(width)), common.row[is_wider])


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
