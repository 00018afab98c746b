"""Where to build next: load the inputs, run the solver and build the proposals."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from math import isfinite
from time import monotonic

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from geo.siting.problem import InfeasibleLimits, NoPlanFound, SitingLimits
from geo.siting.proposal import SitingProposals
from geo.siting.record import SearchRecord, SitingPlan, Solver, relative_gap
from geo.siting.situation import SitingSituation, SituationTask, build_situation_task
from yihui.bootstrap import Wiring
from yihui.planning.siting.inputs import (
    SitingInputs,
    add_routes,
    add_ways,
    build_situation,
    load_siting_inputs,
)
from yihui.planning.siting.limits import CLOSABLE_GROUP, build_siting_limits, narrow_candidates
from yihui.planning.siting.proposals import (
    RecordCallback,
    SolvedSiting,
    SolverFactories,
    add_gain_curve,
    add_longer_hours,
    add_stability,
    build_proposals,
)
from yihui.planning.siting.request import SitingOrder
from yihui.runtime.progress import find_progress_observer, show_progress

__all__ = ["SitingOrder", "SitingProposals", "SolverFactories", "propose_sites", "propose_sites_from_inputs"]
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
    """Yield a callback that says how good the best plan is, and shows the share of the time limit.

    Nobody knows before when a plan is proven.
    """
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
