"""What a siting task is made of: who wants a place, what stands open already, where one could build."""

from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geo.coverage.demand import Demand
from geo.coverage.neighbours import Neighbours, neighbours
from geo.coverage.reach import LONGEST_RADIUS_M
from geo.geodesy import Floats, geocentric, geodesic_m
from geo.siting.candidates import Candidates
from geo.siting.limits import Limits
from geo.siting.problem import Cover, Distances, Goal, Mask, Task

MOST_PAIRS = 20_000_000


class TooManyPairs(ValueError):
    """More pairs of demand and site than can be reckoned with."""

    def __init__(self, count: int, radius_m: float) -> None:
        self.count, self.radius_m, self.most = count, radius_m, MOST_PAIRS
        super().__init__(
            f"{count:,} pairs of demand and site lie within {radius_m:,.0f} m of each other; {MOST_PAIRS:,} are "
            "the most: take a smaller radius, a wider grid, or fewer points of demand"
        )


@dataclass(frozen=True, slots=True, eq=False)
class Situation:
    """``standing`` are the places that are open then and may be used; ``may_close`` says whether they are at stake.

    Sites of its tasks are the candidates in their order and, where places may close, those that stand
    behind them. Where they may not, what they serve is taken out before solving for the models of cover;
    for those of distance one fixed site behind the others stands for all that stays. ``beyond`` are open
    places that nobody here may close, such as those across the border.
    *Shape*: standing (s, 2), lon, lat. *CRS*: WGS84. *Units*: metres.
    """

    demand: Demand
    candidates: Candidates
    standing: Floats
    radius_m: float
    may_close: bool = False
    beyond: Floats = field(default_factory=lambda: np.empty((0, 2)))

    def moved(self, demand: Demand, candidates: Candidates, standing: Floats, beyond: Floats) -> "Situation":
        """The same with every point somewhere else, or other weights."""
        return replace(self, demand=demand, candidates=candidates, standing=standing, beyond=beyond)

    @property
    def places(self) -> Floats:
        """All that is open then."""
        return np.concatenate((self.standing, self.beyond))

    @property
    def certain(self) -> Floats:
        """What stays open whatever is planned."""
        return self.beyond if self.may_close else self.places

    @property
    def sites(self) -> int:
        """How many sites a task of cover has."""
        return len(self.candidates) + (len(self.standing) if self.may_close else 0)

    def standing_m(self) -> Floats:
        """How far the nearest place that stays is from each demand; infinite beyond 100 km. *Shape*: (n,)."""
        return nearest_m(self.demand.points, self.certain)

    def served(self) -> Mask:
        """Which demand is served by what stays. *Shape*: (n,)."""
        return self.standing_m() <= self.radius_m


def nearest_m(points: Floats, others: Floats) -> Floats:
    """The geodesic to the nearest of the others; infinite where none is within 100 km. *Shape*: (n,)."""
    if not len(others) or not len(points):
        return np.full(len(points), np.inf)
    k = min(2, len(others))  # of two whose chords are alike the geodesics decide
    _, found = cKDTree(geocentric(others)).query(geocentric(points), k=k)
    columns = np.asarray(found, dtype=np.intp).reshape(len(points), k).T
    metres = np.min([geodesic_m(points, others[column]) for column in columns], axis=0)
    return np.where(metres <= LONGEST_RADIUS_M, metres, np.inf)


@dataclass(frozen=True, slots=True, eq=False)
class Posed:
    """A task, and which of the demand its rows are. *Shape*: rows (rows of the task,)."""

    task: Task
    rows: NDArray[np.intp]
    unreachable: float = 0.0  # demand that no site of it can serve


def posed(situation: Situation, goal: Goal, limits: Limits) -> Posed:
    """The task of a situation; the limits name sites by the positions of `Situation`.

    *Raises*: ValueError where there are too many pairs, InputFaults where a limit is unsound.
    """
    if goal in (Goal.MCLP, Goal.LSCP):
        return _of_cover(situation, goal, limits)
    return _of_distance(situation, goal, limits)


def _of_cover(situation: Situation, goal: Goal, limits: Limits) -> Posed:
    demand = situation.demand
    rows = np.flatnonzero((demand.weight > 0) & ~situation.served())
    near = _near(demand.points[rows], _all_sites(situation), situation.radius_m)
    count = near.count
    reached = count > 0  # what nobody can serve is no part of the task, else "all of it" were never possible
    starts = np.concatenate(([0], np.cumsum(count[reached]))).astype(np.int64)
    cover = Cover(demand.weight[rows[reached]], starts, near.station.astype(np.int64), situation.sites)
    return Posed(Task(goal, cover, limits), rows[reached], float(demand.weight[rows[~reached]].sum()))


def _all_sites(situation: Situation) -> Floats:
    candidates = situation.candidates.points
    return np.concatenate((candidates, situation.standing)) if situation.may_close else candidates


def _near(points: Floats, sites: Floats, radius_m: float) -> Neighbours:
    if len(points) and len(sites):
        count = int(cKDTree(geocentric(points)).count_neighbors(cKDTree(geocentric(sites)), radius_m))
        if count > MOST_PAIRS:
            raise TooManyPairs(count, radius_m)
    return neighbours(points, sites, radius_m)


def _of_distance(situation: Situation, goal: Goal, limits: Limits) -> Posed:
    """Only sites nearer than what stands for good can matter to a demand."""
    rows = np.flatnonzero(situation.demand.weight > 0)
    points = situation.demand.points[rows]
    fallback_m = situation.standing_m()[rows]
    one, other, metres = _nearer_than(points, _all_sites(situation), fallback_m)
    sites, has_fallback = situation.sites, np.flatnonzero(np.isfinite(fallback_m))
    if len(has_fallback):
        one = np.concatenate((one, has_fallback))
        other = np.concatenate((other, np.full(len(has_fallback), sites)))
        metres = np.concatenate((metres, fallback_m[has_fallback]))
        limits, sites = _with_standing(limits, sites), sites + 1
    count = np.bincount(one, minlength=len(rows))
    reached = count > 0
    order = np.lexsort((other, one))
    starts = np.concatenate(([0], np.cumsum(count[reached]))).astype(np.int64)
    weights = situation.demand.weight[rows]
    data = Distances(weights[reached], starts, other[order].astype(np.int64), metres[order], sites)
    return Posed(Task(goal, data, limits), rows[reached], float(weights[~reached].sum()))


_Triples = tuple[NDArray[np.intp], NDArray[np.intp], Floats]


def _nearer_than(points: Floats, sites: Floats, limit_m: Floats) -> _Triples:
    """Pairs nearer than each point's own limit, and how near they are.

    Points are taken in bands of limits, so that few pairs are looked at in vain.
    """
    found = [(np.empty(0, dtype=np.intp), np.empty(0, dtype=np.intp), np.empty(0))]
    edges = [0.0, *(500.0 * 2.0**i for i in range(8)), LONGEST_RADIUS_M, np.inf]
    for low, high in pairwise(edges):
        rows = np.flatnonzero((limit_m > low) & (limit_m <= high))
        if len(rows):
            near = _near(points[rows], sites, min(high, LONGEST_RADIUS_M))
            row = rows[near.row]
            kept = near.distance_m < limit_m[row]
            found.append((row[kept], near.station[kept].astype(np.intp), near.distance_m[kept]))
    one, other, metres = zip(*found, strict=True)
    return np.concatenate(one), np.concatenate(other), np.concatenate(metres)


def _with_standing(limits: Limits, sites: int) -> Limits:
    cost = None if limits.cost is None else np.append(limits.cost, 0.0)
    names = None if limits.names is None else [*limits.names, ""]
    return replace(limits, fixed=limits.fixed | {sites}, cost=cost, names=names)
