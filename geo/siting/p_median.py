"""The least sum of demand × distance to the nearest of so many sites.

*Source*: Hakimi, Optimum locations of switching centers, Operations Research 12 (1964).
"""

import numpy as np

from geo.siting.duals import Proof
from geo.siting.median import MedianCore, MedianDual, MedianWorth, median_core, median_model
from geo.siting.method import Method, is_whole
from geo.siting.model import Model, served
from geo.siting.problem import Floats, Task
from geo.siting.sparse import ones


def p_median(task: Task) -> Method:
    """How a task of this goal is solved."""
    core = median_core(task)
    worth = MedianWorth(core)
    dual = MedianDual(core, worth)

    def model(lower: Floats, upper: Floats, proof: Proof, known: float) -> Model:
        return median_model(core, dual, lower, upper, proof, known)

    by_cost = task.limits.budget is not None
    return Method(
        task=task,
        free=core.free,
        limits=core.limits,
        worth=worth,
        dual=dual,
        model=model,
        any_choice=lambda: _any_choice(core),
        each=task.limits.costs(task.data.sites)[core.free] if by_cost else np.ones(core.sites),
        sign=-1.0,
        is_whole=is_whole(task.data.weights) and is_whole(core.metres),
    )


def _any_choice(core: MedianCore) -> Model:
    """Every demand that no fixed site serves has an open one."""
    rows = ones(core.site, core.starts, core.sites)[np.flatnonzero(np.isinf(core.already_m))]
    return served(rows, core.limits, -np.ones(core.sites), np.zeros(core.sites), np.ones(core.sites))
