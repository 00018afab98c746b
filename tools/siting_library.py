"""Parse the location problems of OR-Library, whose optima are published.

*Source*: Beasley, OR-Library, Journal of the Operational Research Society 41 (1990).
"""

from itertools import islice

import numpy as np

from geo.siting.problem import Cover, Distances, SitingGoal, SitingLimits, SitingTask


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
    return SitingTask(SitingGoal.P_MEDIAN, Distances.from_metres(np.ones(n), metres), SitingLimits(p=p))


def parse_set_cover(text: str) -> SitingTask:
    """Parse ``m n``, n costs, then for each row the number of columns that cover it, and these columns from 1."""
    numbers = iter(map(int, text.split()))
    rows, columns = islice(numbers, 2)
    cost = np.array(list(islice(numbers, columns)), dtype=np.float64)
    covers = [[column - 1 for column in islice(numbers, next(numbers))] for _ in range(rows)]
    return SitingTask(
        SitingGoal.LSCP, Cover.from_lists(np.ones(rows), covers, columns), SitingLimits(cost=cost)
    )
