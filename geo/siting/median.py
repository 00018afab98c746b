"""The reduced p-median task, with its worths, dual prices and mixed-integer model."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

from geo.siting.duals import BoundProof
from geo.siting.highs import MipModel
from geo.siting.merging import free_site_pairs
from geo.siting.problem import Distances, Floats, Ints, Mask, SitingTask
from geo.siting.restrictions import (
    Restrictions,
    block_matrix,
    build_restrictions,
    distinct_positions,
    free_sites,
    pair_positions,
    row_of_pairs,
)

if TYPE_CHECKING:
    from geo.siting.restrictions import Matrix


@dataclass(frozen=True, slots=True, eq=False)
class MedianCore:
    """The pairs of a demand and a free site that is nearer than the demand's nearest fixed site.

    Pairs are sorted by demand, then by distance. ``row``, ``site``, ``metres`` (pairs,); ``already_m`` (r,)
    is the distance to the nearest fixed site, or infinite.
    """

    free: Ints
    weights: Floats
    starts: Ints
    row: Ints
    site: Ints
    metres: Floats
    already_m: Floats
    limits: Restrictions

    @property
    def sites(self) -> int:
        return len(self.free)


def build_median_core(task: SitingTask) -> MedianCore:
    data = task.data
    assert isinstance(data, Distances)
    free = free_sites(task.limits, data.sites)
    already = _already_m(task, data)
    left = np.flatnonzero(data.weights > 0)
    pairs, row, site = free_site_pairs(data, free, left)
    metres = data.metres[pairs]
    nearer = metres < already[left][row]
    row, site, metres = row[nearer], site[nearer], metres[nearer]
    order = np.lexsort((site, metres, row))
    starts = np.concatenate(([0], np.cumsum(np.bincount(row, minlength=len(left))))).astype(np.int64)
    return MedianCore(
        free=free,
        weights=data.weights[left],
        starts=starts,
        row=row[order],
        site=site[order],
        metres=metres[order],
        already_m=already[left],
        limits=build_restrictions(task.limits, free, data.sites),
    )


def _already_m(task: SitingTask, data: Distances) -> Floats:
    there = task.limits.fixed_mask(data.sites)[data.site_of]
    already = np.full(len(data.weights), np.inf)
    np.minimum.at(already, row_of_pairs(data.starts)[there], data.metres[there])
    return already


class MedianWorth:
    """Minus demand × metres to the nearest open site; an unserved demand counts as very far away."""

    def __init__(self, core: MedianCore) -> None:
        self._core = core
        already = core.already_m[np.isfinite(core.already_m)]
        self.far_m = 10.0 * max(core.metres.max(initial=0.0), already.max(initial=0.0)) + 1.0
        self._always = np.minimum(core.already_m, self.far_m)
        by_site = np.argsort(core.site, kind="stable")
        self._of_site = by_site
        self._site_starts = np.concatenate(([0], np.cumsum(np.bincount(core.site, minlength=core.sites))))
        self._open: Mask = np.zeros(core.sites, dtype=bool)
        rows = len(core.weights)
        self.first_m, self.second_m = self._always.copy(), self._always.copy()
        self._first, self._second = np.full(rows, -1), np.full(rows, -1)
        self._gains: Floats = self._saved(np.arange(rows), self._always)

    @property
    def total(self) -> float:
        return -float(self._core.weights @ self.first_m)

    @property
    def is_whole(self) -> bool:
        return bool((self.first_m < self.far_m).all())

    @property
    def gains(self) -> Floats:
        return self._gains

    def gains_without(self, gone: int) -> Floats:
        rows = np.flatnonzero(self._first == gone)
        more = self._saved(rows, self.second_m) - self._saved(rows, self.first_m)
        return np.asarray(self._gains + more - self.loss(gone))

    def loss(self, gone: int) -> float:
        rows = np.flatnonzero(self._first == gone)
        return float(self._core.weights[rows] @ (self.second_m[rows] - self.first_m[rows]))

    def add(self, site: int) -> None:
        self._open[site] = True
        self._update_nearest(self._rows(site))

    def drop(self, site: int) -> None:
        self._open[site] = False
        self._update_nearest(np.flatnonzero((self._first == site) | (self._second == site)))

    def affected_sites(self, site: int) -> Ints:
        pairs = pair_positions(self._core.starts, self._rows(site))
        return distinct_positions(self._core.site[pairs], self._core.sites)

    def _rows(self, site: int) -> Ints:
        return self._core.row[self._of_site[self._site_starts[site] : self._site_starts[site + 1]]]

    def _saved(self, rows: Ints, beside_m: Floats) -> Floats:
        """Return what each site would save of these demands if they were now served from these distances."""
        core = self._core
        pairs = pair_positions(core.starts, rows)
        row = core.row[pairs]
        saved = core.weights[row] * np.maximum(beside_m[row] - core.metres[pairs], 0.0)
        return np.asarray(np.bincount(core.site[pairs], saved, minlength=core.sites), dtype=np.float64)

    def _update_nearest(self, rows: Ints) -> None:
        """Recompute the two nearest open sites of some demands, and update the gains."""
        core = self._core
        before = self._saved(rows, self.first_m)
        pairs = pair_positions(core.starts, rows)
        pairs = pairs[self._open[core.site[pairs]]]  # still nearest first
        row = core.row[pairs]
        for metres, site in ((self.first_m, self._first), (self.second_m, self._second)):
            metres[rows], site[rows] = self._always[rows], -1
        is_first = np.ones(len(row), dtype=bool)
        is_first[1:] = row[1:] != row[:-1]
        is_second = np.zeros(len(row), dtype=bool)
        is_second[1:] = is_first[:-1] & ~is_first[1:]
        for metres, site, which in (
            (self.first_m, self._first, is_first),
            (self.second_m, self._second, is_second),
        ):
            metres[row[which]], site[row[which]] = core.metres[pairs[which]], core.site[pairs[which]]
        self._gains += self._saved(rows, self.first_m) - before


class MedianDual:
    """Service prices: a demand pays each site that is cheaper than its price the difference."""

    def __init__(self, core: MedianCore, worth: MedianWorth) -> None:
        self.limits = core.limits
        self._core, self._worth = core, worth
        self.pair_cost: Floats = core.weights[core.row] * core.metres
        self.highest: Floats = core.weights * core.already_m

    def start(self) -> Floats:
        """Return the mean of the costs from the nearest and second nearest open site of the current plan."""
        worth = self._worth
        next_m = np.where(worth.second_m < worth.far_m, worth.second_m, worth.first_m)
        return np.asarray(self._core.weights * (worth.first_m + next_m) / 2)

    def constant(self, at: Floats) -> float:
        return -float(at.sum())

    def benefits(self, at: Floats) -> Floats:
        core = self._core
        saved = np.maximum(at[core.row] - self.pair_cost, 0.0)
        return np.asarray(np.bincount(core.site, saved, minlength=core.sites), dtype=np.float64)

    def slope(self, at: Floats, share: Floats) -> Floats:
        core = self._core
        served = np.where(self.pair_cost < at[core.row], share[core.site], 0.0)
        return np.asarray(np.bincount(core.row, served, minlength=len(at)) - 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class DistanceSteps:
    """For each demand, the distances at which a further site comes within reach, nearest first.

    *Shape*: ``row``, ``metres``, ``is_first``, ``is_last`` (steps,); ``of_pair``, ``site`` (pairs
    included,).
    """

    row: Ints
    metres: Floats
    is_first: Mask
    is_last: Mask
    of_pair: Ints
    site: Ints

    @classmethod
    def from_pairs(cls, core: MedianCore, pairs: Ints) -> "DistanceSteps":
        row, metres = core.row[pairs], core.metres[pairs]
        is_new = np.ones(len(row), dtype=bool)
        is_new[1:] = (row[1:] != row[:-1]) | (metres[1:] != metres[:-1])
        step_row = row[is_new]
        is_last = np.ones(len(step_row), dtype=bool)
        is_last[:-1] = step_row[1:] != step_row[:-1]
        is_first = np.ones(len(step_row), dtype=bool)
        is_first[1:] = is_last[:-1]
        of_pair = np.asarray(np.cumsum(is_new) - 1, dtype=np.int64)
        return cls(step_row, metres[is_new], is_first, is_last, of_pair, core.site[pairs])

    def __len__(self) -> int:
        return len(self.row)


def build_median_model(
    core: MedianCore, dual: MedianDual, lower: Floats, upper: Floats, proof: BoundProof, known: float
) -> MipModel:
    """Build the model over distance steps.

    A variable for each demand and step says that no site is open that near. Pairs that no plan of more than
    the ``known`` worth uses are left out. *Source*: Cornuéjols, Nemhauser, Wolsey, A canonical
    representation of simple plant location problems, SIAM J. Alg. Disc. Meth. 1 (1980).
    """
    excess = proof.bound - known + 1e-9 * abs(known)
    steps = DistanceSteps.from_pairs(core, np.flatnonzero(dual.pair_cost - proof.at[core.row] <= excess))
    # The last step of a demand without a fixed site has no variable: a site must be open within it.
    kept = np.flatnonzero(~steps.is_last | np.isfinite(core.already_m)[steps.row])
    alone = np.setdiff1d(np.arange(len(core.weights)), steps.row)
    # infinite where a demand has no site left to serve it
    settled = core.weights[alone] @ core.already_m[alone]
    nearest = core.weights[steps.row[steps.is_first]] @ steps.metres[steps.is_first]
    return MipModel(
        worth=np.concatenate((np.zeros(core.sites), -_further(core, steps)[kept])),
        constant=-float(nearest + settled) if np.isfinite(settled) else 0.0,
        lower=np.concatenate((lower, np.zeros(len(kept)))),
        upper=np.concatenate((upper if np.isfinite(settled) else lower - 1, np.ones(len(kept)))),
        rows=block_matrix([[*_step_rows(core, steps, kept)], [core.limits.rows, None]]),
        row_lower=np.concatenate((steps.is_first.astype(np.float64), core.limits.lower)),
        row_upper=np.concatenate((np.full(len(steps), np.inf), core.limits.upper)),
        sites=core.sites,
    )


def _further(core: MedianCore, steps: DistanceSteps) -> Floats:
    """Return the cost of having no open site within a step: the distance to the next step or fixed site."""
    next_m = np.where(steps.is_last, core.already_m[steps.row], np.append(steps.metres[1:], 0.0))
    return np.asarray(core.weights[steps.row] * (next_m - steps.metres))


def _step_rows(core: MedianCore, steps: DistanceSteps, kept: Ints) -> "tuple[Matrix, Matrix]":
    """Return the sites that come within each step, and its own variable minus that of the step before."""
    variable = np.full(len(steps), -1, dtype=np.int64)
    variable[kept] = np.arange(len(kept))
    after = np.flatnonzero(~steps.is_first)
    shape = (len(steps), len(kept))
    near = csr_array((np.ones(len(steps.site)), (steps.of_pair, steps.site)), shape=(len(steps), core.sites))
    data = np.concatenate((np.ones(len(kept)), -np.ones(len(after))))
    rows = np.concatenate((kept, after))
    return near, csr_array((data, (rows, np.concatenate((variable[kept], variable[after - 1])))), shape=shape)
