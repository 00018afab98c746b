"""From a solver's positions to what a planner is told: sites in turn, what each gains, where it lies."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geo.geodesy import Floats, courses, geocentric
from geo.siting.curve import Turns, gains_in_turn, greedy_turns, rows_of_sites, saving_turns
from geo.siting.limits import Limits
from geo.siting.plan import Plan
from geo.siting.problem import Cover, Distances, Goal, Mask
from geo.siting.proposal import Landmark
from geo.siting.situation import Posed, Situation, nearest_m, posed


@dataclass(frozen=True, slots=True, eq=False)
class Built:
    """Which candidates a plan builds, in turn, and which of the standing places it closes.

    *Shape*: ``sites``, ``gained`` and ``closed`` (k,) each; ``gained`` is newly served demand.
    """

    sites: NDArray[np.int64]
    gained: Floats
    closed: NDArray[np.int64]


def built(situation: Situation, asked: Posed, plan: Plan, more: int | None = None) -> Built:
    """The plan's new sites in order of what each gains, those that gain least last.

    Where places may close, only as many are closed as must be, with ``more`` sites wanted in all; and nothing
    is built where a place that would be closed serves as much.
    """
    candidates = len(situation.candidates)
    new = [site for site in plan.sites.tolist() if site < candidates]
    cover = _cover(situation)
    if not situation.may_close:
        turns = _turns(asked, cover, new, [])
        return Built(turns.sites, turns.gained, np.empty(0, dtype=np.int64))
    kept = [site for site in plan.sites.tolist() if site >= candidates]
    if asked.task.goal is Goal.MCLP and not _has_districts(asked.task.limits, candidates):
        new, kept = _rather_kept(cover, new, kept, candidates)
    if more is not None:
        kept = _also_kept(cover, new, kept, candidates, candidates + len(situation.standing) + more)
    turns = _turns(asked, cover, new, kept)
    closed = sorted(set(range(len(situation.standing))) - {site - candidates for site in kept})
    return Built(turns.sites, turns.gained, np.array(closed, dtype=np.int64))


def _has_districts(limits: Limits, candidates: int) -> bool:
    """Whether a limit counts new sites, so that none may be had by keeping a place instead."""
    return any((group.sites < candidates).any() for group in limits.groups)


def _cover(situation: Situation) -> Cover:
    data = posed(situation, Goal.MCLP, Limits()).task.data
    assert isinstance(data, Cover), "MCLP is about cover"
    return data


def _turns(asked: Posed, cover: Cover, new: Sequence[int], already: Sequence[int]) -> Turns:
    data = asked.task.data
    if isinstance(data, Distances):
        standing = [*already, *asked.task.limits.fixed]
        order = saving_turns(data, new, standing).sites
        return Turns(order, gains_in_turn(cover, order.tolist(), already))
    return greedy_turns(cover, new, already)


def _rather_kept(
    cover: Cover, new: Sequence[int], kept: Sequence[int], candidates: int
) -> tuple[list[int], list[int]]:
    """New sites give way to places that would be closed and serve whatever only they do."""
    rows = [set(some.tolist()) for some in rows_of_sites(cover, range(cover.sites))]
    opened = [*new, *kept]
    for site in new:
        others = set().union(*(rows[one] for one in opened if one != site))
        alone = rows[site] - others
        instead = (
            place for place in range(candidates, cover.sites) if place not in opened and alone <= rows[place]
        )
        if (place := next(instead, None)) is not None:
            opened = [one for one in opened if one != site] + [place]
    return [site for site in opened if site < candidates], [site for site in opened if site >= candidates]


def _also_kept(cover: Cover, new: Sequence[int], kept: Sequence[int], candidates: int, end: int) -> list[int]:
    """Whoever need not close stays: the most useful first, until there are as many places as were asked for."""
    free = end - candidates - len(new) - len(kept)
    others = sorted(set(range(candidates, cover.sites)) - set(kept))
    if free <= 0 or not others:
        return list(kept)
    useful = greedy_turns(cover, others, [*new, *kept]).sites.tolist()
    return sorted([*kept, *useful[:free]])


@dataclass(frozen=True, slots=True, eq=False)
class Ways:
    """How far the nearest open place is: served demand, mean and greatest way. *Units*: metres."""

    served: float
    mean_m: float
    farthest_m: float


def ways(situation: Situation, places: Floats) -> Ways:
    """What a set of open places means for the demand, whatever a solver said. *Shape*: places (k, 2)."""
    demand = situation.demand
    some = demand.weight > 0
    metres, weight = nearest_m(demand.points[some], places), demand.weight[some]
    if not len(weight):
        return Ways(0.0, 0.0, 0.0)
    served: Mask = metres <= situation.radius_m
    return Ways(float(weight[served].sum()), float(np.average(metres, weights=weight)), float(metres.max()))


def landmarks(points: Floats, named: Floats, names: Sequence[str]) -> list[Landmark | None]:
    """The nearest named place of each point, how far it is, and in which direction from it the point lies."""
    if not len(named) or not len(points):
        return [None] * len(points)
    _, found = cKDTree(geocentric(named)).query(geocentric(points))
    places = np.asarray(found, dtype=np.intp)
    metres, bearings = courses(named[places], points)
    rows = zip(places.tolist(), metres, bearings, strict=True)
    return [Landmark(names[place], away, bearing) for place, away, bearing in rows]
