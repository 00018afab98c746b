"""Limits as rows over the free sites: lower <= A y <= upper."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from geo.siting.limits import Ints, SitingLimits
from geo.siting.problem import Floats
from geo.siting.sparse import build_matrix

if TYPE_CHECKING:
    from geo.siting.sparse import Matrix


@dataclass(frozen=True, slots=True, eq=False)
class Restrictions:
    """*Shape*: rows (k, free sites), lower (k,), upper (k,); infinite where there is no bound."""

    rows: "Matrix"
    lower: Floats
    upper: Floats


@dataclass(frozen=True, slots=True, eq=False)
class RestrictionRow:
    """One row: its sites (positions among the free ones) and the coefficient of each."""

    sites: Ints
    each: Floats
    lower: float
    upper: float


def free_sites(limits: SitingLimits, sites: int) -> Ints:
    """Return the sites that are neither fixed nor too near a fixed site."""
    fixed = limits.fixed_mask(sites)
    free, (one, other) = ~fixed, limits.conflicts.T
    free[one[fixed[other]]] = False
    free[other[fixed[one]]] = False
    return np.flatnonzero(free)


def build_restrictions(limits: SitingLimits, free: Ints, sites: int) -> Restrictions:
    """Build the limits over the free sites; pairs that are too near are merged into cliques."""
    return stack_rows(list(_rows(limits, free, sites)), len(free))


def stack_rows(rows: list[RestrictionRow], columns: int) -> Restrictions:
    starts = np.concatenate(([0], np.cumsum([len(row.sites) for row in rows], dtype=np.int64)))
    sites = np.concatenate([np.empty(0, dtype=np.int64), *(row.sites for row in rows)])
    each = np.concatenate([np.empty(0), *(row.each for row in rows)])
    lower = np.array([row.lower for row in rows], dtype=np.float64)
    upper = np.array([row.upper for row in rows], dtype=np.float64)
    return Restrictions(build_matrix(each, sites, starts.astype(np.int64), columns), lower, upper)


def _rows(limits: SitingLimits, free: Ints, sites: int) -> Iterator[RestrictionRow]:
    everything = np.arange(len(free))
    if limits.p is not None:
        yield RestrictionRow(everything, np.ones(len(free)), -np.inf, float(limits.p))
    if limits.budget is not None:
        yield RestrictionRow(everything, limits.costs(sites)[free], -np.inf, limits.budget)
    place = np.full(sites, -1, dtype=np.int64)
    place[free] = everything
    for group in limits.groups:
        standing = len(limits.fixed.intersection(group.sites.tolist()))
        members = place[group.sites]
        members = members[members >= 0]
        most = np.inf if group.most is None else float(group.most - standing)
        if group.least > standing or most < len(members):
            yield RestrictionRow(members, np.ones(len(members)), float(group.least - standing), most)
    pairs = place[limits.conflicts]
    pairs = pairs[(pairs >= 0).all(axis=1) & (pairs[:, 0] != pairs[:, 1])]
    for clique in find_cliques(pairs):
        yield RestrictionRow(clique, np.ones(len(clique)), -np.inf, 1.0)


def find_cliques(pairs: Ints) -> Iterator[Ints]:
    """Yield cliques of sites that are pairwise too near, so that every pair is in one.

    Cliques give fewer and stronger rows than pairs.
    """
    near: dict[int, set[int]] = {}
    for one, other in pairs.tolist():
        near.setdefault(one, set()).add(other)
        near.setdefault(other, set()).add(one)
    left = {site: set(others) for site, others in near.items()}
    for site in sorted(left):
        while left[site]:
            clique = [site, min(left[site])]
            common = near[clique[0]] & near[clique[1]]
            while common:
                # prefer sites that remove a pair not yet covered, then the lowest: repeatable
                best = min(common, key=lambda other: (other not in left[site], other))
                clique.append(best)
                common = common & near[best]
            for member in clique:
                left[member].difference_update(clique)
            yield np.array(sorted(clique), dtype=np.int64)
