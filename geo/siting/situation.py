"""The input of a siting task: demand, open places, and candidate sites."""

from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer

from geo.coverage.demand import Demand
from geo.coverage.neighbours import MAX_RADIUS_M, Neighbours, Pairs, count_neighbours, find_neighbours
from geo.coverage.outlines import EQUAL_AREA
from geo.coverage.pairs import collect_street_pairs
from geo.coverage.reach import Reach
from geo.geodesy import Floats
from geo.siting.problem import (
    SITING_TASK_FAULTS,
    Cover,
    Distances,
    Mask,
    SitingGoal,
    SitingLimits,
    SitingTask,
    TooManyPairs,
)
from geo.siting.spacing import nearest_other_m
from geo.siting.street_ways import BANDS_M, AskForWays, SiteWays, collect_site_ways

MAX_CANDIDATES = 60_000
MAX_SITING_PAIRS = 20_000_000
NO_WAY_M = MAX_RADIUS_M  # no longer ways are asked for


@dataclass(frozen=True, slots=True)
class CandidateSites:
    """Sites that could be built, in input order.

    ``name`` is empty for an unnamed site; ``row`` is the site's row in a file, 0 for a grid site.
    ``cost_fen`` is None if no cost was given. *Shape*: (m, 2), lon, lat, and (m,) each. *CRS*: WGS84.
    """

    points: Floats
    name: NDArray[np.object_]
    district: NDArray[np.object_]
    cost_fen: NDArray[np.int64] | None = None
    row: NDArray[np.intp] | None = None

    def __len__(self) -> int:
        return len(self.points)

    def select(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> "CandidateSites":
        """Return some of the sites, by mask or by positions."""
        return CandidateSites(
            self.points[rows],
            self.name[rows],
            self.district[rows],
            None if self.cost_fen is None else self.cost_fen[rows],
            None if self.row is None else self.row[rows],
        )

    def with_cost(self, cost_fen: int) -> "CandidateSites":
        """Return the same sites, each at one cost."""
        return replace(self, cost_fen=np.full(len(self), cost_fen, dtype=np.int64))


def grid_candidates(demand: Demand, spacing_m: float) -> CandidateSites:
    """Return one site for each grid square with demand: the demand point nearest to the square's centre.

    So every site lies at demand, inside the area and in a district. The squares belong to one equal-area
    grid over all China, so that the same area always gives the same sites.
    *Units*: metres. *Raises*: ValueError for too many sites.
    """
    some = np.flatnonzero(demand.weight > 0)
    rows = some[_nearest_to_middles(_flat(demand.points[some]) / spacing_m)]
    if len(rows) > MAX_CANDIDATES:
        raise ValueError(
            f"spacing_m is {spacing_m}: that makes {len(rows):,} sites; give metres for {MAX_CANDIDATES:,} at most"
        )
    nameless = np.full(len(rows), "", dtype=object)
    return CandidateSites(demand.points[rows], nameless, demand.district[rows])


def _flat(points: Floats) -> Floats:
    there = Transformer.from_crs("EPSG:4326", EQUAL_AREA, always_xy=True)
    return np.column_stack(there.transform(points[:, 0], points[:, 1]))


def _nearest_to_middles(squares: Floats) -> NDArray[np.intp]:
    """Return the point nearest to the centre of each square, the first of several; in point order."""
    corner = np.floor(squares)
    off = np.square(squares - corner - 0.5).sum(axis=1).round(9)
    order = np.lexsort((np.arange(len(squares)), off, corner[:, 1], corner[:, 0]))
    ordered = corner[order]
    is_first = np.ones(len(order), dtype=bool)
    is_first[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    return np.sort(order[is_first])


@dataclass(frozen=True, slots=True, eq=False)
class SitingSituation:
    """Demand, candidates and the open places.

    ``standing`` are the places that are open and usable at the instant; ``may_close`` says whether the plan
    may close them. The sites of its tasks are the candidates in their order, followed by ``standing`` if
    those may close. If they may not, the cover models leave out the demand that they serve; in the distance
    models one fixed site after the others represents all places that stay. ``beyond`` are open places that
    the planner may not close, such as those across the border. ``routes`` are the pairs by street that the
    cover models use instead of the radius; their places are the candidates, then ``standing``, then
    ``beyond``. ``ways`` are the lengths by street that the distance models use instead of the straight line;
    their sites are those of the tasks.
    *Shape*: standing (s, 2), lon, lat. *CRS*: WGS84. *Units*: metres.
    """

    demand: Demand
    candidates: CandidateSites
    standing: Floats
    radius_m: float
    may_close: bool = False
    beyond: Floats = field(default_factory=lambda: np.empty((0, 2)))
    routes: Pairs | None = None
    ways: SiteWays | None = None

    @property
    def places(self) -> Floats:
        """All places that are open then."""
        return np.concatenate((self.standing, self.beyond))

    @property
    def remaining_places(self) -> Floats:
        """The places that stay open under every plan."""
        return self.beyond if self.may_close else self.places

    @property
    def sites(self) -> int:
        """The number of sites of a cover task."""
        return len(self.candidates) + (len(self.standing) if self.may_close else 0)

    @property
    def site_points(self) -> Floats:
        """The sites of a task. *Shape*: (sites, 2), lon, lat."""
        candidates = self.candidates.points
        return np.concatenate((candidates, self.standing)) if self.may_close else candidates

    def remaining_m(self) -> Floats:
        """Return the distance of each demand from the nearest place that stays.

        Infinite beyond 100 km. *Shape*: (n,).
        """
        return nearest_m(self.demand.points, self.remaining_places)

    def served_mask(self) -> Mask:
        """Return which demand is served by the places that stay. *Shape*: (n,)."""
        if self.routes is None:
            return self.remaining_m() <= self.radius_m
        return self.routed_mask(np.arange(self.routed_places) >= self.sites)

    @property
    def routed_places(self) -> int:
        """The number of places of ``routes``."""
        return len(self.candidates) + len(self.places)

    def routed_mask(self, is_open: Mask) -> Mask:
        """Return which demand has a route to an open place. *Shape*: (routed places,) to (n,)."""
        assert self.routes is not None
        return np.isfinite(self.routes.least_cost(is_open, len(self.demand)))


def add_street_routes(situation: SitingSituation, reach: Reach) -> SitingSituation:
    """Return a situation with its pairs within reach by street.

    *Raises*: TooManyPairs before the streets are asked; as their network does.
    """
    demand, sites = situation.demand, np.concatenate((situation.candidates.points, situation.places))
    rows = np.flatnonzero(demand.weight > 0)
    check_pair_count(demand.points[rows], sites, reach.radius_m)
    found, _ = collect_street_pairs(demand.points[rows], sites, reach)
    return replace(situation, routes=replace(found, point=rows[found.point]))


def add_street_ways(situation: SitingSituation, ask: AskForWays) -> SitingSituation:
    """Return a situation with the ways by street that a distance model compares. *Raises*: as ``ask`` does."""
    demand, remaining_m = situation.demand, np.full(len(situation.demand), np.inf)
    rows = np.flatnonzero(demand.weight > 0)
    found = collect_site_ways(demand.points[rows], situation.site_points, situation.remaining_places, ask)
    remaining_m[rows] = found.remaining_m
    return replace(situation, ways=SiteWays(replace(found.pairs, point=rows[found.pairs.point]), remaining_m))


def nearest_m(points: Floats, others: Floats) -> Floats:
    """Return the geodesic distance to the nearest of the others; infinite where none is within 100 km.

    *Shape*: (n,).
    """
    metres = nearest_other_m(points, others)
    return np.where(metres <= MAX_RADIUS_M, metres, np.inf)


@dataclass(frozen=True, slots=True, eq=False)
class SituationTask:
    """A task, and the demand rows to which its rows belong. *Shape*: rows (rows of the task,)."""

    task: SitingTask
    rows: NDArray[np.intp]
    unreachable: float = 0.0  # demand that no site of the task can serve


def build_situation_task(situation: SitingSituation, goal: SitingGoal, limits: SitingLimits) -> SituationTask:
    """Build the task of a situation; limits name sites by their positions in `SitingSituation`.

    *Raises*: TooManyPairs.
    """
    if goal.is_cover:
        return _of_cover(situation, goal, limits)
    return _of_distance(situation, goal, limits)


def build_situation_cover(situation: SitingSituation) -> Cover:
    """Return which site covers which demand, without limits."""
    data = build_situation_task(situation, SitingGoal.MCLP, SitingLimits()).task.data
    assert isinstance(data, Cover), "MCLP is about cover"
    return data


def _of_cover(situation: SitingSituation, goal: SitingGoal, limits: SitingLimits) -> SituationTask:
    demand, routes = situation.demand, situation.routes
    rows = np.flatnonzero((demand.weight > 0) & ~situation.served_mask())
    if routes is None:
        pairs = _near(demand.points[rows], situation.site_points, situation.radius_m).pairs
    else:
        pairs = routes.select(routes.place < situation.sites).select_points(rows, len(demand))
    return _of_pairs(goal, limits, rows, demand.weight[rows], pairs, situation.sites)


def _of_pairs(
    goal: SitingGoal,
    limits: SitingLimits,
    rows: NDArray[np.intp],
    weights: Floats,
    pairs: Pairs,
    sites: int,
) -> SituationTask:
    """Build the task of some demand; what no site can serve is left out, or else LSCP would be infeasible."""
    count = np.bincount(pairs.point, minlength=len(rows))
    reached = count > 0
    starts = np.concatenate(([0], np.cumsum(count[reached]))).astype(np.int64)
    order = np.argsort(pairs.point * np.int64(max(sites, 1)) + pairs.place, kind="stable")
    site_of = pairs.place[order].astype(np.int64)
    data: Cover | Distances = (
        Cover(weights[reached], starts, site_of, sites)
        if goal.is_cover
        else Distances(weights[reached], starts, site_of, pairs.cost[order], sites)
    )
    return SituationTask(SitingTask(goal, data, limits), rows[reached], float(weights[~reached].sum()))


def check_pair_count(points: Floats, sites: Floats, radius_m: float) -> None:
    """Refuse more pairs than `MAX_SITING_PAIRS`. *Raises*: TooManyPairs."""
    if (count := count_neighbours(points, sites, radius_m)) > MAX_SITING_PAIRS:
        raise TooManyPairs(
            SITING_TASK_FAULTS.build(
                "too_many_pairs", value=f"{count:,}", radius=f"{radius_m:,.0f}", most=f"{MAX_SITING_PAIRS:,}"
            )
        )


def _near(points: Floats, sites: Floats, radius_m: float) -> Neighbours:
    check_pair_count(points, sites, radius_m)
    return find_neighbours(points, sites, radius_m)


def _of_distance(situation: SitingSituation, goal: SitingGoal, limits: SitingLimits) -> SituationTask:
    """Build a distance task; only sites nearer than the nearest place that stays matter to a demand."""
    rows = np.flatnonzero(situation.demand.weight > 0)
    fallback_m, pairs = _compared_distances(situation, rows, goal)
    sites, has_fallback = situation.sites, np.flatnonzero(np.isfinite(fallback_m))
    if len(has_fallback):
        standing = Pairs(has_fallback, np.full(len(has_fallback), sites), fallback_m[has_fallback])
        pairs, limits, sites = Pairs.join((pairs, standing)), _with_standing(limits, sites), sites + 1
    return _of_pairs(goal, limits, rows, situation.demand.weight[rows], pairs, sites)


def _compared_distances(
    situation: SitingSituation, rows: NDArray[np.intp], goal: SitingGoal
) -> tuple[Floats, Pairs]:
    """Return the distance of some demand from the nearest place that stays, and the pairs with nearer sites.

    For the p-median, demand that only candidates can be reached from is `NO_WAY_M` away from the places that stay.
    Otherwise the plan would have to serve every piece of the street network, however few people live there.
    """
    if situation.ways is None:
        fallback_m = situation.remaining_m()[rows]
        return fallback_m, _nearer_than(situation.demand.points[rows], situation.site_points, fallback_m)
    pairs = situation.ways.pairs.select_points(rows, len(situation.demand))
    fallback_m = situation.ways.remaining_m[rows]
    if goal is SitingGoal.P_MEDIAN:
        has_site = np.bincount(pairs.point, minlength=len(rows)) > 0
        fallback_m = np.where(np.isinf(fallback_m) & has_site, NO_WAY_M, fallback_m)
    return fallback_m, pairs


def _nearer_than(points: Floats, sites: Floats, limit_m: Floats) -> Pairs:
    """Return the pairs nearer than each point's own limit.

    Points are grouped into bands of limits, so that few pairs are computed in vain.
    """
    nearer = []
    for low, high in pairwise((0.0, *BANDS_M, np.inf)):
        rows = np.flatnonzero((limit_m > low) & (limit_m <= high))
        if len(rows):
            near = _near(points[rows], sites, min(high, MAX_RADIUS_M)).pairs
            there = replace(near, point=rows[near.point])
            nearer.append(there.select(there.cost < limit_m[there.point]))
    return Pairs.join(nearer)


def _with_standing(limits: SitingLimits, sites: int) -> SitingLimits:
    cost = None if limits.cost is None else np.append(limits.cost, 0.0)
    names = None if limits.names is None else [*limits.names, ""]
    return replace(limits, fixed=limits.fixed | {sites}, cost=cost, names=names)
