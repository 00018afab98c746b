"""The common search for all goals, by any method: greedy, swaps, dual prices, then HiGHS on the undecided sites."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from geo.siting.conflicting import find_conflict
from geo.siting.duals import BoundProof, RelaxedTask, bound_sites, minimise_bound
from geo.siting.highs import MipModel, SolverCallbacks, SolverOutcome, run_highs
from geo.siting.merging import PlanWorth
from geo.siting.problem import Floats, Ints, NoPlanFound, SitingTask
from geo.siting.record import SearchRecord
from geo.siting.restrictions import Restrictions
from geo.siting.swapping import (
    OpenSites,
    fill_greedily,
    is_better,
    iterate_local_search,
    open_exactly,
    prune_sites,
    swap_sites,
)

BY_GREEDY, BY_SWAPS, BY_PRICES, BY_HIGHS = "greedy", "greedy and swaps", "prices of demands", "HiGHS"


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


@dataclass(frozen=True, slots=True)
class SearchEffort:
    """How much is tried, in counts, not time: the same effort gives the same plan on any machine."""

    steps: int = 3_000  # steps of improving the dual prices
    shakes: int = 200  # fruitless shakes in a row of the local search, before HiGHS
    nodes: int | None = None  # nodes of HiGHS; None: until the plan is proven
    seed: int = 8


class LocalSearch:
    """A local search, the watch to which it reports, and the best plan that it found."""

    def __init__(self, method: SolutionMethod, watch: SearchRecord) -> None:
        self.method, self.watch = method, watch
        self.standing = OpenSites(method.limits)
        self.best: Ints = np.empty(0, dtype=np.int64)
        self.known = -np.inf

    def report(self, opened: Ints, worth: float, by: str) -> None:
        if is_better(worth, self.known):
            self.best, self.known = opened, worth
            self.watch.report_plan(self.method.sites(opened), self.method.sign * worth, by)

    def begin(self) -> None:
        """Build a plan by greedy and swaps. *Raises*: InfeasibleLimits where no plan keeps the limits."""
        worth, standing = self.method.worth, self.standing
        fill_greedily(worth, standing, self.method.each)
        if not standing.is_sound or not worth.is_whole:
            open_exactly(worth, standing, self._any_choice())
        self.report(standing.open_sites, worth.total, BY_GREEDY)
        fill_greedily(worth, standing, np.ones(len(self.method.free)))
        prune_sites(worth, standing, standing.open_sites)
        swap_sites(worth, standing, standing.open_sites, self.watch.goes_on)
        self.report(standing.open_sites, worth.total, BY_SWAPS)

    def polish(self, shakes: int, seed: int) -> None:
        """Shake the best plan until ``shakes`` in a row find nothing better, or the watch says stop."""
        better = lambda opened, worth: self.report(opened, worth, BY_SWAPS)  # noqa: E731
        chance = np.random.default_rng(seed)
        method = self.method
        iterate_local_search(
            method.worth, self.standing, method.each, chance, self.watch.goes_on, better, shakes
        )

    def _any_choice(self) -> Ints:
        """Return a choice within the limits, by HiGHS, for when greedy reached a dead end."""
        method = self.method
        if trouble := find_conflict(method.task, self.watch.goes_on):
            raise trouble
        answer = run_highs(method.any_choice(), hearing=SolverCallbacks(goes_on=self.watch.goes_on))
        if answer.open_sites is None:
            raise NoPlanFound
        return answer.open_sites


def prove_optimality(search: LocalSearch, effort: SearchEffort) -> None:
    """Improve the bound by prices, then run HiGHS on the undecided sites, until proven or stopped."""
    method, watch = search.method, search.watch

    def better(proof: BoundProof) -> None:
        watch.report_bound(method.sign * method.round_bound(proof.bound), BY_PRICES)

    proof = minimise_bound(
        method.dual, method.worth_to_beat(search.known), effort.steps, watch.goes_on, better
    )
    if watch.goes_on():
        search.polish(effort.shakes, effort.seed)
    if watch.goes_on():
        _by_highs(search, proof, effort)


def _by_highs(search: LocalSearch, proof: BoundProof, effort: SearchEffort) -> None:
    method, watch, known = search.method, search.watch, search.method.worth_to_beat(search.known)
    excess = proof.bound - known + 1e-9 * abs(known)
    lower, upper = bound_sites(proof.chosen, excess)
    model = method.model(lower, upper, proof, known)

    def found(opened: Ints) -> None:
        open_exactly(method.worth, search.standing, opened)
        search.report(opened, method.worth.total, BY_HIGHS)

    def bounded(bound: float) -> None:
        watch.report_bound(method.sign * max(method.round_bound(bound), search.known), BY_HIGHS)

    answer = run_highs(model, search.best, SolverCallbacks(found, bounded, watch.goes_on), nodes=effort.nodes)
    if answer.open_sites is not None:
        found(answer.open_sites)
    if answer.outcome is SolverOutcome.INFEASIBLE:
        bounded(search.known)  # neither the excluded nor the remaining sites contain a better plan
    elif np.isfinite(answer.bound):
        bounded(answer.bound)
