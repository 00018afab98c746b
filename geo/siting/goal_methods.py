"""The solution method of each goal: its worths, its prices and its model."""

import numpy as np

from geo.siting.conflicting import find_conflict
from geo.siting.duals import BoundProof
from geo.siting.highs import (
    MipModel,
    SolverCallbacks,
    SolverOutcome,
    build_covering_model,
    build_limits_model,
    build_row_covering_model,
    run_highs,
)
from geo.siting.median import MedianCore, MedianDual, MedianWorth, build_median_core, build_median_model
from geo.siting.merging import CoverCore, CoverWorth, build_cover_core
from geo.siting.problem import Cover, Distances, Floats, Ints, NoPlanFound, SitingTask
from geo.siting.record import SearchRecord, compute_objective
from geo.siting.restrictions import multiply, ones_matrix, row_of_pairs
from geo.siting.searching import SolutionMethod, has_whole_sums
from geo.siting.swapping import OpenSites, fill_greedily

BY_HALVING = "halving of distances"


def solve_p_centre(task: SitingTask, watch: SearchRecord, nodes: int | None = None) -> None:
    """Find and prove the best plan, or the best one until ``watch`` says stop.

    *Raises*: InfeasibleLimits, NoPlanFound.
    """
    data = task.data
    assert isinstance(data, Distances)
    steps = np.unique(data.metres[(data.weights > 0)[row_of_pairs(data.starts)]])
    if not len(steps):
        steps = np.zeros(1)
    first = _within(task, data, float(steps[-1]), watch, nodes)
    if first is None:
        if trouble := find_conflict(task, watch.goes_on):
            raise trouble
        raise NoPlanFound
    low, high = 0, _report_plan(task, watch, first, steps)
    watch.report_bound(float(steps[0]), BY_HALVING)
    while low < high and watch.goes_on():
        middle = (low + high) // 2
        try:
            found = _within(task, data, float(steps[middle]), watch, nodes)
        except NoPlanFound:
            return
        if found is None:
            low = middle + 1
            watch.report_bound(float(steps[low]), BY_HALVING)
        else:
            high = _report_plan(task, watch, found, steps)
    if low >= high:
        watch.report_bound(float(steps[high]), BY_HALVING)


def _report_plan(
    task: SitingTask, watch: SearchRecord, sites: Ints, steps: "np.typing.NDArray[np.float64]"
) -> int:
    metres = compute_objective(task, sites)
    watch.report_plan(sites, metres, BY_HALVING)
    return int(np.searchsorted(steps, metres))


def _within(
    task: SitingTask, data: Distances, radius_m: float, watch: SearchRecord, nodes: int | None
) -> Ints | None:
    """Return open sites with one within the radius of every demand; None where there are none."""
    near = data.metres <= radius_m
    rows = row_of_pairs(data.starts)[near]
    starts = np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=len(data.weights)))))
    needed = np.flatnonzero(data.weights > 0)
    whole = Cover(data.weights, starts.astype(np.int64), data.site_of[near], data.sites)
    core = build_cover_core(task, whole.select_rows(needed))
    if (np.diff(core.rows.indptr) == 0).any():
        return None
    opened = _greedily(core)
    if opened is None:
        ones = np.ones(core.sites)
        model = build_row_covering_model(core.rows, core.limits, -ones, 0 * ones, ones)
        enough: list[Ints] = []
        hearing = SolverCallbacks(enough.append, goes_on=lambda: not enough and watch.goes_on())
        answer = run_highs(model, hearing=hearing, nodes=nodes)
        opened = answer.open_sites if answer.open_sites is not None else enough[0] if enough else None
        if opened is None and answer.outcome is not SolverOutcome.INFEASIBLE:
            raise NoPlanFound
    if opened is None:
        return None
    fixed = np.array(sorted(task.limits.fixed), dtype=np.int64)
    return np.sort(np.concatenate((fixed, core.free[opened])))


def _greedily(core: CoverCore) -> Ints | None:
    each = np.ones(core.sites)
    covered, standing = CoverWorth.for_all_covered(core, each), OpenSites(core.limits)
    fill_greedily(covered, standing, each)
    return standing.open_sites if covered.is_whole and standing.is_sound else None


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
        return build_row_covering_model(core.rows, core.limits, -cost, lower, upper)

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
