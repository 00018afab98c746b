"""P-median: the least sum of demand × distance to the nearest of a number of sites.

*Source*: Hakimi, Optimum locations of switching centers, Operations Research 12 (1964).
"""

import numpy as np

from geo.siting.duals import BoundProof
from geo.siting.median import MedianCore, MedianDual, MedianWorth, build_median_core, build_median_model
from geo.siting.method import SolutionMethod, has_whole_sums
from geo.siting.model import MipModel, build_row_covering_model
from geo.siting.problem import Floats, SitingTask
from geo.siting.sparse import ones_matrix


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
