"""Weighted quantiles: within which distance half of the people live, or nine tenths."""

import numpy as np
from numpy.typing import NDArray

from geo.geodesy import Floats

_SLACK = 1e-12  # of the total: what rounding in a sum of weights may lack


def quantile(values: Floats, weights: Floats, share: float) -> float:
    """The least value that, with all below it, holds the share of the weight; NaN where nothing weighs.

    *Shape*: (n,) each; infinite values are the last ones. *Raises*: ValueError for a share outside 0..1.
    """
    return float(quantiles_by_group(np.zeros(len(values), dtype=np.intp), values, weights, 1, share)[0])


def quantiles_by_group(
    group: NDArray[np.intp], values: Floats, weights: Floats, groups: int, share: float
) -> Floats:
    """The same of each group. *Shape*: (n,) each, ``group`` in 0..groups - 1, to (groups,)."""
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
