"""LSCP: every demand covered by the fewest sites, or at the least cost (set covering).

*Source*: Toregas, Swain, ReVelle, Bergman, The location of emergency service facilities, Operations
Research 19 (1971).
"""

from geo.siting.benefit import CoverWorth
from geo.siting.cover_dual import SetCoverDual
from geo.siting.duals import BoundProof
from geo.siting.merging import build_cover_core
from geo.siting.method import SolutionMethod, has_whole_sums
from geo.siting.model import MipModel, build_set_covering_model
from geo.siting.problem import Cover, Floats, SitingTask


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
