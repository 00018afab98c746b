"""Compare the proposed sites under two spreads of the residents: over the land of the streets, and evenly."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from core.faults import Fault
from geo.siting.faults import InfeasibleLimits, NoPlanFound
from geo.siting.proposal import SitingProposals
from geo.siting.proposing import compute_service_distances
from geo.siting.situation import SitingSituation, build_situation_task
from geo.siting.spacing import nearest_other_m
from yihui.bootstrap import Wiring
from yihui.planning.demand.land import note_even_choice, note_even_sites
from yihui.planning.siting.proposals import NEARBY_SHARE, SolvedSiting, SolverFactories

_MOST_S = 5.0  # for the search


def add_even_spread(
    wiring: Wiring, question: SolvedSiting, proposals: SitingProposals, solvers: SolverFactories
) -> SitingProposals:
    """Add notes: what the sites serve of residents spread evenly, and how many of them would be chosen then.

    The candidates and the limits stay as they are. The search is a quick one, and its plan may not be the best.
    """
    reading = question.ground.land
    if reading is None:
        return proposals
    situation = replace(question.situation, demand=reading.even_demand())
    own = np.array([one.site for one in proposals.proposals], dtype=np.intp)
    notes = [*proposals.notes, _note_served(question, situation, proposals, own)]
    try:
        solver = solvers.disturbed(min(_MOST_S, question.ground.order.time_limit_s))
        sites = solver(
            build_situation_task(situation, question.ground.order.goal, question.limits).task
        ).sites
    except (NoPlanFound, InfeasibleLimits):
        return replace(proposals, notes=tuple(notes))
    except KeyboardInterrupt:
        return replace(proposals, notes=tuple(notes), interrupted=True)
    points = question.ground.candidates.points
    chosen = points[sites[sites < len(points)]]
    near_m = question.ground.order.radius_m * NEARBY_SHARE
    same = int(np.isin(own, sites).sum())
    near = int((nearest_other_m(points[own], chosen) <= near_m).sum())
    notes.append(note_even_choice(len(own), same, near, near_m))
    return replace(proposals, notes=tuple(notes))


def _note_served(
    question: SolvedSiting, even: SitingSituation, proposals: SitingProposals, own: NDArray[np.intp]
) -> Fault:
    """Return a note on the shares served with and without the sites, under both spreads."""
    ground = question.ground
    closed = {station.id for station in proposals.closed}
    at_stake = [s.id for s, stands in zip(ground.index.stations, ground.at_stake_mask, strict=True) if stands]
    stays = np.array([id_ not in closed for id_ in at_stake], dtype=bool)
    after = np.concatenate((even.standing[stays], even.beyond, ground.candidates.points[own]))
    total = even.demand.total
    return note_even_sites(
        (proposals.before / proposals.total, proposals.after / proposals.total),
        (
            compute_service_distances(even, even.places).served / total,
            compute_service_distances(even, after).served / total,
        ),
    )
