"""Whether a plan is stable when points and demand are slightly wrong."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from geo.coverage.demand import Demand
from geo.geodesy import Floats, wgs84_geod
from geo.siting.limits import NoPlanFound, SitingLimits
from geo.siting.plan import Solver
from geo.siting.problem import SitingGoal
from geo.siting.situation import SitingSituation, build_situation_task

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
