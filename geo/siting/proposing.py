"""Turn a solver's plan into what a planner sees: ordered sites, their gains and landmarks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from geo.coverage.served import ServedDemand, edge_tolerance, ground_shares
from geo.geodesy import Floats, distances_and_bearings
from geo.nearest.exact_search import nearest_of_others
from geo.siting.alternatives import (
    CurvePoint,
    OrderedGains,
    gains_in_order,
    order_by_gain,
    order_by_saving,
    rows_of_sites,
)
from geo.siting.problem import Cover, Distances, Mask, SitingGoal, SitingLimits
from geo.siting.proposal import Landmark
from geo.siting.record import SitingPlan
from geo.siting.situation import SitingSituation, SituationTask, build_situation_cover, nearest_m

_ALIKE_SHARE = 0.02  # by so much of a gain may others differ that count as equal


@dataclass(frozen=True, slots=True, eq=False)
class PlanChanges:
    """The candidates that a plan builds, in order of gain, and the existing places that it closes.

    *Shape*: ``sites``, ``gained`` and ``closed`` (k,) each; ``gained`` is newly served demand.
    """

    sites: NDArray[np.int64]
    gained: Floats
    closed: NDArray[np.int64]


def compute_plan_changes(
    situation: SitingSituation, asked: SituationTask, plan: SitingPlan, more: int | None = None
) -> PlanChanges:
    """Return the plan's new sites in order of gain, and the places that it closes.

    Where places may close, only as many close as necessary (``more`` is the number of further sites
    requested in all), and a new site is dropped where a place that would be closed serves as much.
    """
    candidates = len(situation.candidates)
    new = [site for site in plan.sites.tolist() if site < candidates]
    cover = build_situation_cover(situation)
    if not situation.may_close:
        turns = _measure_turns(situation, situation.places, _turns(asked, cover, new, []), asked.task.goal)
        return PlanChanges(turns.sites, turns.gained, np.empty(0, dtype=np.int64))
    kept = [site for site in plan.sites.tolist() if candidates <= site < cover.sites]  # not those beyond
    if asked.task.goal is SitingGoal.MCLP and not _has_districts(asked.task.limits, candidates):
        new, kept = _replace_by_existing(cover, new, kept, candidates)
    if more is not None:
        kept = _keep_open_more(cover, new, kept, candidates, candidates + len(situation.standing) + more)
    turns = _turns(asked, cover, new, kept)
    stays = [site - candidates for site in kept]
    closed = sorted(set(range(len(situation.standing))) - set(stays))
    places = np.concatenate((situation.standing[stays], situation.beyond))
    turns = _measure_turns(situation, places, turns, asked.task.goal)
    return PlanChanges(turns.sites, turns.gained, np.array(closed, dtype=np.int64))


def _has_districts(limits: SitingLimits, candidates: int) -> bool:
    """Return whether a limit counts new sites, so that existing places can't replace them."""
    return any((group.sites < candidates).any() for group in limits.groups)


def _turns(asked: SituationTask, cover: Cover, new: Sequence[int], already: Sequence[int]) -> OrderedGains:
    data = asked.task.data
    if isinstance(data, Distances):
        standing = [*already, *asked.task.limits.fixed]
        order = order_by_saving(data, new, standing).sites
        return OrderedGains(order, gains_in_order(cover, order.tolist(), already))
    return order_by_gain(cover, new, already)


_SORTINGS = 3


def _measure_turns(
    situation: SitingSituation, places: Floats, turns: OrderedGains, goal: SitingGoal
) -> OrderedGains:
    """Measure gains by the ground where that is possible; the larger gain comes first if the goal is about cover."""
    for _ in range(_SORTINGS):
        gained = measure_gains(situation, places, situation.candidates.points[turns.sites], turns.gained)
        turns, order = OrderedGains(turns.sites, gained), np.argsort(-gained, kind="stable")
        if not goal.is_cover or (np.diff(order) == 1).all():
            break
        turns = OrderedGains(turns.sites[order], turns.gained[order])
    return turns


def measure_gains(situation: SitingSituation, places: Floats, new: Floats, gained: Floats) -> Floats:
    """Return what each new place newly serves in its turn, by the ground; ``gained`` where sample points must do.

    The gains add up to the difference in served demand. *Shape*: (p, 2), (k, 2) and (k,) to (k,).
    """
    demand, radius_m = situation.demand, situation.radius_m
    exact = None
    if situation.routes is None and len(new):
        exact = demand.added_amounts(places, new, radius_m, in_turn=True)
    if exact is None or not exact.any():
        return gained if exact is None else exact
    after, before = (
        compute_service_distances(situation, some).served for some in (np.concatenate((places, new)), places)
    )
    cumulative = demand.round_served(np.cumsum(exact) * (after - before) / exact.sum())
    return np.diff(cumulative, prepend=0.0)


def measure_curve_point(
    situation: SitingSituation, point: CurvePoint, before: Sequence[CurvePoint]
) -> CurvePoint:
    """Measure a point of the curve by the ground; its bound keeps its distance to what the plan gains."""
    sites = np.array(point.chosen, dtype=np.intp)
    if not point.cumulative:
        return point
    new, gained = situation.candidates.points[sites], np.full(len(sites), np.nan)
    gains = measure_gains(situation, situation.places, new, gained)
    if np.isnan(gains).any():
        return point
    last = before[-1] if before else CurvePoint(0, 0.0, 0.0, 0.0)
    cumulative = max(float(gains.sum()), last.cumulative)
    each = (cumulative - last.cumulative) / (point.sites - last.sites)
    bound = max(cumulative * point.bound / point.cumulative, cumulative)
    return replace(point, cumulative=cumulative, gained=each, bound=bound)


def _replace_by_existing(
    cover: Cover, new: Sequence[int], kept: Sequence[int], candidates: int
) -> tuple[list[int], list[int]]:
    """Replace new sites by places that would be closed and that serve all demand only the new site serves."""
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


def _keep_open_more(
    cover: Cover, new: Sequence[int], kept: Sequence[int], candidates: int, end: int
) -> list[int]:
    """Keep more places open, the most useful first, up to the requested total number of places."""
    free = end - candidates - len(new) - len(kept)
    others = sorted(set(range(candidates, cover.sites)) - set(kept))
    if free <= 0 or not others:
        return list(kept)
    useful = order_by_gain(cover, others, [*new, *kept]).sites.tolist()
    return sorted([*kept, *useful[:free]])


@dataclass(frozen=True, slots=True, eq=False)
class ServiceDistances:
    """Served demand, and the mean and greatest distance to the nearest open place. *Units*: metres.

    ``tolerance`` is how much of the served demand may be wrong where sample points measure it.
    """

    served: float
    mean_m: float
    farthest_m: float
    tolerance: float = 0.0


def compute_service_distances(situation: SitingSituation, places: Floats) -> ServiceDistances:
    """Compute served demand and distances for a set of open places, independently of the solver.

    *Shape*: places (k, 2).
    """
    demand, radius_m = situation.demand, situation.radius_m
    metres = np.full(len(demand), np.inf)
    some = demand.weight > 0
    metres[some] = nearest_m(demand.points[some], places)
    if not some.any():
        return ServiceDistances(0.0, 0.0, 0.0)
    ground = ground_shares(demand, places, np.ones((len(places), 1), dtype=np.bool_), radius_m)
    share = None if ground is None else ground[:, 0]
    served = ServedDemand(metres <= radius_m, metres, np.empty(0, dtype=np.intp), ground_share=share)
    return ServiceDistances(
        demand.sum_served(served.share),
        float(np.average(metres[some], weights=demand.weight[some])),
        float(metres[some].max()),
        served.tolerance(demand, radius_m),
    )


@dataclass(frozen=True, slots=True)
class NearestWays:
    """The mean and the greatest way to the nearest open place, before and after a plan.

    Demand without a way after the plan is left out; ``without`` is how much has none, before and after. *Units*:
    metres along the fastest way; infinite where some of the rest has no way before.
    """

    mean_m: tuple[float, float]
    farthest_m: tuple[float, float]
    without: tuple[float, float]


def _open_sites(changes: PlanChanges, candidates: int, sites: int) -> tuple[Mask, Mask]:
    """Return which sites are open before and after a plan: candidates, then places that may close, then others."""
    before = np.arange(sites) >= candidates
    after = before.copy()
    after[candidates + changes.closed] = False
    after[changes.sites] = True
    return before, after


def compute_nearest_ways(situation: SitingSituation, changes: PlanChanges) -> NearestWays | None:
    """Compute the ways to the nearest open place; None where the situation has no ways."""
    ways, weight = situation.ways, situation.demand.weight
    if ways is None:
        return None
    opened = _open_sites(changes, len(situation.candidates), situation.sites)
    before, after = map(ways.nearest_m, opened)
    some = (weight > 0) & np.isfinite(after)
    without = float(weight[np.isinf(before)].sum()), float(weight[np.isinf(after)].sum())
    if not some.any():
        return NearestWays((np.inf, np.inf), (np.inf, np.inf), without)
    mean = [float(np.average(metres[some], weights=weight[some])) for metres in (before, after)]
    farthest = float(before[some].max()), float(after[some].max())
    return NearestWays((mean[0], mean[1]), farthest, without)


def measure_street_served(
    situation: SitingSituation, changes: PlanChanges
) -> tuple[tuple[float, float], float] | None:
    """Return the demand served by street before and after a plan, and the tolerance; None where there are no routes."""
    demand = situation.demand
    if situation.routes is None:
        return None
    opened = _open_sites(changes, len(situation.candidates), situation.routed_places)
    before, after = map(situation.routed_mask, opened)
    tolerance = max(edge_tolerance(demand, before), edge_tolerance(demand, after))
    return (float(demand.weight[before].sum()), float(demand.weight[after].sum())), tolerance


def rank_gains(gained: Sequence[float]) -> list[int]:
    """Return the rank of each gain, the largest first; those that differ by a fiftieth at most share the first's."""
    ranks: list[int] = []
    for turn, gain in enumerate(gained):
        first = ranks[-1] if ranks else 1
        is_alike = bool(ranks) and abs(gained[first - 1] - gain) <= _ALIKE_SHARE * gained[first - 1]
        ranks.append(first if is_alike else turn + 1)
    return ranks


def find_landmarks(points: Floats, named: Floats, names: Sequence[str]) -> list[Landmark | None]:
    """Find the nearest named place of each point, its distance, and the bearing from it to the point."""
    if not len(named) or not len(points):
        return [None] * len(points)
    places, _ = nearest_of_others(points, named)
    metres, bearings = distances_and_bearings(named[places], points)
    rows = zip(places.tolist(), metres, bearings, strict=True)
    return [Landmark(names[place], away, bearing) for place, away, bearing in rows]
