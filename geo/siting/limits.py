"""The limits of a plan: number of sites, cost, fixed and excluded sites, minimum distances; and their faults."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from core.faults import FaultError, FaultTable
from core.text_marks import N_

Ints = NDArray[np.int64]

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


@dataclass(frozen=True, slots=True, eq=False)
class SiteGroup:
    """Sites of which between ``least`` and ``most`` must be open, including fixed ones.

    Examples are the sites of a district, or options that exclude each other. Longer opening hours offered
    beside a new building are a further site with its own cost and cover; where at most one of several
    options may be chosen, they form a group with ``most`` 1.
    """

    name: str
    sites: Ints
    least: int = 0
    most: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "sites", np.unique(np.asarray(self.sites, dtype=np.int64)))


@dataclass(frozen=True, slots=True, eq=False)
class SitingLimits:
    """The limits of a plan; all are optional. Positions are those of the sites in the problem.

    ``fixed`` sites are always open: what they serve is counted, but they count neither towards ``p`` nor
    towards cost. An existing place that may be closed is an ordinary site (its cost is the cost of keeping
    it open); "close at most 3" is a group of such sites with a minimum. ``p`` is the maximum number of sites
    beside the fixed ones; ``cost`` (m,) is in any one unit, 1 each if None, and ``budget`` is the maximum of
    its sum. ``conflicts`` (pairs, 2) are pairs too near for both to open. ``names`` (m) are the
    names of the sites in messages.
    """

    p: int | None = None
    cost: NDArray[np.float64] | None = None
    budget: float | None = None
    fixed: frozenset[int] = frozenset()
    groups: tuple[SiteGroup, ...] = ()
    conflicts: Ints = field(default_factory=lambda: np.empty((0, 2), dtype=np.int64))
    names: Sequence[str] | None = None

    def name(self, site: int) -> str:
        return str(site) if self.names is None else self.names[site]

    def fixed_mask(self, sites: int) -> NDArray[np.bool_]:
        """Return which sites are fixed. *Shape*: (m,)."""
        return np.isin(np.arange(sites), list(self.fixed))

    def costs(self, sites: int) -> NDArray[np.float64]:
        """Return the cost of each site; a fixed site costs nothing. *Shape*: (m,)."""
        costs = np.ones(sites) if self.cost is None else np.array(self.cost, dtype=np.float64)
        costs[sorted(self.fixed)] = 0.0
        return costs
