"""Where to build next: load the inputs, run the solver and build the proposals."""

from core.faults import Fault, FaultError
from core.text_marks import N_
from geo.siting.faults import InfeasibleLimits, NoPlanFound
from geo.siting.limits import SitingLimits
from geo.siting.plan import SitingPlan, Solver
from geo.siting.proposal import SitingProposals
from geo.siting.situation import SitingSituation, SituationTask, TooManyPairs, build_situation_task
from yihui.bootstrap import Wiring
from yihui.planning.siting.extras import (
    SolvedSiting,
    SolverFactories,
    add_gain_curve,
    add_longer_hours,
    add_stability,
)
from yihui.planning.siting.ground import SitingInputs, load_siting_inputs
from yihui.planning.siting.limits import CLOSABLE_GROUP, build_siting_limits, narrow_candidates
from yihui.planning.siting.progress import show_solving_progress
from yihui.planning.siting.proposals import build_proposals
from yihui.planning.siting.request import SitingOrder, check_siting_order
from yihui.runtime.progress import show_progress

__all__ = ["SitingOrder", "SitingProposals", "SolverFactories", "propose_sites", "propose_sites_from_inputs"]


def propose_sites(
    wiring: Wiring, order: SitingOrder, solvers: SolverFactories | None = None
) -> SitingProposals:
    """Propose where to build next. *Raises*: FaultError with all faults of the input; OSError."""
    check_siting_order(order)
    with show_progress(wiring.render(N_("reading demand and stations")), 1) as advance:
        ground = load_siting_inputs(wiring, order)
        advance(1)
    return propose_sites_from_inputs(wiring, ground, solvers or _timed())


def propose_sites_from_inputs(
    wiring: Wiring, ground: SitingInputs, solvers: SolverFactories
) -> SitingProposals:
    """Propose sites from inputs that are already loaded.

    *Raises*: FaultError if the limits can't be kept.
    """
    ground = narrow_candidates(ground)
    order, points = ground.order, ground.index.points
    at_stake, beyond = points[ground.at_stake_mask], points[ground.open_mask & ~ground.at_stake_mask]
    situation = SitingSituation(
        ground.demand, ground.candidates, at_stake, order.radius_m, order.closable, beyond
    )
    limits = build_siting_limits(ground, situation)
    with show_solving_progress(wiring) as hears:
        asked, plan = _solved(order, situation, limits, solvers.plan(order.time_limit_s, hears))
    proposals = build_proposals(ground, situation, asked, plan)
    if proposals.interrupted or not proposals.proposals:
        return proposals
    return _with_extras(wiring, SolvedSiting(ground, situation, limits, plan), proposals, solvers)


def _with_extras(
    wiring: Wiring, question: SolvedSiting, proposals: SitingProposals, solvers: SolverFactories
) -> SitingProposals:
    """Add the requested extras. Ctrl+C skips the unfinished ones and keeps the others."""
    order = question.ground.order
    extras = (
        (order.extended_hours, add_longer_hours),
        (order.curve, add_gain_curve),
        (order.stability > 0, add_stability),
    )
    for wanted, extra in extras:
        if wanted and not proposals.interrupted:
            proposals = extra(wiring, question, proposals, solvers)
    return proposals


def _solved(
    order: SitingOrder, situation: SitingSituation, limits: SitingLimits, solver: Solver
) -> tuple[SituationTask, SitingPlan]:
    try:
        asked = build_situation_task(situation, order.goal, limits)
        return asked, solver(asked.task)
    except TooManyPairs as error:
        raise FaultError([_too_many(error)]) from error
    except InfeasibleLimits as error:
        raise FaultError([_as_asked(order, fault) for fault in error.faults]) from error
    except NoPlanFound as error:
        raise FaultError([_unsolved(order)]) from error


def _as_asked(order: SitingOrder, fault: Fault) -> Fault:
    """Restate a solver's limit in the planner's terms.

    If stations may be closed, the solver counts them among the sites.
    """
    if order.closable and fault.field == "p":
        text, remedy = N_("at most {value} more stations than now"), N_("allow more sites")
        return Fault(text, remedy, field="-p", value=str(order.p))
    if order.closable and fault.field == CLOSABLE_GROUP:
        text, remedy = (
            N_("at most {value} stations are closed"),
            N_("let more be closed with --at-most-close"),
        )
        return Fault(text, remedy, field=CLOSABLE_GROUP, value=str(order.most_closed))
    return fault


def _too_many(error: TooManyPairs) -> Fault:
    return Fault(
        N_(
            "too many sites lie near demand: {value} pairs within {radius} m; at most {most} can be reckoned with"
        ),
        N_(
            "narrow the radius, widen --grid or --demand-grid, choose a smaller area, or let what stands be fixed"
        ),
        value=f"{error.count:,}",
        params={"radius": f"{error.radius_m:,.0f}", "most": f"{error.most:,}"},
    )


def _unsolved(order: SitingOrder) -> Fault:
    return Fault(
        N_("within {value} s no plan was found that keeps all limits, nor a proof that there is none"),
        N_("give more time with --time-limit, or fewer limits"),
        field="--time-limit",
        value=f"{order.time_limit_s:g}",
    )


def _timed() -> SolverFactories:
    from yihui.planning.siting.quick_solving import quick_solver
    from yihui.planning.siting.solving import TimedSolver

    return SolverFactories(
        plan=lambda seconds, hears: TimedSolver(seconds=seconds, on_progress=hears),
        variant=lambda seconds: TimedSolver(seconds=seconds, processes=1),
        disturbed=quick_solver,
    )
