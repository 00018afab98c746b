"""Improve a plan part by part: close some neighbouring sites, and choose again there exactly.

*Source*: large neighbourhood search with exact repair (Pisinger and Ropke, Handbook of Metaheuristics, 2019,
chapter 4), also called fix and optimise (Helber and Sahling, International Journal of Production Economics 123,
2010).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from geo.siting.benefit import PlanWorth
from geo.siting.existing import OpenSites
from geo.siting.highs import SolverCallbacks, SolverOutcome, run_highs
from geo.siting.limits import Ints
from geo.siting.model import MipModel
from geo.siting.problem import Floats
from geo.siting.swapping import is_better, open_exactly

PartModel = Callable[[Ints, Ints], MipModel]  # from the sites that stay open, and those to choose among

_FEWEST, _MOST = 4, 24  # open sites of a part
_CANDIDATES = 10  # for each of them
_NODES = 50  # of HiGHS in a part
_NOISE = 0.3  # on gains, so that the candidates of a part differ from time to time


@dataclass(slots=True)
class PartSearch:
    """Improves parts of a plan. The size of a part adapts to what is solved within a fixed number of nodes."""

    model: PartModel
    worth: PlanWorth
    standing: OpenSites
    chance: np.random.Generator
    goes_on: Callable[[], bool]
    size: int = 8

    def improve(self) -> None:
        """Choose a random part again, unless the result is worse."""
        opened = self.standing.open_sites
        if not len(opened):
            return
        gone = self._neighbours(opened)
        kept = np.setdiff1d(opened, gone)
        open_exactly(self.worth, self.standing, kept)
        is_solved = self._choose(kept, self._candidates(gone), opened)
        self.size = min(_MOST, self.size + 1) if is_solved else max(_FEWEST, self.size - 1)

    def merge(self, other: Ints) -> None:
        """Choose the best of the open sites and those of another plan, unless the result is worse."""
        opened = self.standing.open_sites
        self._choose(np.intersect1d(opened, other), np.setxor1d(opened, other), opened)

    def _choose(self, kept: Ints, among: Ints, opened: Ints) -> bool:
        """Open the best of ``among`` beside those kept, else ``opened``; return whether the choice is proven."""
        silent = SolverCallbacks(lambda _: None, lambda _: None, self.goes_on)
        open_exactly(self.worth, self.standing, opened)
        before = self.worth.total
        start = np.flatnonzero(np.isin(among, opened))
        answer = run_highs(self.model(kept, among), start, silent, nodes=_NODES)
        if answer.open_sites is not None:
            open_exactly(self.worth, self.standing, np.concatenate((kept, among[answer.open_sites])))
            if is_better(before, self.worth.total) or not self.standing.is_sound:
                open_exactly(self.worth, self.standing, opened)
        return answer.outcome is SolverOutcome.OPTIMAL

    def _neighbours(self, opened: Ints) -> Ints:
        """Return a random open site and those nearest to it by the demand that they share, ``size`` in all."""
        found = [int(self.chance.choice(opened))]
        is_known = np.zeros(len(self.standing.open), dtype=bool)
        is_known[found] = True
        for site in found:
            if len(found) >= self.size:
                break
            near = self.worth.affected_sites(site)
            beyond = [
                near,
                *(self.worth.affected_sites(int(one)) for one in self.chance.permutation(near)[:8]),
            ]
            new = np.unique(np.concatenate(beyond))
            new = new[self.standing.open[new] & ~is_known[new]]
            is_known[new] = True
            found += self.chance.permutation(new).tolist()
        return np.sort(np.array(found[: self.size], dtype=np.int64))

    def _candidates(self, gone: Ints) -> Ints:
        """Return the closed sites themselves and those near them with the largest gains, with some noise."""
        near = np.unique(np.concatenate([self.worth.affected_sites(int(site)) for site in gone]))
        near = np.setdiff1d(near[self.standing.may_add()[near]], gone)
        gains: Floats = self.worth.gains[near] * np.exp(self.chance.normal(0.0, _NOISE, len(near)))
        best = near[np.argsort(-gains)[: (_CANDIDATES - 1) * len(gone)]]
        return np.sort(np.concatenate((gone, best)))
