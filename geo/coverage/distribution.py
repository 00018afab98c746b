"""Weighted quantiles, such as the distance within which half or nine tenths of the people live."""

import numpy as np
from numpy.typing import NDArray

from geo.geodesy import Floats

_SLACK = 1e-12  # of the total; tolerance for rounding in a sum of weights


def quantile_by_weight(values: Floats, weights: Floats, share: float) -> float:
    """Return the smallest value up to which the values hold the given share of the weight.

    The result is NaN where all weights are 0. *Shape*: (n,) each; infinite values sort last.
    *Raises*: ValueError for a share outside 0..1.
    """
    return float(quantiles_by_group(np.zeros(len(values), dtype=np.intp), values, weights, 1, share)[0])


def quantiles_by_group(
    group: NDArray[np.intp], values: Floats, weights: Floats, groups: int, share: float
) -> Floats:
    """Return the weighted quantile of each group; NaN for a group without weight.

    *Shape*: (n,) each, ``group`` in 0..groups - 1, to (groups,).
    *Raises*: ValueError for a share outside 0..1.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share is {share}; give 0 to 1, such as 0.9")
    weighing = weights > 0
    group, values, weights = group[weighing], values[weighing], weights[weighing]
    order = np.lexsort((values, group))
    group, values, weights = group[order], values[order], weights[order]
    first = np.searchsorted(group, np.arange(groups + 1))
    found = np.full(groups, np.nan)
    for one in np.flatnonzero(np.diff(first)).tolist():
        part = slice(first[one], first[one + 1])
        upto = np.cumsum(weights[part])
        at = np.searchsorted(upto, upto[-1] * (share - _SLACK))
        found[one] = values[part][at]
    return found
