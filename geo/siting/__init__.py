"""Where to build next: which sites of many serve most, by how much, and how good that provably is.

Names are fetched when first used: most modules load scipy or HiGHS, and whoever reads a proposal wants neither.
`solve` shares its module's name and is fetched from there: ``from geo.siting.solve import solve``.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geo.siting.alternatives import Alternative, Fewest, alternative, fewest_for
    from geo.siting.candidates import Candidates, grid_candidates
    from geo.siting.checking import broken_limits, faults_of, objective_of
    from geo.siting.conflicting import conflict
    from geo.siting.curve import CurvePoint, numbers_up_to, optima
    from geo.siting.faults import Infeasible, Unsolved
    from geo.siting.limits import Group, Limits
    from geo.siting.plan import Plan, Solver, Watch
    from geo.siting.problem import Cover, Distances, Goal, Task
    from geo.siting.proposal import Door, LongerHours, Proposal, Proposals, Stability
    from geo.siting.proposing import built, ways
    from geo.siting.searching import Effort
    from geo.siting.situation import Posed, Situation, TooManyPairs, posed
    from geo.siting.spacing import SpacingRule
    from geo.siting.stability import Disturbance, choices, shares

__all__ = [
    "Alternative",
    "Candidates",
    "Cover",
    "CurvePoint",
    "Distances",
    "Disturbance",
    "Door",
    "Effort",
    "Fewest",
    "Goal",
    "Group",
    "Infeasible",
    "Limits",
    "LongerHours",
    "Plan",
    "Posed",
    "Proposal",
    "Proposals",
    "Situation",
    "Solver",
    "SpacingRule",
    "Stability",
    "Task",
    "TooManyPairs",
    "Unsolved",
    "Watch",
    "alternative",
    "broken_limits",
    "built",
    "choices",
    "conflict",
    "faults_of",
    "fewest_for",
    "grid_candidates",
    "numbers_up_to",
    "objective_of",
    "optima",
    "posed",
    "shares",
    "ways",
]

_HOMES = {
    "geo.siting.alternatives": {"Alternative", "Fewest", "alternative", "fewest_for"},
    "geo.siting.candidates": {"Candidates", "grid_candidates"},
    "geo.siting.checking": {"broken_limits", "faults_of", "objective_of"},
    "geo.siting.conflicting": {"conflict"},
    "geo.siting.curve": {"CurvePoint", "numbers_up_to", "optima"},
    "geo.siting.faults": {"Infeasible", "Unsolved"},
    "geo.siting.limits": {"Group", "Limits"},
    "geo.siting.plan": {"Plan", "Solver", "Watch"},
    "geo.siting.problem": {"Cover", "Distances", "Goal", "Task"},
    "geo.siting.proposal": {"Door", "LongerHours", "Proposal", "Proposals", "Stability"},
    "geo.siting.proposing": {"built", "ways"},
    "geo.siting.searching": {"Effort"},
    "geo.siting.situation": {"Posed", "Situation", "TooManyPairs", "posed"},
    "geo.siting.spacing": {"SpacingRule"},
    "geo.siting.stability": {"Disturbance", "choices", "shares"},
}


def __getattr__(name: str) -> object:
    home = next((module for module, names in _HOMES.items() if name in names), None)
    if home is None:
        raise AttributeError(f"module 'geo.siting' has no attribute {name!r}")
    return getattr(import_module(home), name)
