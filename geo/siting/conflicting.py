"""Which limits can't be kept together: some of which each is needed for the conflict.

*Source*: Junker, QuickXplain, AAAI 2004: as irreducible as a deletion filter, with fewer runs where many
limits have no part in it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from core.faults import Fault
from geo.siting.faults import Infeasible, Unsolved
from geo.siting.highs import Hearing, Outcome, run
from geo.siting.limits import Limits
from geo.siting.model import limits_only
from geo.siting.problem import Goal, Task
from geo.siting.restrictions import Row, stacked

N_ = str  # marks a text for the message catalogue

_REMEDY = {
    "p": N_("allow more sites"),
    "budget": N_("raise the budget"),
    "minimum": N_("lower this minimum, or give more candidates there"),
    "maximum": N_("raise this maximum"),
    "near": N_("allow a smaller distance, or leave one of the two out"),
    "fixed": N_("let this site be closed"),
    "closed": N_("allow this site to be opened"),
    "demand": N_("give more candidates or a larger radius, or ask for most demand covered instead of all"),
}


@dataclass(frozen=True, slots=True, eq=False)
class Named:
    """One limit over all sites of a task, with what a message says of it."""

    kind: str
    fault: Fault
    rows: tuple[Row, ...]

    @property
    def name(self) -> str:
        return self.fault.message.format_map(self.fault.values)


def conflict(task: Task, goes_on: Callable[[], bool] = lambda: True) -> Infeasible | None:
    """The limits that can't be kept together, None where a plan exists."""
    if alone := _unreachable(task):
        return alone
    named = list(_named(task))
    feasible = _oracle(task, goes_on)
    if feasible(named):
        return None
    core = _explained(feasible, [], named, False)
    summary = Fault(
        N_("no plan keeps these limits together ({value} of them)"),
        N_("give way in any one of them: without it the others can be kept"),
        field="limits",
        value=str(len(core)),
    )
    return Infeasible([summary, *(one.fault for one in core)], [one.name for one in core])


def _oracle(task: Task, goes_on: Callable[[], bool]) -> Callable[[Sequence[Named]], bool]:
    def feasible(limits: Sequence[Named]) -> bool:
        rows = [row for limit in limits for row in limit.rows]
        model = limits_only(stacked(rows, task.data.sites), np.zeros(task.data.sites))
        answer = run(model, hearing=Hearing(lambda _: None, lambda _: None, goes_on))
        if answer.outcome is Outcome.STOPPED and answer.opened is None:
            raise Unsolved
        return answer.outcome is not Outcome.INFEASIBLE

    return feasible


def _explained(
    feasible: Callable[[Sequence[Named]], bool], kept: list[Named], asked: list[Named], grown: bool
) -> list[Named]:
    """What of ``asked`` is needed, beside ``kept``, for the conflict."""
    if grown and not feasible(kept):
        return []
    if len(asked) == 1:
        return asked
    half = len(asked) // 2
    first, second = asked[:half], asked[half:]
    needed = _explained(feasible, kept + first, second, bool(first))
    return _explained(feasible, kept + needed, first, bool(needed)) + needed


def _unreachable(task: Task) -> Infeasible | None:
    """Demands that no site may serve at all; not asked of most demand covered."""
    if task.goal is Goal.MCLP:
        return None
    needed = np.ones(len(task.data.weights), dtype=bool) if task.goal is Goal.LSCP else task.data.weights > 0
    alone = np.flatnonzero((np.diff(task.data.starts) == 0) & needed)
    if not len(alone):
        return None
    fault = Fault(
        N_("{value} demands have no candidate within reach, the first is number {first}"),
        N_(_REMEDY["demand"]),
        field="demand",
        value=str(len(alone)),
        params={"first": str(alone[0])},
    )
    return Infeasible([fault], [fault.message.format_map(fault.values)])


def _named(task: Task) -> Iterator[Named]:
    limits, sites = task.limits, task.data.sites
    free = np.array([site for site in range(sites) if site not in limits.fixed], dtype=np.int64)
    if limits.p is not None:
        yield _limit(
            "p", N_("at most {value} new sites"), limits.p, _row(free, np.ones(len(free)), upper=limits.p)
        )
    if limits.budget is not None:
        row = _row(free, limits.costs(sites)[free], upper=limits.budget)
        yield _limit("budget", N_("a budget of {value}"), limits.budget, row)
    for group in limits.groups:
        each = np.ones(len(group.sites))
        if group.least > 0:
            row = _row(group.sites, each, lower=group.least)
            yield _limit("minimum", N_("at least {value} in {field}"), group.least, row, field=group.name)
        if group.most is not None:
            row = _row(group.sites, each, upper=group.most)
            yield _limit("maximum", N_("at most {value} in {field}"), group.most, row, field=group.name)
    yield from _of_single_sites(limits)
    if task.goal is not Goal.MCLP:
        starts, of = task.data.starts, task.data.site_of
        needed = np.flatnonzero((task.data.weights > 0) | (task.goal is Goal.LSCP))
        rows = [of[starts[i] : starts[i + 1]] for i in needed.tolist()]
        served = tuple(_row(row, np.ones(len(row)), lower=1) for row in rows)
        yield Named("demand", Fault(N_("every demand is served"), _REMEDY["demand"], field="demand"), served)


def _of_single_sites(limits: Limits) -> Iterator[Named]:
    one = np.ones(1)
    for site in sorted(limits.fixed):
        row = _row(np.array([site]), one, lower=1)
        yield _limit("fixed", N_("{value} stays open"), limits.name(site), row)
    for site in sorted(limits.closed - limits.fixed):
        row = _row(np.array([site]), one, upper=0)
        yield _limit("closed", N_("{value} may not be opened"), limits.name(site), row)
    for first, second in np.unique(np.sort(limits.conflicts, axis=1), axis=0).tolist():
        if first != second:
            row = _row(np.array([first, second]), np.ones(2), upper=1)
            text = N_("{value} and {other} are too near one another")
            yield _limit("near", text, limits.name(first), row, other=limits.name(second))


def _row(
    sites: "np.typing.NDArray[np.int64]",
    each: "np.typing.NDArray[np.float64]",
    lower: float = -np.inf,
    upper: float = np.inf,
) -> Row:
    return Row(sites, each, float(lower), float(upper))


def _limit(
    kind: str, text: str, value: object, row: Row, *, field: str | None = None, **params: str
) -> Named:
    fault = Fault(text, _REMEDY[kind], field=field or kind, value=str(value), params=params)
    return Named(kind, fault, (row,))
