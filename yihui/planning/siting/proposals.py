"""Build the proposals that a planner reads from a solver's plan."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from core.text_marks import N_
from geo.coverage.served import patch_tolerance
from geo.siting.alternatives import find_hours_alternative
from geo.siting.curve import CurvePoint, curve_site_counts, gains_in_order, iter_curve_points
from geo.siting.limits import InfeasibleLimits, NoPlanFound, SitingLimits
from geo.siting.plan import SitingPlan, Solver
from geo.siting.problem import SitingGoal, SitingTask
from geo.siting.proposal import (
    AffectedStation,
    Landmark,
    LongerHours,
    SiteProposal,
    SitingProposals,
    Stability,
    StraightService,
)
from geo.siting.proposing import (
    PlanChanges,
    compute_nearest_ways,
    compute_plan_changes,
    compute_service_distances,
    find_landmarks,
    measure_curve_point,
    measure_gains,
    rank_gains,
)
from geo.siting.record import SearchRecord
from geo.siting.situation import CandidateSites, SitingSituation, SituationTask, build_situation_cover
from geo.siting.spacing import nearest_other_m
from geo.siting.stability import Disturbance, iter_disturbed_choices
from geo.station import Access
from yihui.bootstrap import Wiring
from yihui.planning.siting.inputs import PEOPLE_UNIT, SitingInputs, add_street_routes, measure_street_served
from yihui.runtime.progress import show_progress
from yihui.services.organisations.district_names import distinct_names

_LEAST_S = 1.0
_SOLVES = 6  # approximate maximum number of solves for longer hours
NEARBY_SHARE = 0.5  # share of the radius: a site that near serves mostly the same demand
_BEYOND = 3  # sites on the curve beyond the requested number
RecordCallback = Callable[[SearchRecord], None]
SolverFactory = Callable[[float], Solver]  # returns a solver with a time limit in seconds


def build_proposals(
    ground: SitingInputs, situation: SitingSituation, asked: SituationTask, plan: SitingPlan
) -> SitingProposals:
    """Build the proposals of a plan, without the extras, which are added later."""
    order = ground.order
    found = compute_plan_changes(situation, asked, plan, order.p)
    before = compute_service_distances(situation, situation.places)
    kept = np.delete(situation.standing, found.closed, axis=0)
    after = compute_service_distances(
        situation, np.concatenate((kept, situation.beyond, ground.candidates.points[found.sites]))
    )
    mean_m, farthest_m = (before.mean_m, after.mean_m), (before.farthest_m, after.farthest_m)
    served, tolerance = (before.served, after.served), max(before.tolerance, after.tolerance)
    streets, by_street, straight = order.streets, measure_street_served(situation, found), None
    if by_street is not None:
        served, tolerance = by_street
    if streets is not None:
        terms = streets.count_so_far()
        ways = compute_nearest_ways(situation, found)
        without = None if ways is None else ways.without
        straight = StraightService(before.served, after.served, mean_m, farthest_m, terms, without)
        if ways is not None:
            mean_m, farthest_m = ways.mean_m, ways.farthest_m
    there = [ground.index.stations[row] for row in np.flatnonzero(ground.open_mask & ground.inside_mask)]
    return SitingProposals(
        goal=order.goal,
        area=order.area,
        area_name=ground.area_name,
        at=order.at,
        radius_m=order.radius_m,
        unit=ground.demand.unit,
        demand_title=ground.demand_title,
        total=ground.demand.total,
        before=served[0],
        after=served[1],
        tolerance=tolerance,
        straight=straight,
        proposals=_proposals(ground, found),
        objective=plan.objective,
        bound=plan.bound,
        gap=plan.gap,
        is_proven=plan.is_proven,
        seconds=plan.seconds,
        ended=plan.ended,
        time_limit_s=order.time_limit_s,
        candidates=len(ground.candidates),
        stations=len(there),
        access_unknown=sum(one.access is Access.UNKNOWN for one in there),
        closed=_closed(ground, found),
        most_closed=order.most_closed,
        mean_m=mean_m,
        farthest_m=farthest_m,
        unreachable=asked.unreachable,
        notes=ground.notes,
        is_even=ground.is_spread_evenly,
        is_sample=any(
            s.sample for s, inside in zip(ground.index.stations, ground.inside_mask, strict=True) if inside
        ),
        interrupted=plan.ended == "interrupted",
    )


def _proposals(ground: SitingInputs, found: PlanChanges) -> tuple[SiteProposal, ...]:
    """Build the proposals in order of gain.

    Sites that gain nothing are left out, unless a district's minimum requires them or the goal is about
    distances.
    """
    useful = found.gained > 0
    if not ground.order.goal.is_cover or any(limit.least for limit in ground.per_district.values()):
        useful = np.ones(len(found.sites), dtype=bool)
    sites, gained = found.sites[useful], found.gained[useful]
    chosen = ground.candidates.select(sites.astype(np.intp))
    near, neighbour_m, spacing_m = (
        _landmarks(ground, sites),
        _neighbours(ground, sites),
        _spacing(ground, sites),
    )
    official = {d.code: d.name for d in ground.region.districts}
    cities = {f"{d.code[:4]}00": d.city for d in ground.region.districts}
    names = distinct_names(official, {**official, **cities})
    is_cover = ground.order.goal.is_cover
    ranks = rank_gains(gained.tolist()) if is_cover else range(1, len(sites) + 1)
    is_exact = ground.demand.even_ground is not None and ground.order.streets is None
    a_point = ground.demand.total / max(len(ground.demand), 1) or 1.0
    return tuple(
        SiteProposal(
            rank=ranks[turn],
            name=str(chosen.name[turn]),
            lon=lon,
            lat=lat,
            district=chosen.district[turn],
            district_name=names.get(chosen.district[turn] or "", ""),
            gained=float(gained[turn]),
            cumulative=float(gained[: turn + 1].sum()),
            cost_fen=None if chosen.cost_fen is None else int(chosen.cost_fen[turn]),
            neighbour_m=float(neighbour_m[turn]),
            spacing_m=None if spacing_m is None else float(spacing_m[turn]),
            near=near[turn],
            tolerance=None if is_exact else float(gained[turn] * patch_tolerance(gained[turn] / a_point)),
            row=None if chosen.row is None else int(chosen.row[turn]),
            site=int(sites[turn]),
        )
        for turn, (lon, lat) in enumerate(chosen.points.tolist())
    )


def _landmarks(ground: SitingInputs, sites: np.ndarray) -> list[Landmark | None]:
    """Return the nearest station of the register for each site, because local people know it."""
    stands = np.flatnonzero(ground.index.in_register_mask())
    names = [ground.index.stations[place].name for place in stands]
    return find_landmarks(ground.candidates.points[sites], ground.index.points[stands], names)


def _neighbours(ground: SitingInputs, sites: np.ndarray) -> np.ndarray:
    """Return the distance to the nearest other station, existing or proposed."""
    points = ground.candidates.points[sites]
    others = np.concatenate((points, ground.existing_points))
    return nearest_other_m(points, others, np.arange(len(points)))


def _spacing(ground: SitingInputs, sites: np.ndarray) -> np.ndarray | None:
    if ground.demand.unit != PEOPLE_UNIT:
        return None
    rule, demand = ground.order.rule, ground.demand
    return rule.limit_m(rule.density_per_km2(ground.candidates.points[sites], demand.points, demand.weight))


def _closed(ground: SitingInputs, found: PlanChanges) -> tuple[AffectedStation, ...]:
    stations = [s for s, stands in zip(ground.index.stations, ground.at_stake_mask, strict=True) if stands]
    doors = [stations[place] for place in found.closed.tolist()]
    return tuple(AffectedStation(s.id, s.name, s.lon or 0.0, s.lat or 0.0, s.district) for s in doors)


@dataclass(frozen=True, slots=True)
class SolverFactories:
    """Factories for the solver of the plan, of variants with other numbers, and of many disturbed runs."""

    plan: Callable[[float, RecordCallback], Solver]
    variant: SolverFactory
    disturbed: SolverFactory


@dataclass(frozen=True, slots=True, eq=False)
class SolvedSiting:
    """The inputs of a siting order with the plan that solves them."""

    ground: SitingInputs
    situation: SitingSituation
    limits: SitingLimits
    plan: SitingPlan


def _share_s(question: SolvedSiting, solves: int) -> float:
    """Return the seconds for each solve, so that all solves of one extra take no longer than the plan may."""
    return max(_LEAST_S, question.ground.order.time_limit_s / solves)


def add_longer_hours(
    wiring: Wiring, question: SolvedSiting, proposals: SitingProposals, solvers: SolverFactories
) -> SitingProposals:
    """Find how few closed stations, opened at that hour, serve as much as the plan's new sites."""
    ground, situation = question.ground, replace(question.situation, may_close=False, ways=None)
    if not ground.closed_mask.any():
        return proposals
    shut = [s for s, is_shut in zip(ground.index.stations, ground.closed_mask, strict=True) if is_shut]
    nameless = np.full(len(shut), "", dtype=object)
    doors = CandidateSites(ground.index.points[ground.closed_mask], nameless, nameless)
    plan = tuple(p.site for p in proposals.proposals)
    at_doors = add_street_routes(replace(situation, candidates=doors), ground.order.streets)
    with show_progress(wiring.render(N_("looking at longer hours")), 1) as advance:
        solver = solvers.variant(_share_s(question, _SOLVES))
        new, closed = build_situation_cover(situation), build_situation_cover(at_doors)
        try:
            found = find_hours_alternative(closed, new, plan, solver)
        except NoPlanFound:
            return replace(
                proposals, not_in_time=(*proposals.not_in_time, N_("longer hours in place of new sites"))
            )
        except KeyboardInterrupt:
            return replace(proposals, interrupted=True)
        advance(1)
    places = situation.places
    gained = measure_gains(
        at_doors, places, doors.points[list(found.extended)], gains_in_order(closed, found.extended)
    )
    sites = situation.candidates.points[list(found.new)]
    by_new = measure_gains(situation, places, sites, gains_in_order(new, found.new))
    told = tuple(
        AffectedStation(s.id, s.name, s.lon or 0.0, s.lat or 0.0, s.district, gain)
        for s, gain in zip((shut[place] for place in found.extended), gained.tolist(), strict=True)
    )
    sums = float(gained.sum()), float(by_new.sum())
    hours = LongerHours(told, sums[0], len(found.new), sums[1], len(shut), found.is_all, found.is_proven)
    return replace(proposals, longer_hours=hours)


def add_gain_curve(
    wiring: Wiring, question: SolvedSiting, proposals: SitingProposals, solvers: SolverFactories
) -> SitingProposals:
    """Find the best plan for each number of sites, up to a few more than requested. Only for MCLP."""
    order = question.ground.order
    if order.goal is not SitingGoal.MCLP or order.closable:
        return proposals
    asked = len(proposals.proposals)
    most = min(asked + _BEYOND, len(question.ground.candidates))
    least = sum(limit.least for limit in question.ground.per_district.values())
    numbers = [number for number in curve_site_counts(most) if number >= least]
    cover = build_situation_cover(question.situation)

    def task_of(number: int) -> SitingTask:
        return SitingTask(SitingGoal.MCLP, cover, replace(question.limits, p=number))

    again = solvers.variant(_share_s(question, len(numbers) or 1))

    def solver(task: SitingTask) -> SitingPlan:  # reuse the plan, which had more time
        return question.plan if task.limits.p == order.p else again(task)

    points: list[CurvePoint] = []
    with show_progress(wiring.render(N_("reckoning what each further site buys")), len(numbers)) as advance:
        try:
            for point in iter_curve_points(task_of, numbers, solver, may_drop=not least):
                points.append(measure_curve_point(question.situation, point, points))
                advance(len(points))
        except NoPlanFound:
            missing = (*proposals.not_in_time, N_("all that further sites buy"))
            return replace(proposals, curve=tuple(points), not_in_time=missing)
        except (InfeasibleLimits, KeyboardInterrupt) as stopped:
            interrupted = isinstance(stopped, KeyboardInterrupt)
            return replace(proposals, curve=tuple(points), interrupted=interrupted)
    return replace(proposals, curve=tuple(points))


def add_stability(
    wiring: Wiring, question: SolvedSiting, proposals: SitingProposals, solvers: SolverFactories
) -> SitingProposals:
    """Compute the share of disturbed runs that chose each site again."""
    order = question.ground.order
    by = Disturbance(seed=order.seed)
    if order.streets is not None:  # the ways of moved points would have to be asked for again in each run
        by = replace(by, error_m=0.0)
    solver = solvers.disturbed(_share_s(question, order.stability))
    near_m = order.radius_m * NEARBY_SHARE
    points = question.ground.candidates.points
    own = np.array([one.site for one in proposals.proposals], dtype=np.intp)
    again, nearby, runs, interrupted = np.zeros(len(own)), np.zeros(len(own)), 0, False
    with show_progress(wiring.render(N_("trying small errors")), order.stability) as advance:
        try:
            for chosen in iter_disturbed_choices(
                question.situation, order.goal, question.limits, solver, by, order.stability
            ):
                again += np.isin(own, chosen)
                nearby += nearest_other_m(points[own], points[chosen]) <= near_m
                runs += 1
                advance(runs)
        except KeyboardInterrupt:
            interrupted = True
    if not runs:
        return replace(proposals, interrupted=interrupted)
    kept = float(again.mean() / runs)
    how = Stability(runs, order.seed, by.error_m, by.demand_share, near_m, kept)
    sure = tuple(
        replace(one, stability=float(exactly / runs), nearby=float(near / runs))
        for one, exactly, near in zip(proposals.proposals, again, nearby, strict=True)
    )
    return replace(proposals, proposals=sure, stability=how, interrupted=proposals.interrupted or interrupted)
