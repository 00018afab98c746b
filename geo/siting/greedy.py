"""One site after the other, each time the one that adds most: a start, and most of the way there."""

import numpy as np

from geo.siting.benefit import Worth
from geo.siting.existing import Standing
from geo.siting.problem import Floats

_SOME = 1e-9


def fill(worth: Worth, standing: Standing, cost: Floats) -> None:
    """Open sites until nothing is gained or allowed: first what minima ask for, then the most for its cost.

    Gains are exact at every step (they are kept up, not estimated as lazy greedy does), so the plan is
    that of the plain greedy algorithm. *Shape*: cost (free sites,), 1 each to look at gains alone.
    """
    while True:
        wanted = standing.wanted()
        may = standing.may_add()
        needed = bool(wanted.any())
        if needed:
            may &= wanted
        gains = np.where(may, worth.gains / np.maximum(cost, 1e-12), -np.inf)
        if not len(gains):
            return
        best = int(gains.argmax())
        if gains[best] == -np.inf or (gains[best] <= _SOME and not needed):
            return
        worth.add(best)
        standing.add(best)
