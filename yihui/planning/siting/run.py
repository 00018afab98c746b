"""Where to build next: reads what is asked about, has it solved, and tells what is proposed."""

from core.faults import Fault, InputFaults
from geo.siting.faults import InfeasibleLimits, NoPlanFound
from geo.siting.limits import SitingLimits
from geo.siting.plan import SitingPlan, Solver
from geo.siting.proposal import SitingProposals
from geo.siting.situation import SitingSituation, SituationTask, TooManyPairs, build_situation_task
from yihui.bootstrap import Wiring
from yihui.planning.siting.extras import Question, Solvers, curve_of, longer_hours_of, stability_of
from yihui.planning.siting.ground import SitingGround, siting_ground
from yihui.planning.siting.limits import STANDING, limits_of, narrowed
from yihui.planning.siting.progress import solving_progress
from yihui.planning.siting.proposals import told
from yihui.planning.siting.request import SitingOrder, check_order
from yihui.runtime.progress import show_progress

__all__ = ["SitingOrder", "SitingProposals", "Solvers", "propose", "propose_on"]

N_ = str  # marks a text for the message catalogue


def propose(wiring: Wiring, order: SitingOrder, solvers: Solvers | None = None) -> SitingProposals:
    """Where to build next. *Raises*: InputFaults with all that is wrong with what was given; OSError."""
    check_order(order)
    with show_progress(wiring.render(N_("reading demand and stations")), 1) as advance:
        ground = siting_ground(wiring, order)
        advance(1)
    return propose_on(wiring, ground, solvers or _timed())


def propose_on(wiring: Wiring, ground: SitingGround, solvers: Solvers) -> SitingProposals:
    """The same for what was read already. *Raises*: InputFaults where the limits can't be kept."""
    ground = narrowed(ground)
    order, points = ground.order, ground.index.points
    at_stake, beyond = points[ground.at_stake], points[ground.standing & ~ground.at_stake]
    situation = SitingSituation(
        ground.demand, ground.candidates, at_stake, order.radius_m, order.closable, beyond
    )
    limits = limits_of(ground, situation)
    with solving_progress(wiring) as hears:
        asked, plan = _solved(order, situation, limits, solvers.plan(order.time_limit_s, hears))
    proposals = told(ground, situation, asked, plan)
    if proposals.interrupted or not proposals.proposals:
        return proposals
    return _with_extras(wiring, Question(ground, situation, limits, plan), proposals, solvers)


def _with_extras(
    wiring: Wiring, question: Question, proposals: SitingProposals, solvers: Solvers
) -> SitingProposals:
    """What is asked besides; Ctrl+C leaves out what isn't done yet, and keeps the rest."""
    order = question.ground.order
    extras = (
        (order.extended_hours, longer_hours_of),
        (order.curve, curve_of),
        (order.stability > 0, stability_of),
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
        raise InputFaults([_too_many(error)]) from error
    except InfeasibleLimits as error:
        raise InputFaults([_as_asked(order, fault) for fault in error.faults]) from error
    except NoPlanFound as error:
        raise InputFaults([_unsolved(order)]) from error


def _as_asked(order: SitingOrder, fault: Fault) -> Fault:
    """A limit in the planner's words: where places may close, the solver counts them among the sites."""
    if order.closable and fault.field == "p":
        text, remedy = N_("at most {value} more stations than now"), N_("allow more sites")
        return Fault(text, remedy, field="-p", value=str(order.p))
    if order.closable and fault.field == STANDING:
        text, remedy = (
            N_("at most {value} stations are closed"),
            N_("let more be closed with --at-most-close"),
        )
        return Fault(text, remedy, field=STANDING, value=str(order.most_closed))
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


def _timed() -> Solvers:
    from yihui.planning.siting.quick_solving import quickly
    from yihui.planning.siting.solving import Solving

    return Solvers(
        plan=lambda seconds, hears: Solving(seconds=seconds, told=hears),
        again=lambda seconds: Solving(seconds=seconds, processes=1),
        runs=quickly,
    )
