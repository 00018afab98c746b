"""What each goal supplies to the common solution method: worths, prices and a model."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from geo.siting.benefit import PlanWorth
from geo.siting.duals import BoundProof, RelaxedTask
from geo.siting.limits import Ints
from geo.siting.model import MipModel
from geo.siting.problem import Floats, SitingTask
from geo.siting.restrictions import Restrictions


@dataclass(frozen=True, slots=True, eq=False)
class SolutionMethod:
    """The goal-specific parts of the solution method.

    ``sign`` is 1 where the objective is maximised, -1 where the worth is minus the objective. ``model``
    builds the model from bounds of the sites and from a proof; it may leave out anything that no plan of
    more than the ``known`` worth contains. ``any_choice`` builds a model that only requires feasibility;
    greedy divides gains by ``each``.
    """

    task: SitingTask
    free: Ints
    limits: Restrictions
    worth: PlanWorth
    dual: RelaxedTask
    model: Callable[[Floats, Floats, BoundProof, float], MipModel]
    any_choice: Callable[[], MipModel]
    each: Floats
    sign: float
    is_whole: bool  # every plan's worth is a whole number

    def worth_to_beat(self, known: float) -> float:
        """Return the worth that any plan better than a known one exceeds."""
        return known + 1.0 - 1e-5 if self.is_whole else known

    def round_bound(self, bound: float) -> float:
        """Round a bound down to the nearest worth that a plan can have."""
        return float(np.floor(bound + 1e-5)) if self.is_whole and np.isfinite(bound) else bound

    def sites(self, opened: Ints) -> Ints:
        """Return the task positions of the opened and the fixed sites."""
        fixed = np.array(sorted(self.task.limits.fixed), dtype=np.int64)
        return np.sort(np.concatenate((fixed, self.free[opened])))


def has_whole_sums(values: Floats) -> bool:
    """Return whether all sums of these values are whole numbers that floating point represents exactly."""
    return bool((values == np.floor(values)).all() and values.sum() < 2**40)
