"""A siting task: sites, demand, distances, and the limits of a plan with their faults."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

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


Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


class SitingGoal(StrEnum):
    """The objective of a plan."""

    MCLP = "mclp"  # most demand covered
    LSCP = "lscp"  # every demand covered at the least cost
    P_MEDIAN = "p_median"  # least sum of demand × distance
    P_CENTRE = "p_centre"  # least distance of the worst-served demand

    @property
    def is_cover(self) -> bool:
        """Whether it is about demand within the radius, and not about distances."""
        return self in (SitingGoal.MCLP, SitingGoal.LSCP)


@dataclass(frozen=True, slots=True, eq=False)
class Cover:
    """Which sites cover each demand, as the rows of a sparse matrix.

    Row ``i`` is ``site_of[starts[i]:starts[i + 1]]``, unordered and without repetition; a row may be empty.
    *Shape*: weights (n,), starts (n + 1,), site_of (pairs,). *Raises*: ValueError where these contradict.
    """

    weights: Floats
    starts: Ints
    site_of: Ints
    sites: int

    def __post_init__(self) -> None:
        _check_rows(self.weights, self.starts, self.site_of, self.sites)

    @property
    def total(self) -> float:
        return float(self.weights.sum())

    def select_rows(self, rows: Ints) -> "Cover":
        """Return the cover of some demands only."""
        bounds = self.starts.tolist()
        parts = [self.site_of[bounds[row] : bounds[row + 1]] for row in rows.tolist()]
        starts = np.concatenate(([0], np.cumsum([len(part) for part in parts], dtype=np.int64)))
        site_of = np.concatenate([np.empty(0, dtype=np.int64), *parts])
        return Cover(self.weights[rows], starts.astype(np.int64), site_of, self.sites)


@dataclass(frozen=True, slots=True, eq=False)
class Distances:
    """The distance of each demand from the sites that may serve it; pairs that are not listed may not.

    *Shape*: as `Cover`, metres (pairs,). *Units*: metres, or any other cost that is finite and >= 0.
    """

    weights: Floats
    starts: Ints
    site_of: Ints
    metres: Floats
    sites: int

    def __post_init__(self) -> None:
        _check_rows(self.weights, self.starts, self.site_of, self.sites)
        if len(self.metres) != len(self.site_of):
            raise ValueError(f"{len(self.metres)} distances for {len(self.site_of)} pairs; give one for each")
        if not (np.isfinite(self.metres).all() and (self.metres >= 0).all()):
            raise ValueError("a distance is negative or not finite; leave such pairs out")


@dataclass(frozen=True, slots=True, eq=False)
class SitingTask:
    """One siting task: the goal, which site serves which demand, and the limits of a plan.

    *Raises*: ValueError where data and goal don't match.
    """

    goal: SitingGoal
    data: Cover | Distances
    limits: SitingLimits = field(default_factory=SitingLimits)

    def __post_init__(self) -> None:
        wanted = Cover if self.goal.is_cover else Distances
        if not isinstance(self.data, wanted):
            raise ValueError(f"{self.goal} needs {wanted.__name__}, not {type(self.data).__name__}")

    @property
    def is_maximised(self) -> bool:
        return self.goal is SitingGoal.MCLP

    @property
    def must_serve(self) -> Mask:
        """Which demand every plan serves: all for LSCP, none for MCLP, else all with a weight. *Shape*: (n,)."""
        is_lscp = self.goal is SitingGoal.LSCP
        return ((self.data.weights > 0) | is_lscp) & (not self.is_maximised)


def _check_rows(weights: Floats, starts: Ints, site_of: Ints, sites: int) -> None:
    if len(starts) != len(weights) + 1 or starts[0] != 0 or starts[-1] != len(site_of):
        raise ValueError(f"starts do not divide {len(site_of)} pairs into {len(weights)} rows")
    if (np.diff(starts) < 0).any():
        raise ValueError("starts go backwards")
    if not (np.isfinite(weights).all() and (weights >= 0).all()):
        raise ValueError("a weight is negative or not finite; give finite weights, 0 or more")
    if len(site_of) and not (site_of.min() >= 0 and site_of.max() < sites):
        raise ValueError(f"a row names a site outside 0..{sites - 1}")
