"""Local search: swap open sites for closed ones while that helps, and shake to leave local optima."""

import math
from collections.abc import Callable, Iterable

import numpy as np

from geo.siting.merging import PlanWorth
from geo.siting.problem import Floats, Ints, Mask
from geo.siting.restrictions import (
    Restrictions,
    column_indices,
    distinct_positions,
    pair_positions,
    row_starts,
    transpose,
)

_SLACK = 1e-9
_REL = 1e-12
_DRIFT = 1e-9  # relative; sums that are kept up to date over hours differ by rounding
_NOISE = 0.1  # on costs while refilling: without it, greedy mostly reopens what was closed
NO_GAIN = 1e-9


class OpenSites:
    """The open sites and how much of each limit they use.

    For short rows of ones (groups, cliques), the class counts how many full rows block each site; the other
    rows (p, budget) are compared in full.
    """

    def __init__(self, limits: Restrictions) -> None:
        rows = limits.rows
        sites = rows.shape[1]
        length = np.diff(rows.indptr)
        plain = np.array([bool((rows.data[b:e] == 1).all()) for b, e in zip(rows.indptr, rows.indptr[1:], strict=False)], dtype=bool)  # fmt: skip
        self.is_short = plain & (length < sites)
        self.open = np.zeros(sites, dtype=bool)
        self._lower, self._upper = limits.lower, limits.upper
        self._row_starts, self._row_sites = row_starts(rows), column_indices(rows)
        by_site = transpose(rows)
        self._site_starts, self._site_rows, self._site_each = (
            row_starts(by_site),
            column_indices(by_site),
            by_site.data,
        )
        self._activity: Floats = np.zeros(len(limits.lower))
        self._long = np.flatnonzero(~self.is_short)
        self._whole: Floats = rows[self._long].toarray()
        self._blocked: Ints = np.zeros(sites, dtype=np.int64)
        for row in np.flatnonzero(self.is_short & (self._upper < 1)).tolist():
            self._blocked[self._sites(row)] += 1

    @property
    def open_sites(self) -> Ints:
        return np.flatnonzero(self.open)

    @property
    def is_sound(self) -> bool:
        """Whether every limit is currently met."""
        slack = _SLACK * np.maximum(1.0, np.abs(self._activity))
        return bool(
            (self._activity <= self._upper + slack).all() and (self._activity >= self._lower - slack).all()
        )

    def may_add(self) -> Mask:
        """Return which sites may be opened beside the open ones. *Shape*: (free sites,)."""
        return self._may(self._blocked, self._activity)

    def may_replace(self, gone: int) -> Mask:
        """Return which sites may be opened if the open site ``gone`` is closed."""
        rows, each = self._rows(gone)
        blocked = self._blocked
        freed = rows[self.is_short[rows] & (self._activity[rows] == self._upper[rows])]
        if len(freed):
            blocked = blocked.copy()
            for row in freed.tolist():
                blocked[self._sites(row)] -= 1
        activity = self._activity.copy()
        activity[rows] -= each
        may = self._may(blocked, activity)
        for row in rows[activity[rows] < self._lower[rows] - _SLACK].tolist():
            held = np.zeros(len(may), dtype=bool)
            held[self._sites(row)] = True
            may &= held  # a group at its minimum needs another of its own sites
        return may

    def may_drop(self, gone: int) -> bool:
        rows, each = self._rows(gone)
        return bool((self._activity[rows] - each >= self._lower[rows] - _SLACK).all())

    def sites_for_minima(self) -> Mask:
        """Return the closed sites that would help to reach an unmet minimum; none where all are met."""
        short = np.flatnonzero(self._activity < self._lower - _SLACK)
        mask = np.zeros(len(self.open), dtype=bool)
        mask[self._row_sites[pair_positions(self._row_starts, short)]] = True
        return mask & ~self.open

    def add(self, site: int) -> None:
        self.open[site] = True
        self._step(site, 1)

    def drop(self, site: int) -> None:
        self.open[site] = False
        self._step(site, -1)

    def _step(self, site: int, sign: int) -> None:
        rows, each = self._rows(site)
        before = self._activity[rows] >= self._upper[rows]
        self._activity[rows] += sign * each
        after = self._activity[rows] >= self._upper[rows]
        for row in rows[self.is_short[rows] & (before != after)].tolist():
            self._blocked[self._sites(row)] += sign

    def _may(self, blocked: Ints, activity: Floats) -> Mask:
        may = (blocked == 0) & ~self.open
        for row, whole in zip(self._long.tolist(), self._whole, strict=True):
            room = self._upper[row] - activity[row]
            may &= whole <= room + _SLACK * max(1.0, abs(self._upper[row]))
        return np.asarray(may)

    def _rows(self, site: int) -> tuple[Ints, Floats]:
        part = slice(self._site_starts[site], self._site_starts[site + 1])
        return self._site_rows[part], self._site_each[part]

    def _sites(self, row: int) -> Ints:
        return self._row_sites[self._row_starts[row] : self._row_starts[row + 1]]


def is_better(worth: float, other: float) -> bool:
    """Return whether one worth is above another by more than the rounding of running sums."""
    return worth > other and not math.isclose(worth, other, rel_tol=_DRIFT, abs_tol=_DRIFT)


def swap_sites(
    worth: PlanWorth, standing: OpenSites, among: Iterable[int], goes_on: Callable[[], bool]
) -> None:
    """Swap open sites for better ones until no site of ``among``, or near a swapped one, can be improved."""
    queue = dict.fromkeys(int(site) for site in among)
    while queue and goes_on():
        gone = next(iter(queue))
        del queue[gone]
        if not standing.open[gone]:
            continue
        gains = np.where(standing.may_replace(gone), worth.gains_without(gone), -np.inf)
        best = int(gains.argmax())
        if gains[best] <= _REL * max(1.0, abs(worth.total)):
            continue
        exchange_sites(worth, standing, gone, best)
        near = np.concatenate((worth.affected_sites(gone), worth.affected_sites(best)))
        queue.update(dict.fromkeys(near[standing.open[near]].tolist()))


def prune_sites(worth: PlanWorth, standing: OpenSites, among: Ints) -> None:
    """Close sites that are worth less than they cost; none where sites cost nothing."""
    for site in among.tolist():
        if standing.open[site] and worth.loss(site) < -_REL and standing.may_drop(site):
            worth.drop(site)
            standing.drop(site)


def exchange_sites(worth: PlanWorth, standing: OpenSites, gone: int, come: int) -> None:
    worth.drop(gone)
    standing.drop(gone)
    worth.add(come)
    standing.add(come)


def open_exactly(worth: PlanWorth, standing: OpenSites, sites: Ints) -> None:
    """Open exactly the given sites and close all others."""
    wanted = np.zeros(len(standing.open), dtype=bool)
    wanted[sites] = True
    for site in np.flatnonzero(standing.open & ~wanted).tolist():
        worth.drop(site)
        standing.drop(site)
    for site in np.flatnonzero(wanted & ~standing.open).tolist():
        worth.add(site)
        standing.add(site)


def shake_plan(worth: PlanWorth, standing: OpenSites, chance: np.random.Generator, how_many: int) -> Ints:
    """Close some open sites near a random one; return the sites near them."""
    opened = standing.open_sites
    if not len(opened):
        return opened
    centre = int(chance.choice(opened))
    near = worth.affected_sites(centre)
    near = near[standing.open[near]]
    around = [near, *(worth.affected_sites(int(site)) for site in near[:8])]
    second = distinct_positions(np.concatenate(around), len(standing.open))
    pool = second[standing.open[second] & (second != centre)]
    gone = chance.permutation(pool)[: how_many - 1].tolist()
    for site in [centre, *gone]:
        if standing.may_drop(site):
            worth.drop(site)
            standing.drop(site)
    return second


def iterate_local_search(
    worth: PlanWorth,
    standing: OpenSites,
    cost: Floats,
    chance: np.random.Generator,
    goes_on: Callable[[], bool],
    better: Callable[[Ints, float], None],
    patience: int,
) -> None:
    """Iterated local search: shake, refill and swap; accept equal or better plans, and report better ones.

    It ends when ``patience`` shakes in a row have found nothing better.
    """
    best, kept = worth.total, standing.open_sites
    fruitless = 0
    while fruitless < patience and goes_on():
        fruitless += 1
        near = shake_plan(worth, standing, chance, int(chance.integers(1, 6)))
        fill_greedily(worth, standing, cost * np.exp(chance.normal(0.0, _NOISE, len(cost))))
        prune_sites(worth, standing, near)
        swap_sites(worth, standing, near, goes_on)
        if not is_better(best, worth.total) and standing.is_sound:
            if is_better(worth.total, best):
                better(standing.open_sites, worth.total)
                fruitless = 0
            best, kept = max(best, worth.total), standing.open_sites
        else:
            open_exactly(worth, standing, kept)


def fill_greedily(worth: PlanWorth, standing: OpenSites, cost: Floats) -> None:
    """Open sites until no site adds anything or none is allowed.

    Sites that a minimum requires come first, then those with the largest gain for their cost. Gains are
    exact at every step (updated, not estimated as in lazy greedy), so the plan is that of the plain greedy
    algorithm. *Shape*: cost (free sites,), 1 each to compare gains alone.
    """
    while True:
        wanted = standing.sites_for_minima()
        may = standing.may_add()
        needed = bool(wanted.any())
        if needed:
            may &= wanted
        gains = np.where(may, worth.gains / np.maximum(cost, 1e-12), -np.inf)
        if not len(gains):
            return
        best = int(gains.argmax())
        if gains[best] == -np.inf or (gains[best] <= NO_GAIN and not needed):
            return
        worth.add(best)
        standing.add(best)
