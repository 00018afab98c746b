"""MCLP: the most demand covered by a number of sites, or within a budget.

*Source*: Church, ReVelle, The maximal covering location problem, Papers in Regional Science 32 (1974).
"""

import numpy as np

from geo.siting.benefit import CoverWorth
from geo.siting.cover_dual import CoverDual
from geo.siting.duals import BoundProof
from geo.siting.merging import build_cover_core
from geo.siting.method import SolutionMethod, has_whole_sums
from geo.siting.model import MipModel, build_covering_model, build_limits_model
from geo.siting.problem import Cover, Floats, SitingTask
from geo.siting.sparse import multiply


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
