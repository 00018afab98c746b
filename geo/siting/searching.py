"""The one way in which plans are found and proven: greedy, swaps, prices, then HiGHS on what is left."""

from dataclasses import dataclass

import numpy as np

from geo.siting.choice import certain
from geo.siting.conflicting import conflict
from geo.siting.duals import Proof, descend, rows_of
from geo.siting.existing import Standing
from geo.siting.faults import Unsolved
from geo.siting.greedy import fill
from geo.siting.highs import Hearing, Outcome, run
from geo.siting.limits import Ints
from geo.siting.method import Method
from geo.siting.plan import Watch
from geo.siting.swapping import move_to, polish, prune, swap

N_ = str  # marks a text for the message catalogue

GREEDY, SWAPS, PRICES, HIGHS = N_("greedy"), N_("greedy and swaps"), N_("prices of demands"), N_("HiGHS")


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is tried, counted and not timed: the same effort gives the same plan anywhere."""

    steps: int = 3_000  # of the prices
    shakes: int = 200  # of the local search that find nothing, in a row, before HiGHS
    nodes: int | None = None  # of HiGHS; None: until it is proven
    seed: int = 8


class Search:
    """A local search, who is told of what it finds, and the best it found."""

    def __init__(self, method: Method, watch: Watch) -> None:
        self.method, self.watch = method, watch
        self.standing = Standing(method.limits)
        self.best: Ints = np.empty(0, dtype=np.int64)
        self.known = -np.inf

    def tell(self, opened: Ints, worth: float, by: str) -> None:
        if worth > self.known:
            self.best, self.known = opened, worth
            self.watch.found(self.method.sites(opened), self.method.sign * worth, by)

    def begin(self) -> None:
        """Greedy and swaps. *Raises*: Infeasible where no plan keeps the limits."""
        worth, standing = self.method.worth, self.standing
        fill(worth, standing, self.method.each)
        if not standing.is_sound or not worth.is_whole:
            move_to(worth, standing, self._any_choice())
        self.tell(standing.opened, worth.total, GREEDY)
        fill(worth, standing, np.ones(len(self.method.free)))
        prune(worth, standing, standing.opened)
        swap(worth, standing, standing.opened, self.watch.goes_on)
        self.tell(standing.opened, worth.total, SWAPS)

    def polish(self, shakes: int, seed: int) -> None:
        """Shakes of the best plan until so many find nothing, or the watch says stop."""
        better = lambda opened, worth: self.tell(opened, worth, SWAPS)  # noqa: E731
        chance = np.random.default_rng(seed)
        method = self.method
        polish(method.worth, self.standing, method.each, chance, self.watch.goes_on, better, shakes)

    def _any_choice(self) -> Ints:
        """A choice that keeps the limits, by HiGHS: greedy has painted itself into a corner."""
        method = self.method
        hearing = Hearing(lambda _: None, lambda _: None, self.watch.goes_on)
        if trouble := conflict(method.task, self.watch.goes_on):
            raise trouble
        answer = run(method.any_choice(), hearing=hearing)
        if answer.opened is None:
            raise Unsolved
        return answer.opened


def prove(search: Search, effort: Effort) -> None:
    """Bounds by prices, then HiGHS on what these leave open, until it is proven or told to stop."""
    method, watch = search.method, search.watch

    def better(proof: Proof) -> None:
        watch.bounded(method.sign * method.rounded(proof.bound), PRICES)

    proof = descend(method.dual, method.to_beat(search.known), effort.steps, watch.goes_on, better)
    if watch.goes_on():
        search.polish(effort.shakes, effort.seed)
    if watch.goes_on():
        _by_highs(search, proof, effort)


def _by_highs(search: Search, proof: Proof, effort: Effort) -> None:
    method, watch, known = search.method, search.watch, search.method.to_beat(search.known)
    excess = proof.bound - known + 1e-9 * abs(known)
    lower, upper = rows_of(certain(proof.chosen, excess), len(method.free))
    model = method.model(lower, upper, proof, known)

    def found(opened: Ints) -> None:
        move_to(method.worth, search.standing, opened)
        search.tell(opened, method.worth.total, HIGHS)

    def bounded(bound: float) -> None:
        watch.bounded(method.sign * max(method.rounded(bound), search.known), HIGHS)

    answer = run(model, search.best, Hearing(found, bounded, watch.goes_on), nodes=effort.nodes)
    if answer.opened is not None:
        found(answer.opened)
    if answer.outcome is Outcome.INFEASIBLE:
        bounded(search.known)  # what was left out holds nothing better, and what is left nothing at all
    elif np.isfinite(answer.bound):
        bounded(answer.bound)
