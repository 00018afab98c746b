"""Answers a task to the end, without a clock; `yihui.planning.siting.solving` does it within a time limit."""

import numpy as np

from geo.siting.checking import faults_of
from geo.siting.conflicting import conflict
from geo.siting.lscp import lscp
from geo.siting.mclp import mclp
from geo.siting.method import Method
from geo.siting.p_centre import centre
from geo.siting.p_median import p_median
from geo.siting.plan import Plan, Watch
from geo.siting.problem import Goal, Task
from geo.siting.record import Record
from geo.siting.searching import Effort, Search, prove

_METHODS = {Goal.MCLP: mclp, Goal.LSCP: lscp, Goal.P_MEDIAN: p_median}
_EFFORT = Effort()


def solve(task: Task, effort: Effort = _EFFORT) -> Plan:
    """The best plan, proven unless ``effort`` bounds the search.

    *Raises*: Infeasible, which names the limits that can't be kept together; Unsolved where the effort
    ended before any plan was found.
    """
    record = Record(task)
    answer(task, record, effort)
    return sound(task, record.plan("exhausted"))


def answer(task: Task, watch: Watch, effort: Effort = _EFFORT) -> None:
    """Tells ``watch`` of ever better plans and bounds, until one is proven or it says stop."""
    _refuse_fixed_conflicts(task)
    if task.goal is Goal.P_CENTRE:
        centre(task, watch, effort.nodes)
        return
    search = Search(_method(task), watch)
    search.begin()
    prove(search, effort)


def improve(task: Task, watch: Watch, seed: int) -> None:
    """Tells ``watch`` of ever better plans until it says stop: beside `answer`, on another processor."""
    if task.goal is Goal.P_CENTRE:
        return
    search = Search(_method(task), watch)
    search.begin()
    search.polish(2**62, seed)


def sound(task: Task, plan: Plan) -> Plan:
    """The plan, looked at by other eyes before it is handed out."""
    if faults := faults_of(task, plan):
        raise AssertionError(f"the solver is wrong: {'; '.join(faults)}")
    return plan


def _method(task: Task) -> Method:
    return _METHODS[task.goal](task)


def _refuse_fixed_conflicts(task: Task) -> None:
    fixed = np.zeros(task.data.sites, dtype=bool)
    fixed[sorted(task.limits.fixed)] = True
    pairs = task.limits.conflicts
    if (fixed[pairs].all(axis=1) & (pairs[:, 0] != pairs[:, 1])).any() and (trouble := conflict(task)):
        raise trouble
