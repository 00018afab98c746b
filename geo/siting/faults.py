"""The ways in which a siting task can end without a plan, and their faults."""

from core.faults import FaultError, FaultTable
from core.text_marks import N_

_NOT_NEGATIVE = N_("give an amount, 0 or more")
_MORE_CANDIDATES = N_(
    "give more candidates or a larger radius, or ask for most demand covered instead of all"
)
SITING_TASK_FAULTS = FaultTable(
    "siting",
    {
        "too_many_pairs": (
            N_(
                "too many sites lie near demand: {value} pairs within {radius} m; at most {most} can be reckoned with"
            ),
            N_(
                "narrow the radius, widen --grid or --demand-grid, choose a smaller area, or let what stands be fixed"
            ),
        ),
        # Limits that are wrong by themselves.
        "negative_p": (N_("p is {value}"), N_("give the number of sites to open, 0 or more")),
        "large_p": (
            N_("p is {value}, but only {free} candidates can be opened"),
            N_("give at most {free}, or more candidates"),
        ),
        "wrong_budget": (N_("the budget is {value}"), _NOT_NEGATIVE),
        "crossed_group": (
            N_("{field} wants at least {least} and at most {value}"),
            N_("give 0 <= minimum <= maximum"),
        ),
        "cost_count": (
            N_("there are costs for {value} sites of {sites}"),
            N_("give one cost for each site"),
        ),
        "wrong_cost": (N_("the cost of site {site} is {value}"), _NOT_NEGATIVE),
        "no_such_site": (
            N_("{field} names the site {value}, but there are only {sites}"),
            N_("count the sites from 0"),
        ),
        # Limits that can't be kept together.
        "conflict": (
            N_("no plan keeps these limits together ({value} of them)"),
            N_("give way in any one of them: without it the others can be kept"),
        ),
        "unreachable": (
            N_("{value} demands have no candidate within reach, the first is number {first}"),
            _MORE_CANDIDATES,
        ),
        "p": (N_("at most {value} new sites"), N_("allow more sites")),
        "budget": (N_("a budget of {value}"), N_("raise the budget")),
        "minimum": (
            N_("at least {value} in {field}"),
            N_("lower this minimum, or give more candidates there"),
        ),
        "maximum": (N_("at most {value} in {field}"), N_("raise this maximum")),
        "near": (
            N_("{value} and {other} are too near one another"),
            N_("allow a smaller distance, or leave one of the two out"),
        ),
        "fixed": (N_("{value} stays open"), N_("let this site be closed")),
        "closed": (N_("{value} may not be opened"), N_("allow this site to be opened")),
        "demand": (N_("every demand is served"), _MORE_CANDIDATES),
    },
)


class InfeasibleLimits(FaultError):
    """Raised where no plan keeps all limits.

    The faults after the first name a minimal conflicting set: without any one of them, the others can be kept.
    """


class TooManyPairs(FaultError):
    """Raised for more pairs of demand and site than can be solved."""


class NoPlanFound(Exception):
    """Raised where time or effort ended before a plan within the limits was found."""
