"""Longer hours instead of building: the fewest closed stations that, opened longer, match the new sites."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from geo.coverage.demand import Demand
from geo.geodesy import Floats, wgs84_geod
from geo.siting.curve import order_by_gain
from geo.siting.limits import NoPlanFound, SitingLimits
from geo.siting.problem import Cover, SitingGoal, SitingTask
from geo.siting.record import Solver
from geo.siting.situation import SitingSituation, build_situation_task

SUM_TOLERANCE = 1e-9  # sums of the same weights in another order differ by less


@dataclass(frozen=True, slots=True)
class FewestSites:
    """The fewest known sites that newly serve a target, in order of what each adds.

    ``gained`` is the demand that they newly serve. ``fewer_bound`` is the most that one site fewer could
    serve, where that is proven to be below the target; None where fewer sites may suffice. ``reaches`` says
    whether the target is reached; if not, ``sites`` are all sites that add anything.
    """

    sites: tuple[int, ...]
    gained: float
    reaches: bool
    fewer_bound: float | None

    @property
    def is_proven(self) -> bool:
        """Whether fewer sites are proven not to reach the target."""
        return self.fewer_bound is not None or (self.reaches and len(self.sites) <= 1)


@dataclass(frozen=True, slots=True)
class HoursAlternative:
    """The number of stations opened longer that equals a number of new sites, and what each side serves.

    ``extended`` are positions among the stations that are closed then, ``new`` among the candidates.
    ``is_proven`` says that one station fewer would serve less than the new sites do. Where all stations
    together serve less than the new sites (``is_all``), it says that one new site fewer would serve less
    than all stations.
    """

    extended: tuple[int, ...]
    extended_gain: float
    new: tuple[int, ...]
    new_gain: float
    is_all: bool
    is_proven: bool


def find_fewest_sites(cover: Cover, target: float, solver: Solver) -> FewestSites:
    """Find the fewest sites of a cover that serve at least ``target``, by solving for fewer and fewer sites.

    A greedy plan is the first answer. Then the best plan of one site fewer is computed until it serves too
    little. *Units*: of the weights.
    """
    found = _greedy(cover, target)
    gained = _served(cover, found)
    if gained < target * (1 - SUM_TOLERANCE):
        return FewestSites(found, gained, reaches=False, fewer_bound=None)
    while len(found) > 1:
        plan = solver(SitingTask(SitingGoal.MCLP, cover, SitingLimits(p=len(found) - 1)))
        if plan.objective < target * (1 - SUM_TOLERANCE):
            bound = plan.bound if plan.bound < target * (1 - SUM_TOLERANCE) else None
            return FewestSites(found, gained, reaches=True, fewer_bound=bound)
        turns = order_by_gain(cover, plan.sites.tolist())
        found, gained = tuple(turns.sites.tolist()), plan.objective
    return FewestSites(found, gained, reaches=True, fewer_bound=None)


def find_hours_alternative(
    closed: Cover, new: Cover, plan: tuple[int, ...], solver: Solver
) -> HoursAlternative:
    """Find the fewest closed stations that, opened then, serve as much as the plan's new sites.

    Where all of them serve less, find the fewest new sites that serve as much as all of them. Both covers
    are of the same demand: the demand that is unserved at that hour.
    """
    target = _served(new, plan)
    doors = find_fewest_sites(closed, target, solver)
    if doors.reaches:
        return HoursAlternative(
            doors.sites, doors.gained, plan, target, is_all=False, is_proven=doors.is_proven
        )
    worth = find_fewest_sites(new, doors.gained, solver)
    return HoursAlternative(
        doors.sites, doors.gained, worth.sites, worth.gained, is_all=True,
        is_proven=worth.is_proven,
    )  # fmt: skip


def _greedy(cover: Cover, target: float) -> tuple[int, ...]:
    """Return sites in order of gain until the target is reached or no site adds anything."""
    rows = np.repeat(np.arange(len(cover.weights)), np.diff(cover.starts))
    left = np.array(cover.weights, dtype=np.float64)
    order = np.argsort(cover.site_of, kind="stable")
    ends = np.cumsum(np.bincount(cover.site_of, minlength=cover.sites))[:-1]
    columns = np.split(rows[order], ends) if cover.sites else []
    chosen: list[int] = []
    served = 0.0
    while served < target * (1 - SUM_TOLERANCE):
        gains = np.bincount(cover.site_of, weights=left[rows], minlength=cover.sites)
        best = int(np.argmax(gains)) if len(gains) else 0
        if not len(gains) or gains[best] <= 0:
            break
        chosen.append(best)
        served += float(gains[best])
        left[columns[best]] = 0.0
    return tuple(chosen)


def _served(cover: Cover, sites: tuple[int, ...]) -> float:
    return float(order_by_gain(cover, sites).gained.sum())


DEFAULT_RUNS = 20


@dataclass(frozen=True, slots=True)
class Disturbance:
    """The errors of points and demand.

    Points move in any direction, evenly over a disc of radius ``error_m``. Weights change by up to
    ``demand_share``, evenly and independently.
    """

    error_m: float = 50.0
    demand_share: float = 0.1
    seed: int = 20261120


def disturb_situation(situation: SitingSituation, by: Disturbance, run: int) -> SitingSituation:
    """Return the situation with random errors; the same run of the same seed gives the same result.

    Demand, candidates and existing places move independently; weights change independently.
    """
    chance = np.random.Generator(np.random.PCG64([by.seed, run]))
    demand, sites = situation.demand, situation.candidates
    weight = demand.weight * chance.uniform(1 - by.demand_share, 1 + by.demand_share, len(demand))
    return replace(
        situation,
        demand=Demand(_moved(demand.points, by.error_m, chance), weight, demand.unit, demand.district),
        candidates=replace(sites, points=_moved(sites.points, by.error_m, chance)),
        standing=_moved(situation.standing, by.error_m, chance),
        beyond=_moved(situation.beyond, by.error_m, chance),
    )


def iter_disturbed_choices(
    situation: SitingSituation,
    goal: SitingGoal,
    limits: SitingLimits,
    solver: Solver,
    by: Disturbance,
    runs: int = DEFAULT_RUNS,
) -> Iterator[NDArray[np.int64]]:
    """Yield the sites that the solver chooses in each disturbed run, so that the caller may stop early.

    Positions are of candidates only. The limits, including pairs that are too near, stay as they are. A run
    that finds no plan in time is left out.
    """
    for run in range(runs):
        task = build_situation_task(disturb_situation(situation, by, run), goal, limits).task
        try:
            sites = solver(task).sites
        except NoPlanFound:
            continue
        yield sites[sites < len(situation.candidates)]


def _moved(points: Floats, error_m: float, chance: np.random.Generator) -> Floats:
    """Return the points moved randomly, evenly over a disc of radius ``error_m``."""
    azimuth = chance.uniform(0.0, 360.0, len(points))
    metres = error_m * np.sqrt(chance.uniform(0.0, 1.0, len(points)))
    if not len(points):
        return points
    lon, lat, _ = wgs84_geod().fwd(points[:, 0], points[:, 1], azimuth, metres)
    return np.column_stack((lon, lat))
