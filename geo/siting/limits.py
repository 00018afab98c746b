"""The limits of a plan: number of sites, cost, fixed and excluded sites, minimum distances; and their faults."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from core.faults import Fault, FaultError, FaultTable, raise_faults
from core.text_marks import N_

Ints = NDArray[np.int64]

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
        "cost_count": (N_("there are costs for {value} sites of {sites}"), N_("give one cost for each site")),
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

    def costs(self, sites: int) -> NDArray[np.float64]:
        """Return the cost of each site; a fixed site costs nothing. *Shape*: (m,)."""
        costs = np.ones(sites) if self.cost is None else np.array(self.cost, dtype=np.float64)
        costs[sorted(self.fixed)] = 0.0
        return costs

    def check(self, sites: int) -> None:
        """Check the limits against the number of sites. *Raises*: FaultError with all faults."""
        raise_faults(self._faults(sites))

    def _faults(self, sites: int) -> Iterator[Fault]:
        build, free = SITING_TASK_FAULTS.build, sites - len(self.fixed)
        if self.p is not None and self.p < 0:
            yield build("negative_p", field="p", value=self.p)
        elif self.p is not None and self.p > free:
            yield build("large_p", field="p", value=self.p, free=free)
        if self.budget is not None and not 0 <= self.budget < np.inf:
            yield build("wrong_budget", field="budget", value=self.budget)
        yield from self._faults_of_cost(sites)
        yield from self._faults_of_positions(sites)
        for group in self.groups:
            if group.least < 0 or (group.most is not None and group.most < group.least):
                yield build("crossed_group", field=group.name, value=str(group.most), least=group.least)

    def _faults_of_cost(self, sites: int) -> Iterator[Fault]:
        if self.cost is None:
            return
        cost = np.asarray(self.cost, dtype=np.float64)
        if cost.shape != (sites,):
            yield SITING_TASK_FAULTS.build("cost_count", field="cost", value=len(cost), sites=sites)
            return
        for site in np.flatnonzero(~(np.isfinite(cost) & (cost >= 0))).tolist():
            yield SITING_TASK_FAULTS.build("wrong_cost", field="cost", value=cost[site], site=self.name(site))

    def _faults_of_positions(self, sites: int) -> Iterator[Fault]:
        named = (
            ("fixed", sorted(self.fixed)),
            ("conflicts", self.conflicts.ravel().tolist()),
            *((group.name, group.sites.tolist()) for group in self.groups),
        )
        for name, positions in named:
            for site in [site for site in positions if not 0 <= site < sites][:1]:
                yield SITING_TASK_FAULTS.build("no_such_site", field=name, value=site, sites=sites)
