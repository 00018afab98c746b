"""P-centre: the least distance within which every demand has one of a number of sites.

Whether a distance is feasible is a covering task. The answer is one of the distances themselves, found
by halving. *Source*: Minieka, The m-center problem, SIAM Review 12 (1970).
"""

import numpy as np

from core.text_marks import N_
from geo.siting.benefit import CoverWorth
from geo.siting.conflicting import find_conflict
from geo.siting.existing import OpenSites
from geo.siting.faults import NoPlanFound
from geo.siting.highs import SolverCallbacks, SolverOutcome, run_highs
from geo.siting.limits import Ints
from geo.siting.merging import CoverCore, build_cover_core
from geo.siting.model import build_set_covering_model
from geo.siting.plan import SearchWatch
from geo.siting.problem import Cover, Distances, SitingTask
from geo.siting.record import compute_objective
from geo.siting.sparse import row_of_pairs
from geo.siting.swapping import fill_greedily

BY_HALVING = N_("halving of distances")


def solve_p_centre(task: SitingTask, watch: SearchWatch, nodes: int | None = None) -> None:
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
    task: SitingTask, watch: SearchWatch, sites: Ints, steps: "np.typing.NDArray[np.float64]"
) -> int:
    metres = compute_objective(task, sites)
    watch.report_plan(sites, metres, BY_HALVING)
    return int(np.searchsorted(steps, metres))


def _within(
    task: SitingTask, data: Distances, radius_m: float, watch: SearchWatch, nodes: int | None
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
        model = build_set_covering_model(core, np.ones(core.sites), np.zeros(core.sites), np.ones(core.sites))
        enough: list[Ints] = []
        hearing = SolverCallbacks(enough.append, lambda _: None, lambda: not enough and watch.goes_on())
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
