"""Compare the proposed sites under two spreads of the residents: over the land of the streets, and evenly."""

from dataclasses import replace

import numpy as np

from core.faults import Fault, FaultError
from geo.coverage.demand import Demand
from geo.geodesy import Floats
from geo.siting.candidates import grid_candidates
from geo.siting.faults import InfeasibleLimits, NoPlanFound
from geo.siting.plan import Solver
from geo.siting.proposal import SitingProposals
from geo.siting.proposing import compute_service_distances
from geo.siting.situation import build_situation_task
from geo.siting.spacing import nearest_other_m
from yihui.bootstrap import Wiring
from yihui.planning.demand.land_notes import note_even_choice, note_even_sites
from yihui.planning.siting.inputs import SitingInputs, build_situation
from yihui.planning.siting.limits import build_siting_limits, narrow_candidates
from yihui.planning.siting.proposals import NEARBY_SHARE, SolvedSiting, SolverFactories

_MOST_S = 5.0  # for the search


def add_even_spread(
    wiring: Wiring, question: SolvedSiting, proposals: SitingProposals, solvers: SolverFactories
) -> SitingProposals:
    """Add notes: what the sites serve of residents spread evenly, and how many of them would be near one of its own.

    The limits stay; the candidates too where they are listed, and else they are the grid of the even demand. The
    search is a quick one, and its plan may not be the best. Sites by street are compared by the straight line, and
    there is no such search for them, because the ways of the even demand would have to be asked for as well.
    """
    order = question.ground.order
    assert question.ground.even is not None, "only residents by land are compared"
    even = question.ground.even().at(order.at)
    own = question.ground.candidates.points[[one.site for one in proposals.proposals]]
    notes = [*proposals.notes, _note_served(question, even, proposals, own)]
    if order.streets is not None:
        return replace(proposals, notes=tuple(notes))
    try:
        chosen = _choose_even_sites(
            question.ground, even, solvers.disturbed(min(_MOST_S, order.time_limit_s))
        )
    except (
        NoPlanFound,
        InfeasibleLimits,
        FaultError,
    ):  # the limits leave no plan: there is nothing to compare
        return replace(proposals, notes=tuple(notes))
    except KeyboardInterrupt:
        return replace(proposals, notes=tuple(notes), interrupted=True)
    near_m = order.radius_m * NEARBY_SHARE
    near = int((nearest_other_m(own, chosen) <= near_m).sum())
    return replace(proposals, notes=(*notes, note_even_choice(len(own), near, near_m)))


def _choose_even_sites(ground: SitingInputs, even: Demand, solver: Solver) -> Floats:
    """Return the places that a search chooses for residents spread evenly. *Raises*: NoPlanFound, FaultError."""
    other = replace(ground, demand=even, even=None)
    if ground.order.candidates is None and ground.order.grid_m is not None:
        other = narrow_candidates(replace(other, candidates=grid_candidates(even, ground.order.grid_m)))
    situation = build_situation(other)
    limits = build_siting_limits(other, situation)
    sites = solver(build_situation_task(situation, ground.order.goal, limits).task).sites
    points = other.candidates.points
    return points[sites[sites < len(points)]]


def _note_served(question: SolvedSiting, demand: Demand, proposals: SitingProposals, own: Floats) -> Fault:
    """Return a note on the shares served with and without the sites, under both spreads."""
    ground, even = question.ground, replace(question.situation, demand=demand)
    closed = {station.id for station in proposals.closed}
    at_stake = [s.id for s, stands in zip(ground.index.stations, ground.at_stake_mask, strict=True) if stands]
    stays = np.array([id_ not in closed for id_ in at_stake], dtype=bool)
    after = np.concatenate((even.standing[stays], even.beyond, own))
    total, straight = even.demand.total, proposals.straight or proposals
    return note_even_sites(
        (straight.before / proposals.total, straight.after / proposals.total),
        (
            compute_service_distances(even, even.places).served / total,
            compute_service_distances(even, after).served / total,
        ),
        is_by_street=proposals.straight is not None,
    )
