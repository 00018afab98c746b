"""Whether a plan holds when points are a little wrong and demand a little other than thought."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pyproj import Geod

from geo.coverage.demand import Demand
from geo.geodesy import Floats
from geo.siting.candidates import Candidates
from geo.siting.faults import Unsolved
from geo.siting.limits import Limits
from geo.siting.plan import Solver
from geo.siting.problem import Goal
from geo.siting.situation import Situation, posed

RUNS = 20


@dataclass(frozen=True, slots=True)
class Disturbance:
    """By how much points (in any direction, evenly over a disc) and demand (evenly, each by itself) may be off."""

    error_m: float = 50.0
    demand_share: float = 0.1
    seed: int = 20261120

    def __post_init__(self) -> None:
        if not 0 <= self.error_m <= 10_000:
            raise ValueError(f"error_m is {self.error_m}; give metres, 0 to 10,000")
        if not 0 <= self.demand_share < 1:
            raise ValueError(f"demand_share is {self.demand_share}; give a share, 0 to below 1")


def disturbed(situation: Situation, by: Disturbance, run: int) -> Situation:
    """The situation as it may be in truth; the same run of the same seed is always the same.

    Demand, candidates and standing places move, each by itself; weights change, each by itself.
    """
    chance = np.random.Generator(np.random.PCG64([by.seed, run]))
    demand, sites = situation.demand, situation.candidates
    weight = demand.weight * chance.uniform(1 - by.demand_share, 1 + by.demand_share, len(demand))
    return situation.moved(
        Demand(_moved(demand.points, by.error_m, chance), weight, demand.unit, demand.district),
        Candidates(
            _moved(sites.points, by.error_m, chance), sites.name, sites.district, sites.cost_fen, sites.row
        ),
        _moved(situation.standing, by.error_m, chance),
        _moved(situation.beyond, by.error_m, chance),
    )


def choices(
    situation: Situation, goal: Goal, limits: Limits, solver: Solver, by: Disturbance, runs: int = RUNS
) -> Iterator[NDArray[np.int64]]:
    """What the solver chooses in each disturbed run, one after the other, so that who asks may stop.

    Positions are of candidates only. The limits stay as they are: who stands too near whom is settled. A
    run in which no plan was found in time says nothing and is left out.
    """
    for run in range(runs):
        task = posed(disturbed(situation, by, run), goal, limits).task
        try:
            sites = solver(task).sites
        except Unsolved:
            continue
        yield sites[sites < len(situation.candidates)]


def shares(chosen: Iterator[NDArray[np.int64]] | list[NDArray[np.int64]], sites: int) -> Floats:
    """In which share of the runs each site was chosen; NaN without a run. *Shape*: (sites,)."""
    count, runs = np.zeros(sites), 0
    for positions in chosen:
        count[positions] += 1
        runs += 1
    return count / runs if runs else np.full(sites, np.nan)


def _moved(points: Floats, error_m: float, chance: np.random.Generator) -> Floats:
    """Points moved evenly over a disc of a radius."""
    azimuth = chance.uniform(0.0, 360.0, len(points))
    metres = error_m * np.sqrt(chance.uniform(0.0, 1.0, len(points)))
    if not len(points):
        return points
    lon, lat, _ = Geod(ellps="WGS84").fwd(points[:, 0], points[:, 1], azimuth, metres)
    return np.column_stack((lon, lat))
