"""Every demand covered by the fewest sites, or at the least cost (set covering).

*Source*: Toregas, Swain, ReVelle, Bergman, The location of emergency service facilities, Operations
Research 19 (1971).
"""

from geo.siting.benefit import CoverWorth
from geo.siting.cover_dual import SetCoverDual
from geo.siting.duals import Proof
from geo.siting.merging import core_of
from geo.siting.method import Method, is_whole
from geo.siting.model import Model, set_covering
from geo.siting.problem import Cover, Floats, Task


def lscp(task: Task) -> Method:
    """How a task of this goal is solved."""
    assert isinstance(task.data, Cover)
    core = core_of(task, task.data)
    cost = task.limits.costs(task.data.sites)[core.free]

    def model(lower: Floats, upper: Floats, _: Proof | None = None, __: float = 0.0) -> Model:
        return set_covering(core, cost, lower, upper)

    return Method(
        task=task,
        free=core.free,
        limits=core.limits,
        worth=CoverWorth.all_covered(core, cost),
        dual=SetCoverDual(core, cost),
        model=model,
        any_choice=lambda: model(0 * cost, 0 * cost + 1),
        each=cost,
        sign=-1.0,
        is_whole=is_whole(cost),
    )
