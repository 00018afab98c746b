"""A p-median task without what is settled, its worths, prices and programme."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

from geo.siting.duals import Proof
from geo.siting.limits import Ints
from geo.siting.merging import kept_pairs
from geo.siting.model import Model
from geo.siting.problem import Distances, Floats, Mask, Task
from geo.siting.restrictions import Restrictions, free_sites, restrictions
from geo.siting.sparse import distinct, of_blocks, pairs_of, row_of_pairs

if TYPE_CHECKING:
    pass

if TYPE_CHECKING:
    from geo.siting.sparse import Matrix


@dataclass(frozen=True, slots=True, eq=False)
class MedianCore:
    """Pairs of demands and free sites that are nearer than the nearest fixed one, demand by demand, nearest
    first. ``row``, ``site``, ``metres`` (pairs,); ``already_m`` (r,) to the nearest fixed site or infinite.
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


def median_core(task: Task) -> MedianCore:
    data = task.data
    assert isinstance(data, Distances)
    free = free_sites(task.limits, data.sites)
    already = _already_m(task, data)
    left = np.flatnonzero(data.weights > 0)
    pairs, row, site = kept_pairs(data, free, left)
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
        limits=restrictions(task.limits, free, data.sites),
    )


def _already_m(task: Task, data: Distances) -> Floats:
    fixed = np.zeros(data.sites + 1, dtype=bool)
    fixed[sorted(task.limits.fixed)] = True
    there = fixed[data.site_of]
    already = np.full(len(data.weights), np.inf)
    np.minimum.at(already, row_of_pairs(data.starts)[there], data.metres[there])
    return already


class MedianWorth:
    """Minus demand × metres to the nearest open site; who is served by nobody counts as very far away."""

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
        self._look_again(self._rows(site))

    def drop(self, site: int) -> None:
        self._open[site] = False
        self._look_again(np.flatnonzero((self._first == site) | (self._second == site)))

    def touched(self, site: int) -> Ints:
        pairs = pairs_of(self._core.starts, self._rows(site))
        return distinct(self._core.site[pairs], self._core.sites)

    def _rows(self, site: int) -> Ints:
        return self._core.row[self._of_site[self._site_starts[site] : self._site_starts[site + 1]]]

    def _saved(self, rows: Ints, beside_m: Floats) -> Floats:
        """What each site would save of these demands, were they served at these metres."""
        core = self._core
        pairs = pairs_of(core.starts, rows)
        row = core.row[pairs]
        saved = core.weights[row] * np.maximum(beside_m[row] - core.metres[pairs], 0.0)
        return np.asarray(np.bincount(core.site[pairs], saved, minlength=core.sites), dtype=np.float64)

    def _look_again(self, rows: Ints) -> None:
        """The two nearest open sites of some demands afresh, and what follows for gains."""
        core = self._core
        before = self._saved(rows, self.first_m)
        pairs = pairs_of(core.starts, rows)
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
    """Prices of being served: a demand pays, to each site that is cheaper than its price, the difference."""

    def __init__(self, core: MedianCore, worth: MedianWorth) -> None:
        self.limits = core.limits
        self._core, self._worth = core, worth
        self.pair_cost: Floats = core.weights[core.row] * core.metres
        self.highest: Floats = core.weights * core.already_m

    def start(self) -> Floats:
        """Between what the nearest and the next open site of the plan at hand cost."""
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
class Steps:
    """For each demand the distances at which a further site comes within reach, nearest first.

    *Shape*: ``row``, ``metres``, ``is_first``, ``is_last`` (steps,); ``of_pair``, ``site`` (pairs kept,).
    """

    row: Ints
    metres: Floats
    is_first: Mask
    is_last: Mask
    of_pair: Ints
    site: Ints

    @classmethod
    def of(cls, core: MedianCore, pairs: Ints) -> "Steps":
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


def median_model(
    core: MedianCore, dual: MedianDual, lower: Floats, upper: Floats, proof: Proof, known: float
) -> Model:
    """Steps of distance: a variable for each demand and step says that nothing is open so near.

    Pairs that no plan of more than the ``known`` worth uses are left out. *Source*: Cornuéjols, Nemhauser,
    Wolsey, A canonical representation of simple plant location problems, SIAM J. Alg. Disc. Meth. 1 (1980).
    """
    excess = proof.bound - known + 1e-9 * abs(known)
    steps = Steps.of(core, np.flatnonzero(dual.pair_cost - proof.at[core.row] <= excess))
    # The last step of a demand without a fixed site has no variable: somebody must be within it.
    kept = np.flatnonzero(~steps.is_last | np.isfinite(core.already_m)[steps.row])
    alone = np.setdiff1d(np.arange(len(core.weights)), steps.row)
    settled = core.weights[alone] @ core.already_m[alone]  # infinite where nobody is left to serve
    nearest = core.weights[steps.row[steps.is_first]] @ steps.metres[steps.is_first]
    return Model(
        worth=np.concatenate((np.zeros(core.sites), -_further(core, steps)[kept])),
        constant=-float(nearest + settled) if np.isfinite(settled) else 0.0,
        lower=np.concatenate((lower, np.zeros(len(kept)))),
        upper=np.concatenate((upper if np.isfinite(settled) else lower - 1, np.ones(len(kept)))),
        rows=of_blocks([[*_step_rows(core, steps, kept)], [core.limits.rows, None]]),
        row_lower=np.concatenate((steps.is_first.astype(np.float64), core.limits.lower)),
        row_upper=np.concatenate((np.full(len(steps), np.inf), core.limits.upper)),
        sites=core.sites,
    )


def _further(core: MedianCore, steps: Steps) -> Floats:
    """What it costs that nothing is open within a step: the way to the next one, or to the fixed site."""
    next_m = np.where(steps.is_last, core.already_m[steps.row], np.append(steps.metres[1:], 0.0))
    return np.asarray(core.weights[steps.row] * (next_m - steps.metres))


def _step_rows(core: MedianCore, steps: Steps, kept: Ints) -> "tuple[Matrix, Matrix]":
    """Sites that come within each step; its own variable, less that of the step before."""
    variable = np.full(len(steps), -1, dtype=np.int64)
    variable[kept] = np.arange(len(kept))
    after = np.flatnonzero(~steps.is_first)
    shape = (len(steps), len(kept))
    near = csr_array((np.ones(len(steps.site)), (steps.of_pair, steps.site)), shape=(len(steps), core.sites))
    data = np.concatenate((np.ones(len(kept)), -np.ones(len(after))))
    rows = np.concatenate((kept, after))
    return near, csr_array((data, (rows, np.concatenate((variable[kept], variable[after - 1])))), shape=shape)
