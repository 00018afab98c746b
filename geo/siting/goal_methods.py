"""The solution method of each goal: its worths, its prices and its model."""

import numpy as np

from geo.siting.benefit import CoverWorth
from geo.siting.duals import BoundProof
from geo.siting.median import MedianCore, MedianDual, MedianWorth, build_median_core, build_median_model
from geo.siting.merging import CoverCore, build_cover_core
from geo.siting.method import SolutionMethod, has_whole_sums
from geo.siting.model import (
    MipModel,
    build_covering_model,
    build_limits_model,
    build_row_covering_model,
    build_set_covering_model,
)
from geo.siting.problem import Cover, Floats, SitingTask
from geo.siting.sparse import multiply, ones_matrix


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


def build_lscp_method(task: SitingTask) -> SolutionMethod:
    """Return the solution method for an LSCP task."""
    assert isinstance(task.data, Cover)
    core = build_cover_core(task, task.data)
    cost = task.limits.costs(task.data.sites)[core.free]

    def model(lower: Floats, upper: Floats, _: BoundProof | None = None, __: float = 0.0) -> MipModel:
        return build_set_covering_model(core, cost, lower, upper)

    return SolutionMethod(
        task=task,
        free=core.free,
        limits=core.limits,
        worth=CoverWorth.for_all_covered(core, cost),
        dual=SetCoverDual(core, cost),
        model=model,
        any_choice=lambda: model(0 * cost, 0 * cost + 1),
        each=cost,
        sign=-1.0,
        is_whole=has_whole_sums(cost),
    )


def build_mclp_method(task: SitingTask) -> SolutionMethod:
    """Return the solution method for an MCLP task."""
    assert isinstance(task.data, Cover)
    core = build_cover_core(task, task.data)

    def model(lower: Floats, upper: Floats, _: BoundProof, __: float) -> MipModel:
        return build_covering_model(core, lower, upper)

    by_cost = task.limits.budget is not None
    return SolutionMethod(
        task=task,
        free=core.free,
        limits=core.limits,
        worth=CoverWorth.for_most_covered(core),
        dual=CoverDual(core),
        model=model,
        any_choice=lambda: build_limits_model(core.limits, multiply(core.columns, core.weights)),
        each=task.limits.costs(task.data.sites)[core.free] if by_cost else np.ones(core.sites),
        sign=1.0,
        is_whole=has_whole_sums(task.data.weights),
    )


def build_p_median_method(task: SitingTask) -> SolutionMethod:
    """Return the solution method for a p-median task."""
    core = build_median_core(task)
    worth = MedianWorth(core)
    dual = MedianDual(core, worth)

    def model(lower: Floats, upper: Floats, proof: BoundProof, known: float) -> MipModel:
        return build_median_model(core, dual, lower, upper, proof, known)

    by_cost = task.limits.budget is not None
    return SolutionMethod(
        task=task,
        free=core.free,
        limits=core.limits,
        worth=worth,
        dual=dual,
        model=model,
        any_choice=lambda: _any_choice(core),
        each=task.limits.costs(task.data.sites)[core.free] if by_cost else np.ones(core.sites),
        sign=-1.0,
        is_whole=has_whole_sums(task.data.weights) and has_whole_sums(core.metres),
    )


def _any_choice(core: MedianCore) -> MipModel:
    """Build the model in which every demand that no fixed site serves has an open site."""
    rows = ones_matrix(core.site, core.starts, core.sites)[np.flatnonzero(np.isinf(core.already_m))]
    return build_row_covering_model(
        rows, core.limits, -np.ones(core.sites), np.zeros(core.sites), np.ones(core.sites)
    )
