"""What each goal brings to the one way in which all are solved: worths, prices, a programme."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from geo.siting.benefit import Worth
from geo.siting.duals import Proof, Relaxed
from geo.siting.limits import Ints
from geo.siting.model import Model
from geo.siting.problem import Floats, Task
from geo.siting.restrictions import Restrictions


@dataclass(frozen=True, slots=True, eq=False)
class Method:
    """``sign`` is 1 where the objective is maximised, -1 where the worth is minus the objective.

    ``model`` builds the programme from bounds of the sites and from what the prices prove: it may leave
    out what no plan of more than the ``known`` worth contains. ``any_choice`` builds one that only asks for
    what is feasible; ``each`` is what greedy divides gains by.
    """

    task: Task
    free: Ints
    limits: Restrictions
    worth: Worth
    dual: Relaxed
    model: Callable[[Floats, Floats, Proof, float], Model]
    any_choice: Callable[[], Model]
    each: Floats
    sign: float
    is_whole: bool  # every plan is worth a whole number

    def to_beat(self, known: float) -> float:
        """What a plan that is better than a known one is worth more than."""
        return known + 1.0 - 1e-5 if self.is_whole else known

    def rounded(self, bound: float) -> float:
        """The bound, less what no plan can be worth."""
        return float(np.floor(bound + 1e-5)) if self.is_whole and np.isfinite(bound) else bound

    def sites(self, opened: Ints) -> Ints:
        """Positions in the task, the fixed sites among them."""
        fixed = np.array(sorted(self.task.limits.fixed), dtype=np.int64)
        return np.sort(np.concatenate((fixed, self.free[opened])))


def is_whole(values: Floats) -> bool:
    """Whether sums of these are whole numbers, and exactly so in floating point."""
    return bool((values == np.floor(values)).all() and values.sum() < 2**40)
