"""From a solver's positions to what a planner is told: sites in turn, what each gains, where it lies."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geo.geodesy import Floats, courses, geocentric
from geo.siting.curve import Turns, gains_in_turn, greedy_turns, saving_turns
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

    Where places may close, only as many are closed as must be: with ``more`` sites wanted in all, whoever
    need not close is kept, the most useful first.
    """
    candidates = len(situation.candidates)
    new = [site for site in plan.sites.tolist() if site < candidates]
    kept = _kept(situation, plan, len(new), more)
    already = [candidates + place for place in kept] if situation.may_close else []
    cover = _cover(situation)
    turns = _turns(asked, cover, new, already)
    gone = sorted(set(range(len(situation.standing))) - set(kept)) if situation.may_close else []
    return Built(turns.sites, turns.gained, np.array(gone, dtype=np.int64))


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


def _kept(situation: Situation, plan: Plan, new: int, more: int | None) -> list[int]:
    """Positions among the standing places that stay open."""
    standing, candidates = len(situation.standing), len(situation.candidates)
    if not situation.may_close:
        return list(range(standing))
    kept = [site - candidates for site in plan.sites.tolist() if site >= candidates]
    others = sorted(set(range(standing)) - set(kept))
    places = len(others) if more is None else max(0, standing + more - new - len(kept))
    if more is None or not others:
        return kept
    useful = greedy_turns(_cover(situation), [candidates + place for place in others], plan.sites.tolist())
    return sorted(kept + [site - candidates for site in useful.sites.tolist()[:places]])


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
