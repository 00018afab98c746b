"""The proposals shown to a planner: sites in order of gain, with their stability."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from core.faults import Fault

if TYPE_CHECKING:
    from geo.coverage.pairs import StreetTerms
    from geo.siting.alternatives import CurvePoint
    from geo.siting.problem import SitingGoal

STABLE_SHARE = 0.8
BESIDE_M = 300.0  # a site that near to a station that stands is as well served by its longer hours


@dataclass(frozen=True, slots=True)
class Landmark:
    """The nearest named place of a site. ``bearing`` is a message id: the direction from the place to the site."""

    name: str
    distance_m: float
    bearing: str


@dataclass(frozen=True, slots=True)
class SiteProposal:
    """One site to build. Rank 1 gains most; each further rank gains most of the rest, and sites that gain alike share one.

    ``gained`` is the demand that the site newly serves in its turn, ``cumulative`` the sum up to it.
    ``stability`` is the share of the disturbed runs that also chose the site, ``nearby`` of those that chose
    it or a site near it (`Stability.near_m`); None where there were no runs. ``neighbour_m`` is the distance
    to the nearest other station, existing or proposed, ``near`` the nearest that stands; ``spacing_m`` is the most
    that the rule allows there, infinite outside towns and None where the rule was not checked. ``tolerance`` is how
    far ``gained`` may be off, None where it is that of the ground. ``site`` is its position among the candidates.
    *CRS*: WGS84. *Units*: fen, metres, shares 0..1.
    """

    rank: int
    name: str
    lon: float
    lat: float
    district: str | None
    district_name: str
    gained: float
    cumulative: float
    cost_fen: int | None = None
    stability: float | None = None
    nearby: float | None = None
    neighbour_m: float = np.inf
    spacing_m: float | None = None
    near: Landmark | None = None
    tolerance: float | None = None
    row: int | None = None
    site: int = -1

    @property
    def is_unstable(self) -> bool:
        """Whether fewer than four in five disturbed runs chose the site."""
        return self.stability is not None and self.stability < STABLE_SHARE

    @property
    def is_beside(self) -> bool:
        """Whether a station stands there already."""
        return self.near is not None and self.near.distance_m < BESIDE_M

    @property
    def obeys_spacing(self) -> bool | None:
        """Whether its nearest neighbour is as near as the rule for towns requires.

        None where the rule was not checked.
        """
        if self.spacing_m is None:
            return None
        return bool(np.isinf(self.spacing_m)) or self.neighbour_m < self.spacing_m


@dataclass(frozen=True, slots=True)
class AffectedStation:
    """An existing station that the plan closes (``gained`` is then 0), or that is to be opened longer."""

    id: str
    name: str
    lon: float
    lat: float
    district: str | None
    gained: float = 0.0


@dataclass(frozen=True, slots=True)
class LongerHours:
    """Stations opened longer compared with new sites: what each side newly serves at that hour.

    ``doors`` are in order of what each adds; ``closed`` is the number of usable stations that are closed
    then. ``is_all`` says that all these stations together serve less than the plan; ``new_sites`` is then
    the smallest number that serves as much as they do. ``is_proven`` says that one fewer on the counted side
    would not suffice.
    """

    doors: tuple[AffectedStation, ...]
    gained: float
    new_sites: int
    new_gained: float
    closed: int
    is_all: bool
    is_proven: bool


NO_LONGER_HOURS = LongerHours((), 0.0, 0, 0.0, 0, is_all=True, is_proven=True)


@dataclass(frozen=True, slots=True)
class Stability:
    """The settings and the number of the disturbed runs."""

    runs: int
    seed: int
    error_m: float
    demand_share: float
    near_m: float
    kept: float  # mean share of the plan's sites that a run chose


@dataclass(frozen=True, slots=True)
class StraightService:
    """A plan by street, measured by the straight line.

    ``before`` and ``after`` are the demand served without and with the plan, ``mean_m`` and ``farthest_m`` the
    distances to the nearest open place; ``terms`` say what “street” means. ``without_way`` is the demand that has
    no way to any open place before and after, None for a goal that isn't about distances. *Units*: metres.
    """

    before: float
    after: float
    mean_m: tuple[float, float]
    farthest_m: tuple[float, float]
    terms: "StreetTerms"
    without_way: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class SitingProposals:
    """A plan with everything that is reported about it.

    ``total`` is all demand of the area; ``before`` and ``after`` are what open places serve without and with
    the plan. ``objective``, ``bound`` and ``gap`` are the solver's, in the model's own measure (newly served
    demand; number or cost of sites; demand-weighted metres; metres). ``mean_m`` and ``farthest_m`` are the
    mean and the greatest distance to the nearest open place before and after, infinite where some demand has
    none within 100 km; by street only if the goal is about distances and ``straight`` is given, without the
    demand that has no way. ``straight`` is given where the rest is by street.
    ``candidates`` is the number of sites to choose from, ``stations`` the number of
    open, usable places of the area, ``access_unknown`` of those of them whose access nobody stated.
    """

    goal: "SitingGoal"
    area: str
    area_name: str
    at: datetime
    radius_m: float
    unit: str
    demand_title: str
    total: float
    before: float
    after: float
    proposals: tuple[SiteProposal, ...]
    objective: float
    bound: float
    gap: float
    is_proven: bool
    seconds: float
    ended: str
    time_limit_s: float
    candidates: int = 0
    stations: int = 0
    access_unknown: int = 0
    closed: tuple[AffectedStation, ...] = ()
    most_closed: int | None = 0  # how many might be closed, None for any number
    mean_m: tuple[float, float] = (np.inf, np.inf)
    farthest_m: tuple[float, float] = (np.inf, np.inf)
    unreachable: float = 0.0  # demand that no candidate can serve (LSCP leaves it out and reports it)
    stability: Stability | None = None
    curve: "tuple[CurvePoint, ...]" = ()
    longer_hours: LongerHours | None = None
    notes: tuple[Fault, ...] = ()
    is_sample: bool = False
    is_even: bool = False  # demand is spread evenly over each county, so that neighbouring sites are alike
    interrupted: bool = False
    not_in_time: tuple[
        str, ...
    ] = ()  # message ids of what was asked for beside the plan and not found in the time
    straight: StraightService | None = None
    tolerance: float = 0.0  # of what is served, where sample points measure it

    @property
    def is_alike(self) -> bool:
        """Whether all of several sites gain alike, so that their order says nothing."""
        return len(self.proposals) > 1 and self.proposals[-1].rank == 1

    @property
    def cost_fen(self) -> int | None:
        """The total cost; None where no cost was given."""
        costs = [p.cost_fen for p in self.proposals]
        return None if not costs or None in costs else sum(c for c in costs if c is not None)
