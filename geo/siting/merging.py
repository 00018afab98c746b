"""A covering task without what is settled: fixed sites, what they cover, and demands that are alike."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from geo.siting.limits import Ints
from geo.siting.problem import Cover, Distances, Floats, Mask, Task
from geo.siting.restrictions import Restrictions, free_sites, restrictions
from geo.siting.sparse import ones, pairs_of, row_of_pairs, transposed

if TYPE_CHECKING:
    from geo.siting.sparse import Matrix


@dataclass(frozen=True, slots=True, eq=False)
class Core:
    """What is left to decide.

    ``free`` are the positions of the sites that may be chosen, in the order of columns; ``rows`` (r,
    free) the demands that are left, those with equal cover sets made one, ``columns`` the same by
    site; ``base`` is the weight that the fixed sites cover.
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

    @property
    def most(self) -> float:
        """What all free sites together would cover."""
        return self.base + float(self.weights.sum())


def core_of(task: Task, cover: Cover) -> Core:
    """The core of a covering task, or of one that asks which of its pairs cover."""
    free = free_sites(task.limits, cover.sites)
    covered = served_by_fixed(task, cover)
    left = ~covered & ((cover.weights > 0) | (not task.is_maximised))
    starts, sites = _kept(cover, free, np.flatnonzero(left))
    weights, starts, sites = _merged(cover.weights[left], starts, sites)
    rows = ones(sites, starts, len(free))
    return Core(
        free=free,
        weights=weights,
        rows=rows,
        columns=transposed(rows),
        base=float(cover.weights[covered].sum()),
        limits=restrictions(task.limits, free, cover.sites),
    )


def served_by_fixed(task: Task, cover: Cover | Distances) -> Mask:
    """The demands that a fixed site serves. *Shape*: (n,)."""
    is_fixed = np.zeros(cover.sites + 1, dtype=bool)
    is_fixed[sorted(task.limits.fixed)] = True
    served = np.zeros(len(cover.weights), dtype=bool)
    served[row_of_pairs(cover.starts)[is_fixed[cover.site_of]]] = True
    return served


def kept_pairs(data: Cover | Distances, free: Ints, rows: Ints) -> tuple[Ints, Ints, Ints]:
    """Of some rows the pairs with free sites: where they stand, their row and site, numbered among these."""
    place = np.full(data.sites, -1, dtype=np.int64)
    place[free] = np.arange(len(free))
    pairs = pairs_of(data.starts, rows)
    row = np.repeat(np.arange(len(rows)), np.diff(data.starts)[rows])
    site = place[data.site_of[pairs]]
    there = site >= 0
    return pairs[there], row[there], site[there]


def _kept(data: Cover, free: Ints, rows: Ints) -> tuple[Ints, Ints]:
    _, row, site = kept_pairs(data, free, rows)
    order = np.lexsort((site, row))
    starts = np.concatenate(([0], np.cumsum(np.bincount(row, minlength=len(rows)))))
    return starts.astype(np.int64), site[order]


def _merged(weights: Floats, starts: Ints, sites: Ints) -> tuple[Floats, Ints, Ints]:
    """Rows that are alike as one with their weights summed."""
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
    return summed, kept, sites[pairs_of(starts, first)]
