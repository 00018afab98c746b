"""Sparse matrices in compressed rows, and limits as rows over the free sites: lower <= A y <= upper."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import block_array, csr_array

from geo.siting.problem import Floats, Ints, SitingLimits

if TYPE_CHECKING:
    Matrix = csr_array[np.float64, tuple[int, int]]


def build_matrix(data: NDArray[np.float64], indices: Ints, starts: Ints, columns: int) -> "Matrix":
    """Build a matrix from rows as in `Cover` and `Distances`. *Shape*: (len(starts) - 1, columns)."""
    return csr_array((data, indices, starts), shape=(len(starts) - 1, columns))


def ones_matrix(indices: Ints, starts: Ints, columns: int) -> "Matrix":
    return build_matrix(np.ones(len(indices)), indices, starts, columns)


def transpose(of: "Matrix") -> "Matrix":
    """Return the transposed matrix, in compressed rows."""
    return csr_array(of.T)


def block_matrix(blocks: "Sequence[Sequence[Matrix | None]]") -> "Matrix":
    """Build one matrix from blocks; None is an empty block."""
    whole: Matrix = csr_array(block_array(blocks, format="csr"), dtype=np.float64)  # type: ignore[call-overload]
    return whole


def multiply(of: "Matrix", vector: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return matrix times vector."""
    return np.asarray(of @ vector, dtype=np.float64)


def column_indices(of: "Matrix") -> Ints:
    return np.asarray(of.indices, dtype=np.int64)


def row_starts(of: "Matrix") -> Ints:
    return np.asarray(of.indptr, dtype=np.int64)


def pair_positions(starts: Ints, rows: Ints) -> Ints:
    """Return the positions of the entries of some rows, row by row."""
    begin = starts[rows].astype(np.int64)
    length = starts[rows + 1] - begin
    ends = np.cumsum(length)
    total = int(ends[-1]) if len(ends) else 0
    return np.asarray(np.arange(total) + np.repeat(begin - (ends - length), length), dtype=np.int64)


def row_of_pairs(starts: Ints) -> Ints:
    """Return the row of each entry."""
    return np.repeat(np.arange(len(starts) - 1, dtype=np.int64), np.diff(starts))


def distinct_positions(positions: Ints, size: int) -> Ints:
    """Return each position once, sorted; positions are below ``size``."""
    there = np.zeros(size, dtype=bool)
    there[positions] = True
    return np.flatnonzero(there)


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
