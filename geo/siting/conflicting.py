"""Find limits that can't be kept together: a minimal set in which each limit is necessary for the conflict.

*Source*: Junker, QuickXplain, AAAI 2004: as irreducible as a deletion filter, with fewer runs where many
limits have no part in the conflict.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from core.faults import Fault
from geo.siting.highs import SolverCallbacks, SolverOutcome, build_limits_model, run_highs
from geo.siting.problem import (
    SITING_TASK_FAULTS,
    InfeasibleLimits,
    NoPlanFound,
    SitingGoal,
    SitingLimits,
    SitingTask,
)
from geo.siting.restrictions import RestrictionRow, stack_rows


@dataclass(frozen=True, slots=True, eq=False)
class NamedLimit:
    """One limit over all sites of a task, with the fault that describes it."""

    fault: Fault
    rows: tuple[RestrictionRow, ...]


def find_conflict(task: SitingTask, goes_on: Callable[[], bool] = lambda: True) -> InfeasibleLimits | None:
    """Return a minimal set of limits that can't be kept together; None where a plan exists."""
    if alone := _unreachable(task):
        return alone
    named = list(_named(task))
    feasible = _oracle(task, goes_on)
    if feasible(named):
        return None
    core = _explained(feasible, [], named, False)
    summary = SITING_TASK_FAULTS.build("conflict", field="limits", value=len(core))
    return InfeasibleLimits([summary, *(one.fault for one in core)])


def _oracle(task: SitingTask, goes_on: Callable[[], bool]) -> Callable[[Sequence[NamedLimit]], bool]:
    def feasible(limits: Sequence[NamedLimit]) -> bool:
        rows = [row for limit in limits for row in limit.rows]
        model = build_limits_model(stack_rows(rows, task.data.sites), np.zeros(task.data.sites))
        answer = run_highs(model, hearing=SolverCallbacks(goes_on=goes_on))
        if answer.outcome is SolverOutcome.STOPPED and answer.open_sites is None:
            raise NoPlanFound
        return answer.outcome is not SolverOutcome.INFEASIBLE

    return feasible


def _explained(
    feasible: Callable[[Sequence[NamedLimit]], bool],
    kept: list[NamedLimit],
    asked: list[NamedLimit],
    grown: bool,
) -> list[NamedLimit]:
    """Return the limits of ``asked`` that, beside ``kept``, are necessary for the conflict."""
    if grown and not feasible(kept):
        return []
    if len(asked) == 1:
        return asked
    half = len(asked) // 2
    first, second = asked[:half], asked[half:]
    needed = _explained(feasible, kept + first, second, bool(first))
    return _explained(feasible, kept + needed, first, bool(needed)) + needed


def _unreachable(task: SitingTask) -> InfeasibleLimits | None:
    """Return the fault for demands that must be served and that no site can serve."""
    alone = np.flatnonzero((np.diff(task.data.starts) == 0) & task.must_serve)
    if not len(alone):
        return None
    fault = SITING_TASK_FAULTS.build("unreachable", field="demand", value=len(alone), first=alone[0])
    return InfeasibleLimits(fault)


def _named(task: SitingTask) -> Iterator[NamedLimit]:
    limits, sites = task.limits, task.data.sites
    free = np.array([site for site in range(sites) if site not in limits.fixed], dtype=np.int64)
    if limits.p is not None:
        yield _limit("p", limits.p, _row(free, np.ones(len(free)), upper=limits.p))
    if limits.budget is not None:
        row = _row(free, limits.costs(sites)[free], upper=limits.budget)
        yield _limit("budget", limits.budget, row)
    for group in limits.groups:
        each = np.ones(len(group.sites))
        if group.least > 0:
            row = _row(group.sites, each, lower=group.least)
            yield _limit("minimum", group.least, row, field=group.name)
        if group.most is not None:
            row = _row(group.sites, each, upper=group.most)
            yield _limit("maximum", group.most, row, field=group.name)
    yield from _of_single_sites(limits)
    if task.goal is not SitingGoal.MCLP:
        starts, of = task.data.starts, task.data.site_of
        rows = [of[starts[i] : starts[i + 1]] for i in np.flatnonzero(task.must_serve).tolist()]
        served = tuple(_row(row, np.ones(len(row)), lower=1) for row in rows)
        yield NamedLimit(SITING_TASK_FAULTS.build("demand", field="demand"), served)


def _of_single_sites(limits: SitingLimits) -> Iterator[NamedLimit]:
    for site in sorted(limits.fixed):
        row = _row(np.array([site]), np.ones(1), lower=1)
        yield _limit("fixed", limits.name(site), row)
    for first, second in np.unique(np.sort(limits.conflicts, axis=1), axis=0).tolist():
        if first != second:
            row = _row(np.array([first, second]), np.ones(2), upper=1)
            yield _limit("near", limits.name(first), row, other=limits.name(second))


def _row(
    sites: "np.typing.NDArray[np.int64]",
    each: "np.typing.NDArray[np.float64]",
    lower: float = -np.inf,
    upper: float = np.inf,
) -> RestrictionRow:
    return RestrictionRow(sites, each, float(lower), float(upper))


def _limit(
    kind: str, value: object, row: RestrictionRow, *, field: str | None = None, other: str = ""
) -> NamedLimit:
    return NamedLimit(SITING_TASK_FAULTS.build(kind, field=field or kind, value=value, other=other), (row,))
