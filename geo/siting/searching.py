"""The common search for all goals: greedy, swaps, dual prices, then HiGHS on the sites still undecided."""

from dataclasses import dataclass

import numpy as np

from core.text_marks import N_
from geo.siting.choice import find_certain_sites
from geo.siting.conflicting import find_conflict
from geo.siting.duals import BoundProof, minimise_bound, site_bounds
from geo.siting.existing import OpenSites
from geo.siting.faults import NoPlanFound
from geo.siting.highs import SolverCallbacks, SolverOutcome, run_highs
from geo.siting.limits import Ints
from geo.siting.method import SolutionMethod
from geo.siting.parts import PartSearch
from geo.siting.plan import SearchWatch
from geo.siting.swapping import (
    fill_greedily,
    is_better,
    iterate_local_search,
    open_exactly,
    prune_sites,
    swap_sites,
)

BY_GREEDY, BY_SWAPS, BY_PARTS, BY_PRICES, BY_HIGHS = (
    N_("greedy"),
    N_("greedy and swaps"),
    N_("swaps and exact parts"),
    N_("prices of demands"),
    N_("HiGHS"),
)
_SHAKES_OF_ROUND, _PARTS_OF_ROUND = 20, 20
_PATIENCE = 20  # parts
_PLANS = 6  # that are merged with each new one
_NOISE_OF_PLAN = 0.3


@dataclass(frozen=True, slots=True)
class SearchEffort:
    """How much is tried, in counts, not time: the same effort gives the same plan on any machine."""

    steps: int = 3_000  # steps of improving the dual prices
    shakes: int = 200  # fruitless shakes in a row of the local search, before HiGHS
    nodes: int | None = None  # nodes of HiGHS; None: until the plan is proven
    seed: int = 8


class _KnownPlans:
    """The best plans that differ from each other, the best first."""

    def __init__(self) -> None:
        self._by_worth: list[tuple[float, Ints]] = []

    @property
    def plans(self) -> list[Ints]:
        return [sites for _, sites in self._by_worth]

    def add(self, worth: float, sites: Ints) -> None:
        if not any(np.array_equal(sites, other) for other in self.plans):
            self._by_worth = sorted([*self._by_worth, (worth, sites)], key=lambda plan: -plan[0])[:_PLANS]


class LocalSearch:
    """A local search, the watch to which it reports, and the best plan that it found."""

    def __init__(self, method: SolutionMethod, watch: SearchWatch) -> None:
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

    def search_by_parts(self, rounds: int, seed: int) -> None:
        """Build plan after plan, improve each part by part, and merge it with the best ones; then begin anew.

        It ends after ``rounds`` plans, or when the watch says stop.
        """
        method = self.method
        if method.part_model is None:
            self.polish(2**62, seed)
            return
        chance = np.random.default_rng(seed)
        parts = PartSearch(method.part_model, method.worth, self.standing, chance, self.watch.goes_on)
        known = _KnownPlans()
        for turn in range(rounds):
            if turn:
                self._begin_anew(chance)
            self._improve_parts(parts)
            alone = (method.worth.total, self.standing.open_sites)
            for other in known.plans:
                if not self.watch.goes_on():
                    return
                if np.array_equal(other, self.standing.open_sites):
                    continue
                parts.merge(other)
                self.report(self.standing.open_sites, method.worth.total, BY_PARTS)
            self._improve_parts(parts)
            known.add(*alone)
            known.add(method.worth.total, self.standing.open_sites)

    def _begin_anew(self, chance: np.random.Generator) -> None:
        """Build another plan by greedy with noise; the best one where that reaches a dead end."""
        worth, standing, cost = self.method.worth, self.standing, self.method.each
        open_exactly(worth, standing, np.empty(0, dtype=np.int64))
        fill_greedily(worth, standing, cost * np.exp(chance.normal(0.0, _NOISE_OF_PLAN, len(cost))))
        if not standing.is_sound:
            open_exactly(worth, standing, self.best)
        swap_sites(worth, standing, standing.open_sites, self.watch.goes_on)

    def _improve_parts(self, parts: PartSearch) -> None:
        """Improve parts until many in a row are as good as they can be; shake the plan in between."""
        method, fruitless, turn = self.method, 0, 0
        while fruitless < _PATIENCE and self.watch.goes_on():
            before = method.worth.total
            parts.improve()
            turn += 1
            if turn % _PARTS_OF_ROUND == 0 and self.watch.goes_on():
                iterate_local_search(
                    *(method.worth, self.standing, method.each, parts.chance, self.watch.goes_on),
                    *(lambda _, __: None, _SHAKES_OF_ROUND),
                )
            fruitless = 0 if is_better(method.worth.total, before) else fruitless + 1
            self.report(self.standing.open_sites, method.worth.total, BY_PARTS)

    def _any_choice(self) -> Ints:
        """Return a choice within the limits, by HiGHS, for when greedy reached a dead end."""
        method = self.method
        hearing = SolverCallbacks(lambda _: None, lambda _: None, self.watch.goes_on)
        if trouble := find_conflict(method.task, self.watch.goes_on):
            raise trouble
        answer = run_highs(method.any_choice(), hearing=hearing)
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
    lower, upper = site_bounds(find_certain_sites(proof.chosen, excess), len(method.free))
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
