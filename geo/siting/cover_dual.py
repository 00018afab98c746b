"""Dual prices of demands in covering tasks."""

import numpy as np

from geo.siting.merging import CoverCore
from geo.siting.problem import Floats
from geo.siting.sparse import multiply


class CoverDual:
    """MCLP: a demand yields its weight, or its price to every site that covers it."""

    def __init__(self, core: CoverCore) -> None:
        self.limits = core.limits
        reachable = np.diff(core.rows.indptr) > 0
        self._weights = np.where(reachable, core.weights, 0.0)
        self.highest: Floats = self._weights
        self._core = core

    def start(self) -> Floats:
        return np.asarray(self._weights / np.maximum(np.diff(self._core.rows.indptr), 1))

    def constant(self, at: Floats) -> float:
        return self._core.base + float((self._weights - at).sum())

    def benefits(self, at: Floats) -> Floats:
        return multiply(self._core.columns, at)

    def slope(self, at: Floats, share: Floats) -> Floats:
        return multiply(self._core.rows, share) - 1.0


class SetCoverDual:
    """LSCP: every demand covered at the least cost, maximised as minus the cost."""

    def __init__(self, core: CoverCore, cost: Floats) -> None:
        self.limits = core.limits
        self.highest: Floats = np.full(len(core.weights), np.inf)
        self._core, self._cost = core, cost

    def start(self) -> Floats:
        """Return for each demand the cost per covered demand of its cheapest covering site."""
        core = self._core
        each = self._cost / np.maximum(np.diff(core.columns.indptr), 1)
        if not len(core.weights):
            return np.zeros(0)
        return np.minimum.reduceat(each[core.rows.indices], core.rows.indptr[:-1])

    def constant(self, at: Floats) -> float:
        return -float(at.sum())

    def benefits(self, at: Floats) -> Floats:
        """Return each site's benefit; a demand's price is saved once, however many sites cover it."""
        return multiply(self._core.columns, at) - self._cost

    def slope(self, at: Floats, share: Floats) -> Floats:
        return multiply(self._core.rows, share) - 1.0
