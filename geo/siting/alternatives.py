"""How a plan compares: longer hours instead of building, how sure its sites are, and what each further site gains."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from geo.coverage.demand import Demand
from geo.geodesy import Floats, wgs84_geod
from geo.siting.merging import CoverWorth, build_cover_core
from geo.siting.problem import Cover, Distances, Ints, NoPlanFound, SitingGoal, SitingLimits, SitingTask
from geo.siting.record import Solver
from geo.siting.restrictions import build_matrix, column_indices, ones_matrix, transpose
from geo.siting.situation import SitingSituation, build_situation_task

_FURTHEST_M = 100_000.0  # unserved demand counts as served from this distance
ALL_COUNTS_UP_TO = 10
MAX_CURVE_POINTS = 16


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """The best plan with ``sites`` sites: the demand that it newly serves, and the proven upper ``bound``.

    ``gained`` is what the last site adds to the best plan with one site fewer; where the curve skips numbers
    between two points, it is the mean over the skipped ones. ``chosen`` are the positions of its sites.
    """

    sites: int
    cumulative: float
    gained: float
    bound: float
    chosen: tuple[int, ...] = ()

    @property
    def is_proven(self) -> bool:
        """Whether the plan is optimal, except for rounding."""
        return self.bound <= self.cumulative * (1 + 1e-9)


@dataclass(frozen=True, slots=True, eq=False)
class OrderedGains:
    """Sites in order, and the gain of each in its turn. *Shape*: (k,) each."""

    sites: NDArray[np.int64]
    gained: Floats


def order_by_gain(cover: Cover, sites: Sequence[int], already: Sequence[int] = ()) -> OrderedGains:
    """Order the sites of a plan by newly served demand: each next one serves most of the rest.

    Ties go to the earlier site of ``sites``. ``already`` are sites that are open before.
    *Units*: of the weights.
    """
    near, left = rows_of_sites(cover, sites), _left(cover, already)

    def open_site(turn: int) -> None:
        left[near[turn]] = 0.0

    return _order_greedily(sites, lambda turn: float(left[near[turn]].sum()), open_site)


def _order_greedily(
    sites: Sequence[int], gain_of: Callable[[int], float], open_site: Callable[[int], None]
) -> OrderedGains:
    order, gained, remaining = [], [], list(range(len(sites)))
    while remaining:
        gains = [gain_of(turn) for turn in remaining]
        best = int(np.argmax(gains))
        chosen = remaining.pop(best)
        order.append(sites[chosen])
        gained.append(gains[best])
        open_site(chosen)
    return OrderedGains(np.array(order, dtype=np.int64), np.array(gained))


def gains_in_order(cover: Cover, order: Sequence[int], already: Sequence[int] = ()) -> Floats:
    """Return the demand that each site newly serves when the sites open in this order. *Shape*: (k,)."""
    left, gained = _left(cover, already), []
    for rows in rows_of_sites(cover, order):
        gained.append(float(left[rows].sum()))
        left[rows] = 0.0
    return np.array(gained, dtype=np.float64)


def order_by_saving(distances: Distances, sites: Sequence[int], already: Sequence[int] = ()) -> OrderedGains:
    """Order the sites of a plan by the demand × metres that each saves, the largest saving first.

    *Units*: weight × metres.
    """
    nearest = np.full(len(distances.weights), _FURTHEST_M)
    for rows, metres in _columns_m(distances, already):
        nearest[rows] = np.minimum(nearest[rows], metres)
    near = _columns_m(distances, sites)

    def open_site(turn: int) -> None:
        rows, metres = near[turn]
        nearest[rows] = np.minimum(nearest[rows], metres)

    return _order_greedily(sites, lambda turn: _saving(distances.weights, nearest, *near[turn]), open_site)


def curve_site_counts(most: int) -> tuple[int, ...]:
    """Return the numbers of sites for which the curve is computed.

    These are all numbers up to ten, then evenly spread ones, ending with ``most``.
    """
    if most <= MAX_CURVE_POINTS:
        return tuple(range(1, most + 1))
    spread = np.linspace(ALL_COUNTS_UP_TO, most, MAX_CURVE_POINTS - ALL_COUNTS_UP_TO + 1).round().astype(int)
    return (*range(1, ALL_COUNTS_UP_TO), *sorted(set(spread.tolist())))


def iter_curve_points(
    task_of: Callable[[int], SitingTask], numbers: Sequence[int], solver: Solver, *, may_drop: bool = False
) -> Iterator[CurvePoint]:
    """Yield the best plan for each number of sites, one after the other, so that the caller may stop.

    More sites never serve less: where the solver found less for more sites, the result for fewer counts.
    ``may_drop`` says that a plan stays within the limits if any one site is dropped (there are no minima).
    Then the best plan of n sites serves at most n / m as much as the best of m < n. The gains of the n sites
    alone sum to no more than the total, so dropping the smallest loses at most one n-th.
    """
    before, sites, most = 0.0, 0, np.inf
    chosen: tuple[int, ...] = ()
    for number in numbers:
        plan = solver(task_of(number))
        found = max(plan.objective, before)
        chosen = tuple(plan.sites.tolist()) if plan.objective >= before else chosen
        bound = min(plan.bound, most * number / sites) if may_drop and sites else plan.bound
        most = max(bound, found)
        yield CurvePoint(number, found, (found - before) / (number - sites), most, chosen)
        before, sites = found, number


def _left(cover: Cover, already: Sequence[int]) -> Floats:
    left = np.array(cover.weights, dtype=np.float64)
    for rows in rows_of_sites(cover, already):
        left[rows] = 0.0
    return left


def rows_of_sites(cover: Cover, sites: Sequence[int]) -> list[Ints]:
    """Return the rows that each of these sites covers."""
    by_site = transpose(ones_matrix(cover.site_of, cover.starts, cover.sites)[:, list(sites)])
    return np.split(column_indices(by_site), by_site.indptr[1:])[:-1]


def _columns_m(distances: Distances, sites: Sequence[int]) -> list[tuple[Ints, Floats]]:
    metres = build_matrix(distances.metres, distances.site_of, distances.starts, distances.sites)
    by_site = transpose(metres[:, list(sites)])
    ends = by_site.indptr[1:]
    rows, each = np.split(column_indices(by_site), ends)[:-1], np.split(by_site.data, ends)[:-1]
    return list(zip(rows, each, strict=True))


def _saving(weights: Floats, nearest: Floats, rows: NDArray[np.intp], metres: Floats) -> float:
    return float((weights[rows] * np.maximum(nearest[rows] - metres, 0.0)).sum())


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
    """The number of stations opened longer that equals a number of new sites.

    ``extended`` are positions among the stations that are closed then, ``new`` among the candidates.
    ``is_proven`` says that one station fewer would serve less than the new sites do. Where all stations
    together serve less than the new sites (``is_all``), it says that one new site fewer would serve less
    than all stations.
    """

    extended: tuple[int, ...]
    new: tuple[int, ...]
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
    doors = find_fewest_sites(closed, _served(new, plan), solver)
    if doors.reaches:
        return HoursAlternative(doors.sites, plan, is_all=False, is_proven=doors.is_proven)
    worth = find_fewest_sites(new, doors.gained, solver)
    return HoursAlternative(doors.sites, worth.sites, is_all=True, is_proven=worth.is_proven)


def _greedy(cover: Cover, target: float) -> tuple[int, ...]:
    """Return sites in order of gain until the target is reached or no site adds anything that counts beside it."""
    least = SUM_TOLERANCE * target  # what rounding leaves of a gain that is used up is far less
    core = build_cover_core(SitingTask(SitingGoal.MCLP, cover), cover)
    worth = CoverWorth.for_most_covered(core)
    chosen: list[int] = []
    while worth.total < target - least and worth.gains.max(initial=0.0) > least:
        chosen.append(int(worth.gains.argmax()))
        worth.add(chosen[-1])
    return tuple(core.free[chosen].tolist())


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
