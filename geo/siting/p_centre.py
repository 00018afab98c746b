"""The least distance within which everybody has one of so many sites.

Which distance is feasible is a covering question; the answer is one of the distances themselves, found by
halving. *Source*: Minieka, The m-center problem, SIAM Review 12 (1970).
"""

import numpy as np

from geo.siting.benefit import CoverWorth
from geo.siting.conflicting import conflict
from geo.siting.existing import Standing
from geo.siting.faults import Unsolved
from geo.siting.greedy import fill
from geo.siting.highs import Hearing, Outcome, run
from geo.siting.limits import Ints
from geo.siting.merging import Core, core_of
from geo.siting.model import set_covering
from geo.siting.plan import Watch
from geo.siting.problem import Cover, Distances, Task
from geo.siting.record import worth
from geo.siting.sparse import row_of_pairs

N_ = str  # marks a text for the message catalogue

HALVING = N_("halving of distances")


def centre(task: Task, watch: Watch, nodes: int | None = None) -> None:
    """Finds and proves the best plan, or does what it can until told to stop."""
    data = task.data
    assert isinstance(data, Distances)
    steps = np.unique(data.metres[(data.weights > 0)[row_of_pairs(data.starts)]])
    if not len(steps):
        steps = np.zeros(1)
    first = _within(task, data, float(steps[-1]), watch, nodes)
    if first is None:
        if trouble := conflict(task, watch.goes_on):
            raise trouble
        raise Unsolved
    low, high = 0, _told(task, watch, first, steps)
    watch.bounded(float(steps[0]), HALVING)
    while low < high and watch.goes_on():
        middle = (low + high) // 2
        try:
            found = _within(task, data, float(steps[middle]), watch, nodes)
        except Unsolved:
            return
        if found is None:
            low = middle + 1
            watch.bounded(float(steps[low]), HALVING)
        else:
            high = _told(task, watch, found, steps)
    if low >= high:
        watch.bounded(float(steps[high]), HALVING)


def _told(task: Task, watch: Watch, sites: Ints, steps: "np.typing.NDArray[np.float64]") -> int:
    metres = worth(task, sites)
    watch.found(sites, metres, HALVING)
    return int(np.searchsorted(steps, metres))


def _within(task: Task, data: Distances, radius_m: float, watch: Watch, nodes: int | None) -> Ints | None:
    """Open sites with one within the radius of every demand, None where there are none such."""
    near = data.metres <= radius_m
    rows = row_of_pairs(data.starts)[near]
    starts = np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=len(data.weights)))))
    needed = np.flatnonzero(data.weights > 0)
    whole = Cover(data.weights, starts.astype(np.int64), data.site_of[near], data.sites)
    core = core_of(task, whole.of_rows(needed))
    if (np.diff(core.rows.indptr) == 0).any():
        return None
    opened = _greedily(core)
    if opened is None:
        model = set_covering(core, np.ones(core.sites), np.zeros(core.sites), np.ones(core.sites))
        enough: list[Ints] = []
        hearing = Hearing(enough.append, lambda _: None, lambda: not enough and watch.goes_on())
        answer = run(model, hearing=hearing, nodes=nodes)
        opened = answer.opened if answer.opened is not None else enough[0] if enough else None
        if opened is None and answer.outcome is not Outcome.INFEASIBLE:
            raise Unsolved
    if opened is None:
        return None
    fixed = np.array(sorted(task.limits.fixed), dtype=np.int64)
    return np.sort(np.concatenate((fixed, core.free[opened])))


def _greedily(core: Core) -> Ints | None:
    each = np.ones(core.sites)
    covered, standing = CoverWorth.all_covered(core, each), Standing(core.limits)
    fill(covered, standing, each)
    return standing.opened if covered.is_whole and standing.is_sound else None
