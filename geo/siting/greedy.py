"""Greedy construction: open the site that adds most, one after the other. It gives the starting plan."""

import numpy as np

from geo.siting.benefit import PlanWorth
from geo.siting.existing import OpenSites
from geo.siting.problem import Floats

_SOME = 1e-9


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
        if gains[best] == -np.inf or (gains[best] <= _SOME and not needed):
            return
        worth.add(best)
        standing.add(best)
