"""Most demand covered by so many sites, or for so much money.

*Source*: Church, ReVelle, The maximal covering location problem, Papers in Regional Science 32 (1974).
"""

import numpy as np

from geo.siting.benefit import CoverWorth
from geo.siting.cover_dual import CoverDual
from geo.siting.duals import Proof
from geo.siting.merging import core_of
from geo.siting.method import Method, is_whole
from geo.siting.model import Model, covering, limits_only
from geo.siting.problem import Cover, Floats, Task
from geo.siting.sparse import times


def mclp(task: Task) -> Method:
    """How a task of this goal is solved."""
    assert isinstance(task.data, Cover)
    core = core_of(task, task.data)

    def model(lower: Floats, upper: Floats, _: Proof, __: float) -> Model:
        return covering(core, lower, upper)

    by_cost = task.limits.budget is not None
    return Method(
        task=task,
        free=core.free,
        limits=core.limits,
        worth=CoverWorth.most_covered(core),
        dual=CoverDual(core),
        model=model,
        any_choice=lambda: limits_only(core.limits, times(core.columns, core.weights)),
        each=task.limits.costs(task.data.sites)[core.free] if by_cost else np.ones(core.sites),
        sign=1.0,
        is_whole=is_whole(task.data.weights),
    )
