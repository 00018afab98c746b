"""The best relaxed choice of sites by separate benefits, which the duals compute at every step."""

from dataclasses import dataclass

import numpy as np

from geo.siting.limits import Ints
from geo.siting.problem import Floats
from geo.siting.restrictions import Restrictions
from geo.siting.sparse import multiply, transpose


@dataclass(frozen=True, slots=True, eq=False)
class RelaxedChoice:
    """The result of one maximisation.

    ``value`` is at least the yield of any choice within the limits. ``reduced`` (m,) is at least how much
    ``value`` drops if a site with a negative entry is opened, or one with a positive entry is not.
    """

    value: float
    share: Floats
    reduced: Floats
    slope: Floats


class ChoiceRelaxation:
    """Maximise benefits over sites, with one limit (p, else the budget) enforced and the others priced.

    Prices are (k,) of either sign: positive for a maximum, negative for a minimum. Any prices within
    `lowest` and `highest` give a valid bound (Lagrangean relaxation).
    """

    def __init__(self, limits: Restrictions) -> None:
        whole = np.diff(limits.rows.indptr) == limits.rows.shape[1]
        kept = np.flatnonzero(whole & np.isfinite(limits.upper) & np.isneginf(limits.lower))
        priced = np.ones(len(limits.lower), dtype=bool)
        self._weight: Floats | None = None
        self._room = 0.0
        if len(kept):
            priced[kept[0]] = False
            self._weight = limits.rows[kept[:1]].toarray()[0]
            self._room = float(limits.upper[kept[0]])
        self._rows = limits.rows[np.flatnonzero(priced)]
        self._columns = transpose(self._rows)
        self._lower, self._upper = limits.lower[priced], limits.upper[priced]
        self.lowest: Floats = np.where(np.isfinite(self._lower), -np.inf, 0.0)
        self.highest: Floats = np.where(np.isfinite(self._upper), np.inf, 0.0)

    def maximise(self, benefits: Floats, prices: Floats) -> RelaxedChoice:
        """Return the choice whose value no choice within the limits exceeds, at these prices."""
        net = benefits - multiply(self._columns, prices) if len(prices) else benefits
        paid = np.where(prices > 0, prices * _finite(self._upper), prices * _finite(self._lower)).sum()
        share, price = self._fractional_knapsack(net)
        weight = 0.0 if self._weight is None else self._weight
        reduced = net - price * weight
        value = float(np.maximum(reduced, 0.0).sum()) + price * self._room + float(paid)
        return RelaxedChoice(value, share, reduced, self._slope(share, prices))

    def _fractional_knapsack(self, net: Floats) -> tuple[Floats, float]:
        """Return the share of each site, and the price of the enforced limit.

        This is the optimum of a fractional knapsack.
        """
        share = (net > 0).astype(np.float64)
        if self._weight is None or float(self._weight @ share) <= self._room:
            return share, 0.0
        worth = np.flatnonzero(share)
        free = worth[self._weight[worth] <= 0]
        sold = worth[self._weight[worth] > 0]
        ratio = net[sold] / self._weight[sold]
        order = sold[np.argsort(-ratio, kind="stable")]
        taken = np.cumsum(self._weight[order])
        last = int(np.searchsorted(taken, self._room, side="right"))
        share[:] = 0.0
        share[free] = 1.0
        share[order[:last]] = 1.0
        broken = order[last]
        before = taken[last - 1] if last else 0.0
        share[broken] = (self._room - before) / self._weight[broken]
        return share, float(net[broken] / self._weight[broken])

    def _slope(self, share: Floats, prices: Floats) -> Floats:
        """Return how the value grows with each price."""
        used = multiply(self._rows, share)
        over, under = self._upper - used, self._lower - used
        slope = np.where(prices > 0, over, np.where(prices < 0, under, 0.0))
        at_rest = prices == 0
        slope[at_rest] = np.where(over < 0, over, np.where(under > 0, under, 0.0))[at_rest]
        return np.asarray(slope)


def _finite(values: Floats) -> Floats:
    return np.where(np.isfinite(values), values, 0.0)


def find_certain_sites(chosen: RelaxedChoice, excess: float) -> tuple[Ints, Ints]:
    """Return the sites that no better plan opens, and the sites that every better plan opens.

    ``excess`` is the bound minus the worth of the best known plan.
    """
    spare = excess * (1 + 1e-9) + 1e-9
    return np.flatnonzero(chosen.reduced < -spare), np.flatnonzero(chosen.reduced > spare)
