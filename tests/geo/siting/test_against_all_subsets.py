"""Every solver against the best of all subsets, on small tasks with all kinds of limits."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.siting.conflicting import find_conflict
from geo.siting.problem import InfeasibleLimits, Ints, SitingGoal, SitingLimits, SitingTask
from geo.siting.record import SearchRecord, compute_objective
from geo.siting.searching import SearchEffort
from geo.siting.solve import (
    broken_limits,
    find_plan_faults,
    search_and_prove,
    solve_siting_task,
)
from tests.geo.siting.small_tasks import best_by_looking_at_all, conflicting_limits, tasks
from tests.tiers import ENDURES, budget

MANY = settings(deadline=None, derandomize=True, max_examples=200 if ENDURES else 30)
SOME = settings(deadline=None, derandomize=True, max_examples=budget(60))


@pytest.mark.deeper
@MANY
@given(tasks())
def test_the_plan_is_the_best_of_all_subsets_and_proven(task: SitingTask) -> None:
    best = best_by_looking_at_all(task)
    if best is None:
        with pytest.raises(InfeasibleLimits):
            solve_siting_task(task)
        return
    plan = solve_siting_task(task)
    assert not [*find_plan_faults(task, plan)]
    assert plan.objective == pytest.approx(best, rel=1e-7, abs=1e-7)
    assert plan.is_proven
    assert plan.bound == pytest.approx(best, rel=1e-6, abs=1e-6)


class Listening(SearchRecord):
    """Remembers every bound and every plan that it was told of."""

    def __init__(self, task: SitingTask) -> None:
        super().__init__(task)
        self.bounds: list[float] = []
        self.plans: list[tuple[Ints, float]] = []

    def report_bound(self, bound: float, by: str) -> None:
        self.bounds.append(bound)
        super().report_bound(bound, by)

    def report_plan(self, sites: Ints, objective: float, by: str) -> None:
        self.plans.append((sites, objective))
        super().report_plan(sites, objective, by)


@pytest.mark.deeper
@SOME
@given(tasks(), st.integers(0, 30))
def test_no_reported_bound_beats_the_best_plan_and_every_plan_is_feasible(
    task: SitingTask, steps: int
) -> None:
    best = best_by_looking_at_all(task)
    if best is None:
        return
    heard = Listening(task)
    search_and_prove(task, heard, SearchEffort(steps=steps, shakes=3))
    slack = 1e-6 * max(1.0, abs(best))
    assert heard.bounds
    assert all(
        bound >= best - slack if task.is_maximised else bound <= best + slack for bound in heard.bounds
    )
    for sites, objective in heard.plans:
        assert not [*broken_limits(task, sites.tolist())]
        assert objective == pytest.approx(compute_objective(task, sites), rel=1e-6, abs=1e-6)


@pytest.mark.deeper
@SOME
@given(tasks())
def test_of_limits_that_conflict_none_is_needless(task: SitingTask) -> None:
    """Without any one of those named, the others can be kept: by looking at all subsets."""
    found = find_conflict(task)
    if best_by_looking_at_all(task) is not None:
        assert found is None
        return
    assert found is not None
    limits = conflicting_limits(found)
    assert limits
    if "demands have no candidate" in limits[0]:
        return
    assert not _can_keep(task, limits)
    for name in limits:
        assert _can_keep(task, [other for other in limits if other != name]), (name, limits)


def _can_keep(task: SitingTask, names: "list[str] | tuple[str, ...]") -> bool:
    """Whether some subset keeps the named limits: each looked at by itself, from its words."""
    said = " | ".join(names)
    limits = task.limits
    fixed = frozenset(site for site in limits.fixed if f"{site} stays open" in names)
    kept = replace(
        limits,
        p=None,
        budget=None,
        fixed=frozenset(),
        groups=tuple(
            replace(
                group,
                least=group.least if f"at least {group.least} in {group.name}" in names else 0,
                most=group.most if f"at most {group.most} in {group.name}" in names else None,
            )
            for group in limits.groups
        ),
        conflicts=np.array(
            [
                pair
                for pair in limits.conflicts.tolist()
                if "{} and {} are too near one another".format(*sorted(pair)) in names
            ],
            dtype=np.int64,
        ).reshape(-1, 2),
    )
    goal = task.goal if "every demand is served" in said else SitingGoal.MCLP
    sites = range(task.data.sites)
    for size in range(len(sites) + 1):
        for chosen in combinations(sites, size):
            new = set(chosen) - limits.fixed
            cost = sum(1.0 if limits.cost is None else float(limits.cost[site]) for site in new)
            if fixed - set(chosen):
                continue
            if f"at most {limits.p} new sites" in names and len(new) > (limits.p or 0):
                continue
            if f"a budget of {limits.budget}" in names and cost > (limits.budget or 0.0):
                continue
            if not [*broken_limits(_of(task, goal, kept), chosen)]:
                return True
    return False


def _of(task: SitingTask, goal: SitingGoal, limits: SitingLimits) -> SitingTask:
    """The same data under another goal; only its limits are looked at."""
    other = object.__new__(SitingTask)
    for name, value in (("goal", goal), ("data", task.data), ("limits", limits)):
        object.__setattr__(other, name, value)
    return other
