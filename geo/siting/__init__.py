"""Siting: which candidate sites serve the most demand, by how much, and how good the plan provably is.

Each name is imported on first use, because most modules load scipy or HiGHS, which reading a proposal
does not need. Import the solver from its own module: ``from geo.siting.solve import solve_siting_task``.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geo.siting.alternatives import (
        FewestSites,
        HoursAlternative,
        find_fewest_sites,
        find_hours_alternative,
    )
    from geo.siting.candidates import CandidateSites, grid_candidates
    from geo.siting.checking import broken_limits, find_plan_faults, recompute_objective
    from geo.siting.conflicting import find_conflict
    from geo.siting.curve import CurvePoint, curve_site_counts, iter_curve_points
    from geo.siting.faults import InfeasibleLimits, NoPlanFound, TooManyPairs
    from geo.siting.limits import SiteGroup, SitingLimits
    from geo.siting.plan import SearchWatch, SitingPlan, Solver
    from geo.siting.problem import Cover, Distances, SitingGoal, SitingTask
    from geo.siting.proposal import AffectedStation, LongerHours, SiteProposal, SitingProposals, Stability
    from geo.siting.proposing import compute_plan_changes, compute_service_distances
    from geo.siting.searching import SearchEffort
    from geo.siting.situation import SitingSituation, SituationTask, build_situation_task
    from geo.siting.spacing import SpacingRule
    from geo.siting.stability import Disturbance, iter_disturbed_choices

__all__ = [
    "AffectedStation",
    "CandidateSites",
    "Cover",
    "CurvePoint",
    "Distances",
    "Disturbance",
    "FewestSites",
    "HoursAlternative",
    "InfeasibleLimits",
    "LongerHours",
    "NoPlanFound",
    "SearchEffort",
    "SearchWatch",
    "SiteGroup",
    "SiteProposal",
    "SitingGoal",
    "SitingLimits",
    "SitingPlan",
    "SitingProposals",
    "SitingSituation",
    "SitingTask",
    "SituationTask",
    "Solver",
    "SpacingRule",
    "Stability",
    "TooManyPairs",
    "broken_limits",
    "build_situation_task",
    "compute_plan_changes",
    "compute_service_distances",
    "curve_site_counts",
    "find_conflict",
    "find_fewest_sites",
    "find_hours_alternative",
    "find_plan_faults",
    "grid_candidates",
    "iter_curve_points",
    "iter_disturbed_choices",
    "recompute_objective",
]

_HOMES = {
    "geo.siting.alternatives": {
        "HoursAlternative",
        "FewestSites",
        "find_hours_alternative",
        "find_fewest_sites",
    },
    "geo.siting.candidates": {"CandidateSites", "grid_candidates"},
    "geo.siting.checking": {"broken_limits", "find_plan_faults", "recompute_objective"},
    "geo.siting.conflicting": {"find_conflict"},
    "geo.siting.curve": {"CurvePoint", "curve_site_counts", "iter_curve_points"},
    "geo.siting.faults": {"InfeasibleLimits", "NoPlanFound", "TooManyPairs"},
    "geo.siting.limits": {"SiteGroup", "SitingLimits"},
    "geo.siting.plan": {"SitingPlan", "Solver", "SearchWatch"},
    "geo.siting.problem": {"Cover", "Distances", "SitingGoal", "SitingTask"},
    "geo.siting.proposal": {"AffectedStation", "LongerHours", "SiteProposal", "SitingProposals", "Stability"},
    "geo.siting.proposing": {"compute_plan_changes", "compute_service_distances"},
    "geo.siting.searching": {"SearchEffort"},
    "geo.siting.situation": {"SituationTask", "SitingSituation", "build_situation_task"},
    "geo.siting.spacing": {"SpacingRule"},
    "geo.siting.stability": {"Disturbance", "iter_disturbed_choices"},
}


def __getattr__(name: str) -> object:
    home = next((module for module, names in _HOMES.items() if name in names), None)
    if home is None:
        raise AttributeError(f"module 'geo.siting' has no attribute {name!r}")
    return getattr(import_module(home), name)
