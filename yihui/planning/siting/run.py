"""Where to build next: load the inputs, run the solver and build the proposals."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from math import isfinite
from time import monotonic

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from geo.siting.limits import InfeasibleLimits, NoPlanFound, SitingLimits
from geo.siting.plan import SitingPlan, Solver, relative_gap
from geo.siting.proposal import SitingProposals
from geo.siting.record import SearchRecord
from geo.siting.situation import SitingSituation, SituationTask, build_situation_task
from yihui.bootstrap import Wiring
from yihui.planning.siting.inputs import (
    SitingInputs,
    add_street_routes,
    add_street_ways,
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
    """Propose sites from inputs that are already loaded.

    *Raises*: FaultError if the limits can't be kept.
    """
    ground, solvers = narrow_candidates(ground), solvers or _timed()
    order = ground.order
    situation = add_street_routes(build_situation(ground), order.streets)
    if not order.goal.is_cover:
        situation = add_street_ways(situation, order.streets)
    limits = build_siting_limits(ground, situation)
    with show_solving_progress(wiring, order.time_limit_s) as hears:
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
    except InfeasibleLimits as error:
        raise FaultError([_as_asked(order, fault) for fault in error.faults]) from error
    except NoPlanFound as error:
        raise FaultError(
            SITING_FAULTS.build("unsolved", field="--time-limit", value=f"{order.time_limit_s:g}")
        ) from error


def _as_asked(order: SitingOrder, fault: Fault) -> Fault:
    """Restate a solver's limit in the planner's terms.

    If stations may be closed, the solver counts them among the sites.
    """
    if order.closable and fault.field == "p":
        return SITING_FAULTS.build("more_stations", field="-p", value=order.p)
    if order.closable and fault.field == CLOSABLE_GROUP:
        return SITING_FAULTS.build("closed_stations", field=CLOSABLE_GROUP, value=order.most_closed)
    return fault


def _timed() -> SolverFactories:
    from yihui.planning.siting.solving import TimedSolver, quick_solver

    return SolverFactories(
        plan=lambda seconds, hears: TimedSolver(seconds=seconds, on_progress=hears),
        variant=lambda seconds: TimedSolver(seconds=seconds, processes=1, on_progress=_pulse()),
        disturbed=quick_solver,
    )


def _pulse() -> RecordCallback:
    """Return a callback that lets the observer end the solving; it gains nothing by itself."""
    observer = find_progress_observer()
    return lambda _: None if observer is None else observer.advance(0.0)


_QUIET_S = 5.0  # between two log lines


@contextmanager
def show_solving_progress(wiring: Wiring, limit_s: float) -> Iterator[RecordCallback]:
    """Yield a callback for every better plan and bound. It writes to standard error.

    An observer receives the share of the time limit that has passed, because nobody knows when a plan is proven.
    """
    if (observer := find_progress_observer()) is not None:
        begun = monotonic()
        observer.begin_step()
        yield lambda _: observer.advance(min((monotonic() - begun) / limit_s, 1.0))
    elif sys.stderr.isatty():
        from rich.console import Console

        with Console(stderr=True).status(wiring.render(N_("looking for the best sites"))) as status:
            yield lambda record: status.update(_text(wiring, record))
    else:
        yield _lines(wiring)


def _lines(wiring: Wiring) -> RecordCallback:
    last, before = monotonic(), ""

    def told(record: SearchRecord) -> None:
        nonlocal last, before
        if monotonic() - last >= _QUIET_S and (text := _text(wiring, record)) != before:
            sys.stderr.write(text + "\n")
            last, before = monotonic(), text

    return told


def _text(wiring: Wiring, record: SearchRecord) -> str:
    if record.sites is None or not isfinite(record.bound):
        return wiring.render(N_("looking for the best sites"))
    share = 100 * relative_gap(record.objective, record.bound)
    return wiring.render(
        N_("a plan is found; at most {share} % better may be possible"), share=f"{share:.2f}"
    )
