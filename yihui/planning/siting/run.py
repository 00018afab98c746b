"""Where to build next: load the inputs, run the solver and build the proposals."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from math import isfinite
from time import monotonic

import numpy as np

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from geo.coverage.served import patch_tolerance
from geo.siting.alternatives import (
    CurvePoint,
    Disturbance,
    curve_site_counts,
    find_hours_alternative,
    gains_in_order,
    iter_curve_points,
    iter_disturbed_choices,
)
from geo.siting.problem import InfeasibleLimits, NoPlanFound, SitingGoal, SitingLimits, SitingTask
from geo.siting.proposal import (
    NO_LONGER_HOURS,
    AffectedStation,
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
    measure_street_served,
    rank_gains,
)
from geo.siting.record import SearchRecord, SitingPlan, Solver, relative_gap
from geo.siting.situation import (
    CandidateSites,
    SitingSituation,
    SituationTask,
    build_situation_cover,
    build_situation_task,
)
from geo.siting.spacing import nearest_other_m
from geo.station import Access, Station
from yihui.bootstrap import Wiring
from yihui.planning.siting.inputs import (
    CLOSABLE_GROUP,
    SitingInputs,
    add_routes,
    add_ways,
    build_siting_limits,
    build_situation,
    load_siting_inputs,
    narrow_candidates,
)
from yihui.planning.siting.request import SitingOrder
from yihui.runtime.progress import find_progress_observer, show_progress
from yihui.services.organisations.district_names import distinct_names

_LEAST_S = 1.0
_SOLVES = 6  # approximate maximum number of solves for longer hours
NEARBY_SHARE = 0.5  # share of the radius: a site that near serves mostly the same demand
_BEYOND = 3  # sites on the curve beyond the requested number
RecordCallback = Callable[[SearchRecord], None]
SolverFactory = Callable[[float], Solver]  # returns a solver with a time limit in seconds
# Ever better proposals, and the share of the work that is done.
ExtraSteps = Iterator[tuple[SitingProposals, float]]


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
    at_stake, there = map(
        ground.select_stations, (ground.at_stake_mask, ground.open_mask & ground.inside_mask)
    )
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
        closed=tuple(_affect(at_stake[place]) for place in found.closed.tolist()),
        most_closed=order.most_closed,
        mean_m=mean_m,
        farthest_m=farthest_m,
        unreachable=asked.unreachable,
        notes=ground.notes,
        is_even=ground.is_spread_evenly,
        is_sample=any(one.sample for one in ground.select_stations(ground.inside_mask)),
        interrupted=plan.ended == "interrupted",
    )


def _proposals(ground: SitingInputs, found: PlanChanges) -> tuple[SiteProposal, ...]:
    """Build the proposals in order of gain; of those that gain nothing only what a minimum or a goal of distances wants."""
    is_cover = ground.order.goal.is_cover
    useful = (found.gained > 0) | (not is_cover or ground.has_minima)
    sites, gained = found.sites[useful], found.gained[useful]
    chosen = ground.candidates.select(sites.astype(np.intp))
    stands = np.flatnonzero(ground.index.in_register_mask())
    names_there = [ground.index.stations[place].name for place in stands]  # local people know them
    near = find_landmarks(chosen.points, ground.index.points[stands], names_there)
    others = np.concatenate((chosen.points, ground.existing_points))
    neighbour_m = nearest_other_m(chosen.points, others, np.arange(len(sites)))
    spacing_m = ground.spacing_m(chosen.points)
    official = {d.code: d.name for d in ground.region.districts}
    cities = {f"{d.code[:4]}00": d.city for d in ground.region.districts}
    names = distinct_names(official, {**official, **cities})
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


def _affect(one: Station, gained: float = 0.0) -> AffectedStation:
    return AffectedStation(one.id, one.name, one.lon or 0.0, one.lat or 0.0, one.district, gained)


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


def add_longer_hours(question: SolvedSiting, found: SitingProposals, solvers: SolverFactories) -> ExtraSteps:
    """Find how few closed stations, opened at that hour, serve as much as the plan's new sites."""
    ground, situation = question.ground, replace(question.situation, may_close=False, ways=None)
    if not ground.closed_mask.any():
        yield replace(found, longer_hours=NO_LONGER_HOURS), 1.0
        return
    shut = ground.select_stations(ground.closed_mask)
    nameless = np.full(len(shut), "", dtype=object)
    doors = CandidateSites(ground.index.points[ground.closed_mask], nameless, nameless)
    at_doors = add_routes(replace(situation, candidates=doors), ground.order.streets)
    new, closed = build_situation_cover(situation), build_situation_cover(at_doors)
    plan = tuple(one.site for one in found.proposals)
    best = find_hours_alternative(closed, new, plan, solvers.variant(_share_s(question, _SOLVES)))
    gained, by_new = (
        measure_gains(one, situation.places, one.candidates.points[list(sites)], gains_in_order(cover, sites))
        for one, cover, sites in ((at_doors, closed, best.extended), (situation, new, best.new))
    )
    told = tuple(map(_affect, (shut[place] for place in best.extended), gained.tolist()))
    sums = float(gained.sum()), float(by_new.sum())
    hours = LongerHours(told, sums[0], len(best.new), sums[1], len(shut), best.is_all, best.is_proven)
    yield replace(found, longer_hours=hours), 1.0


def add_gain_curve(question: SolvedSiting, found: SitingProposals, solvers: SolverFactories) -> ExtraSteps:
    """Find the best plan for each number of sites, up to a few more than requested. Only for MCLP."""
    order = question.ground.order
    if order.goal is not SitingGoal.MCLP or order.closable:
        return
    most = min(len(found.proposals) + _BEYOND, len(question.ground.candidates))
    least = sum(limit.least for limit in question.ground.per_district.values())
    numbers = [number for number in curve_site_counts(most) if number >= least]
    cover = build_situation_cover(question.situation)
    again = solvers.variant(_share_s(question, len(numbers) or 1))

    def task_of(number: int) -> SitingTask:
        return SitingTask(SitingGoal.MCLP, cover, replace(question.limits, p=number))

    def solver(task: SitingTask) -> SitingPlan:  # reuse the plan, which had more time
        return question.plan if task.limits.p == order.p else again(task)

    points: list[CurvePoint] = []
    try:
        for point in iter_curve_points(task_of, numbers, solver, may_drop=not least):
            points.append(measure_curve_point(question.situation, point, points))
            yield replace(found, curve=tuple(points)), len(points) / len(numbers)
    except InfeasibleLimits:
        return


def add_stability(question: SolvedSiting, found: SitingProposals, solvers: SolverFactories) -> ExtraSteps:
    """Compute the share of disturbed runs that chose each site again."""
    order, points = question.ground.order, question.ground.candidates.points
    most, by = order.stability or 0, Disturbance(seed=order.seed)
    if order.streets is not None:  # the ways of moved points would have to be asked for again in each run
        by = replace(by, error_m=0.0)
    solver, near_m = solvers.disturbed(_share_s(question, most)), order.radius_m * NEARBY_SHARE
    own = np.array([one.site for one in found.proposals], dtype=np.intp)
    again, nearby = np.zeros((2, len(own)))
    choices = iter_disturbed_choices(question.situation, order.goal, question.limits, solver, by, most)
    for runs, chosen in enumerate(choices, 1):
        again += np.isin(own, chosen)
        nearby += nearest_other_m(points[own], points[chosen]) <= near_m
        kept = float(again.mean() / runs)
        sure = tuple(
            replace(one, stability=float(exactly / runs), nearby=float(near / runs))
            for one, exactly, near in zip(found.proposals, again, nearby, strict=True)
        )
        how = Stability(runs, order.seed, by.error_m, by.demand_share, near_m, kept)
        yield replace(found, proposals=sure, stability=how), runs / most


_HUNDREDTHS = 100  # of a step, in which it shows its progress
SITING_FAULTS = FaultTable(
    "siting",
    {
        "more_stations": (N_("at most {value} more stations than now"), N_("allow more sites")),
        "closed_stations": (
            N_("at most {value} stations are closed"),
            N_("let more be closed with {option_at_most_close}"),
        ),
        "unsolved": (
            N_("within {value} s no plan was found that keeps all limits, nor a proof that there is none"),
            N_("give more time with {option_time_limit}, or fewer limits"),
        ),
    },
)


def propose_sites(
    wiring: Wiring, order: SitingOrder, solvers: SolverFactories | None = None
) -> SitingProposals:
    """Propose where to build next. *Raises*: FaultError with all faults of the input; OSError."""
    return propose_sites_from_inputs(wiring, load_shown_inputs(wiring, order), solvers)


def load_shown_inputs(wiring: Wiring, order: SitingOrder) -> SitingInputs:
    """Load all inputs of an order with a progress bar. *Raises*: FaultError with all faults of the input; OSError."""
    with show_progress(wiring.render(N_("reading demand and stations")), 1) as advance:
        ground = load_siting_inputs(wiring, order)
        advance(1)
    return ground


def propose_sites_from_inputs(
    wiring: Wiring, ground: SitingInputs, solvers: SolverFactories | None = None
) -> SitingProposals:
    """Propose sites from inputs that are already loaded. *Raises*: FaultError if the limits can't be kept."""
    ground, solvers = narrow_candidates(ground), solvers or _timed()
    order = ground.order
    situation = add_routes(build_situation(ground), order.streets)
    if not order.goal.is_cover:
        situation = add_ways(situation, order.streets)
    limits = build_siting_limits(ground, situation)
    with _show_solving(wiring, order.time_limit_s) as hears:
        asked, plan = _solved(order, situation, limits, solvers.plan(order.time_limit_s, hears))
    found = build_proposals(ground, situation, asked, plan)
    if not found.proposals:
        return found
    return _add_extras(wiring, SolvedSiting(ground, situation, limits, plan), found, solvers)


def _add_extras(
    wiring: Wiring, question: SolvedSiting, found: SitingProposals, solvers: SolverFactories
) -> SitingProposals:
    """Add what the order asks for besides. Ctrl+C skips what is not finished and keeps the rest."""
    order = question.ground.order
    extras = (
        (order.extended_hours, add_longer_hours, N_("looking at longer hours"),
         N_("longer hours in place of new sites")),
        (order.curve, add_gain_curve, N_("reckoning what each further site buys"),
         N_("all that further sites buy")),
        (order.stability, add_stability, N_("trying small errors"), N_("how certain the sites are")),
    )  # fmt: skip
    for is_wanted, extra, label, name in extras:
        if not is_wanted or found.interrupted:
            continue
        try:
            with show_progress(wiring.render(label), _HUNDREDTHS) as advance:
                for better, share in extra(question, found, solvers):
                    found = better
                    advance(int(_HUNDREDTHS * share))
        except NoPlanFound:
            found = replace(found, not_in_time=(*found.not_in_time, name))
        except KeyboardInterrupt:
            found = replace(found, interrupted=True)
    return found


def _solved(
    order: SitingOrder, situation: SitingSituation, limits: SitingLimits, solver: Solver
) -> tuple[SituationTask, SitingPlan]:
    try:
        asked = build_situation_task(situation, order.goal, limits)
        return asked, solver(asked.task)
    except InfeasibleLimits as error:
        raise FaultError([_restate(order, fault) for fault in error.faults]) from error
    except NoPlanFound as error:
        limit = f"{order.time_limit_s:g}"
        raise FaultError(SITING_FAULTS.build("unsolved", field="--time-limit", value=limit)) from error


def _restate(order: SitingOrder, fault: Fault) -> Fault:
    """Return a solver's limit as the planner typed it: where stations may close, the solver counts them as sites."""
    if order.closable and fault.field == "p":
        return SITING_FAULTS.build("more_stations", field="-p", value=order.p)
    if order.closable and fault.field == CLOSABLE_GROUP:
        return SITING_FAULTS.build("closed_stations", field=CLOSABLE_GROUP, value=order.most_closed)
    return fault


def _timed() -> SolverFactories:
    from yihui.planning.siting.solving import TimedSolver, quick_solver

    observer = find_progress_observer()  # which may end the solving

    def pulse(_: object) -> None:
        if observer is not None:
            observer.advance(0.0)

    return SolverFactories(
        plan=lambda seconds, hears: TimedSolver(seconds=seconds, on_progress=hears),
        variant=lambda seconds: TimedSolver(seconds=seconds, processes=1, on_progress=pulse),
        disturbed=quick_solver,
    )


@contextmanager
def _show_solving(wiring: Wiring, limit_s: float) -> Iterator[RecordCallback]:
    """Yield a callback that says how good the best plan is, and shows the share of the time limit. Nobody knows before when a plan is proven."""
    begun = monotonic()
    with show_progress(wiring.render(N_("looking for the best sites")), _HUNDREDTHS) as advance:

        def hears(record: SearchRecord) -> None:
            share = min((monotonic() - begun) / limit_s, 1.0)
            advance(int(_HUNDREDTHS * share), _found_text(wiring, record))

        yield hears


def _found_text(wiring: Wiring, record: SearchRecord) -> str | None:
    if record.sites is None or not isfinite(gap := relative_gap(record.objective, record.bound)):
        return None
    found = N_("a plan is found; at most {share} % better may be possible")
    return wiring.render(found, share=f"{100 * gap:.2f}")
