"""Longer hours in place of building: how few of the closed doors, opened then, serve as much as new sites."""

from dataclasses import dataclass

import numpy as np

from geo.siting.curve import greedy_turns
from geo.siting.limits import Limits
from geo.siting.plan import Solver
from geo.siting.problem import Cover, Goal, Task

ENOUGH = 1e-9  # sums of the same weights in another order differ by less


@dataclass(frozen=True, slots=True)
class Fewest:
    """The fewest sites that newly serve a target, as far as known; in order of what each adds.

    ``gained`` is what they newly serve. ``fewer_bound`` is what one site fewer could serve at most, where
    that was proved to be too little; None where fewer may do. ``reaches`` tells whether the target is
    reached at all: where it isn't, these are all sites that add anything.
    """

    sites: tuple[int, ...]
    gained: float
    target: float
    reaches: bool
    fewer_bound: float | None

    @property
    def is_proven(self) -> bool:
        """Whether fewer certainly don't do."""
        return self.fewer_bound is not None or (self.reaches and len(self.sites) <= 1)


@dataclass(frozen=True, slots=True)
class Alternative:
    """So many doors opened longer are worth so many new sites: what each side newly serves.

    ``extended`` names stations by their position among those that are closed then; ``closed`` is how many
    of these there are in all. ``is_proven`` says that one door fewer would serve less than the new sites
    do (or, where all doors together don't reach them, that one new site fewer would serve less than all doors).
    """

    extended: tuple[int, ...]
    extended_gain: float
    new_sites: int
    new_gain: float
    closed: int
    is_all: bool
    is_proven: bool


def fewest_for(cover: Cover, target: float, solver: Solver, allowed: Limits | None = None) -> Fewest:
    """The fewest sites of a cover that serve at least ``target``, by solving for fewer and fewer.

    Greedy gives the first answer; then the best plan of one site fewer is sought until it serves too
    little. *Units*: of the weights.
    """
    limits = allowed or Limits()
    found = _greedy(cover, target, limits)
    gained = _served(cover, found)
    if gained < target * (1 - ENOUGH):
        return Fewest(found, gained, target, reaches=False, fewer_bound=None)
    while len(found) > 1:
        plan = solver(Task(Goal.MCLP, cover, Limits(p=len(found) - 1, closed=limits.closed)))
        if plan.objective < target * (1 - ENOUGH):
            bound = plan.bound if plan.bound < target * (1 - ENOUGH) else None
            return Fewest(found, gained, target, reaches=True, fewer_bound=bound)
        turns = greedy_turns(cover, plan.sites.tolist())
        found, gained = tuple(turns.sites.tolist()), plan.objective
    return Fewest(found, gained, target, reaches=True, fewer_bound=None)


def alternative(closed: Cover, new: Cover, plan: tuple[int, ...], solver: Solver) -> Alternative:
    """How few closed doors, opened then, are worth the plan's new sites; where all of them are worth less,
    how few new sites are worth them.

    Both covers are of the same demand: what nobody serves then.
    """
    target = _served(new, plan)
    doors = fewest_for(closed, target, solver)
    if doors.reaches:
        return Alternative(
            doors.sites,
            doors.gained,
            len(plan),
            target,
            closed.sites,
            is_all=False,
            is_proven=doors.is_proven,
        )
    worth = fewest_for(new, doors.gained, solver)
    return Alternative(
        doors.sites, doors.gained, len(worth.sites), worth.gained, closed.sites, is_all=True,
        is_proven=worth.is_proven,
    )  # fmt: skip


def _greedy(cover: Cover, target: float, limits: Limits) -> tuple[int, ...]:
    """Sites by what each adds, until the target is reached or nothing is added any more."""
    rows = np.repeat(np.arange(len(cover.weights)), np.diff(cover.starts))
    left = np.array(cover.weights, dtype=np.float64)
    order = np.argsort(cover.site_of, kind="stable")
    ends = np.cumsum(np.bincount(cover.site_of, minlength=cover.sites))[:-1]
    columns = np.split(rows[order], ends) if cover.sites else []
    chosen: list[int] = []
    served = 0.0
    while served < target * (1 - ENOUGH):
        gains = np.bincount(cover.site_of, weights=left[rows], minlength=cover.sites)
        gains[sorted(limits.closed)] = 0.0
        best = int(np.argmax(gains)) if len(gains) else 0
        if not len(gains) or gains[best] <= 0:
            break
        chosen.append(best)
        served += float(gains[best])
        left[columns[best]] = 0.0
    return tuple(chosen)


def _served(cover: Cover, sites: tuple[int, ...]) -> float:
    return float(greedy_turns(cover, sites).gained.sum())
