"""Prices of demands in covering tasks."""

import numpy as np

from geo.siting.merging import Core
from geo.siting.problem import Floats
from geo.siting.sparse import times


class CoverDual:
    """Most demand covered: a demand is worth its weight, or its price to every site that covers it."""

    def __init__(self, core: Core) -> None:
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
        return times(self._core.columns, at)

    def slope(self, at: Floats, share: Floats) -> Floats:
        return times(self._core.rows, share) - 1.0


class SetCoverDual:
    """Every demand covered at the least cost, as the most of minus the cost."""

    def __init__(self, core: Core, cost: Floats) -> None:
        self.limits = core.limits
        self.highest: Floats = np.full(len(core.weights), np.inf)
        self._core, self._cost = core, cost

    def start(self) -> Floats:
        """What the cheapest site that covers a demand asks of each that it covers."""
        core = self._core
        each = self._cost / np.maximum(np.diff(core.columns.indptr), 1)
        if not len(core.weights):
            return np.zeros(0)
        return np.minimum.reduceat(each[core.rows.indices], core.rows.indptr[:-1])

    def constant(self, at: Floats) -> float:
        return -float(at.sum())

    def benefits(self, at: Floats) -> Floats:
        """A demand's price is saved once, however many sites cover it."""
        return times(self._core.columns, at) - self._cost

    def slope(self, at: Floats, share: Floats) -> Floats:
        return times(self._core.rows, share) - 1.0
