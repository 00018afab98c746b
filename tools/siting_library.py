"""Build siting problems from lists and tables, and parse those of OR-Library, whose optima are published.

*Source*: Beasley, OR-Library, Journal of the Operational Research Society 41 (1990).
"""

from collections.abc import Sequence
from itertools import islice

import numpy as np
from numpy.typing import ArrayLike

from geo.siting.problem import Cover, Distances, SitingGoal, SitingLimits, SitingTask


def cover_from_lists(weights: ArrayLike, rows: Sequence[Sequence[int]], sites: int) -> Cover:
    """Build a cover from a list of sites for each demand."""
    starts = np.concatenate(([0], np.cumsum([len(row) for row in rows], dtype=np.int64)))
    site_of = np.array([site for row in rows for site in row], dtype=np.int64)
    return Cover(np.asarray(weights, dtype=np.float64), starts.astype(np.int64), site_of, sites)


def cover_from_metres(weights: ArrayLike, metres: ArrayLike, radius_m: float) -> Cover:
    """Build a cover from a table of metres, demands × sites: a site covers up to and including the radius."""
    near = np.asarray(metres, dtype=np.float64) <= radius_m
    starts = np.concatenate(([0], np.cumsum(near.sum(axis=1))))
    return Cover(np.asarray(weights, dtype=np.float64), starts, np.nonzero(near)[1], near.shape[1])


def distances_from_metres(weights: ArrayLike, metres: ArrayLike) -> Distances:
    """Build distances from a table of metres, demands × sites; infinite where a site can't serve a demand."""
    table = np.asarray(metres, dtype=np.float64)
    there = ~np.isposinf(table)
    starts = np.concatenate(([0], np.cumsum(there.sum(axis=1))))
    weight = np.asarray(weights, dtype=np.float64)
    return Distances(weight, starts, np.nonzero(there)[1], table[there], table.shape[1])


def parse_p_median(text: str) -> SitingTask:
    """Parse ``n edges p``, then lines ``u v cost``; edges are undirected, and the last of parallel edges
    counts.
    """
    numbers = iter(map(int, text.split()))
    n, edges, p = islice(numbers, 3)
    metres = np.full((n, n), np.inf)
    np.fill_diagonal(metres, 0.0)
    for _ in range(edges):
        one, other, cost = islice(numbers, 3)
        metres[one - 1, other - 1] = metres[other - 1, one - 1] = cost
    for via in range(n):
        np.minimum(metres, metres[:, via : via + 1] + metres[via], out=metres)
    return SitingTask(SitingGoal.P_MEDIAN, distances_from_metres(np.ones(n), metres), SitingLimits(p=p))


def parse_set_cover(text: str) -> SitingTask:
    """Parse ``m n``, n costs, then for each row the number of columns that cover it, and these columns from 1."""
    numbers = iter(map(int, text.split()))
    rows, columns = islice(numbers, 2)
    cost = np.array(list(islice(numbers, columns)), dtype=np.float64)
    covers = [[column - 1 for column in islice(numbers, next(numbers))] for _ in range(rows)]
    return SitingTask(
        SitingGoal.LSCP, cover_from_lists(np.ones(rows), covers, columns), SitingLimits(cost=cost)
    )
