"""What is proposed to a planner: sites in order of what they gain, and how sure that is."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from core.faults import Fault

if TYPE_CHECKING:
    from geo.siting.curve import CurvePoint
    from geo.siting.problem import Goal

STABLE_SHARE = 0.8


@dataclass(frozen=True, slots=True)
class Landmark:
    """The nearest place with a name, for a site that has none. ``bearing`` is a message id: from there to here."""

    name: str
    distance_m: float
    bearing: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """One site to build. ``rank`` is its turn: the first gains most, each further one most of what is left.

    ``gained`` is the demand that it newly serves in that turn, ``cumulative`` with all before it.
    ``stability`` is the share of the disturbed runs that chose it too, ``nearby`` of those that chose it or a
    site near it (`Stability.near_m`); None where none were made.
    ``neighbour_m`` is the way to the nearest other station, standing or proposed; ``spacing_m`` is what the
    rule allows there, infinite outside towns and None where the rule was not looked at. ``site`` is its
    position among the candidates.
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
    row: int | None = None
    site: int = -1

    @property
    def is_unstable(self) -> bool:
        """Whether fewer than four in five disturbed runs chose it."""
        return self.stability is not None and self.stability < STABLE_SHARE

    @property
    def keeps_spacing(self) -> bool | None:
        """Whether its nearest neighbour is as near as the rule of towns wants; None where it wasn't looked at."""
        if self.spacing_m is None:
            return None
        return bool(np.isinf(self.spacing_m)) or self.neighbour_m < self.spacing_m


@dataclass(frozen=True, slots=True)
class Door:
    """A station that stands: one that the plan closes (``gained`` is then 0), or one to be opened longer."""

    id: str
    name: str
    lon: float
    lat: float
    district: str | None
    gained: float = 0.0


@dataclass(frozen=True, slots=True)
class LongerHours:
    """Doors opened longer against sites built: what each side newly serves at that hour.

    ``doors`` in order of what each adds; ``closed`` is how many usable doors are closed then in all.
    ``is_all`` says that all doors together serve less than the plan, so that ``new_sites`` are the fewest
    worth as much as they are; ``is_proven`` that one fewer on the counted side would certainly not do.
    """

    doors: tuple[Door, ...]
    gained: float
    new_sites: int
    new_gained: float
    closed: int
    is_all: bool
    is_proven: bool


@dataclass(frozen=True, slots=True)
class Stability:
    """How the disturbed runs were made, and how many there were."""

    runs: int
    asked: int
    seed: int
    error_m: float
    demand_share: float
    near_m: float
    kept: float  # which share of the plan's sites a run chose, on the average


@dataclass(frozen=True, slots=True)
class Proposals:
    """A plan with everything that is said of it.

    ``total`` is all demand of the area, ``before`` what open places serve already, ``after`` what they do
    with the plan. ``objective``, ``bound`` and ``gap`` are the solver's, of the model's own measure (newly
    served demand; number or cost of sites; demand-weighted metres; metres). ``mean_m`` and ``farthest_m`` are the
    mean and the greatest way to the nearest open place before and after, infinite where some demand has
    none within 100 km. ``candidates`` is how many sites there were to choose from, ``stations`` how many
    open places of the area could be used then.
    """

    goal: "Goal"
    area: str
    area_name: str
    at: datetime
    radius_m: float
    unit: str
    demand_title: str
    total: float
    before: float
    after: float
    proposals: tuple[Proposal, ...]
    objective: float
    bound: float
    gap: float
    is_proven: bool
    seconds: float
    ended: str
    time_limit_s: float
    candidates: int = 0
    stations: int = 0
    closed: tuple[Door, ...] = ()
    most_closed: int | None = 0  # how many might be closed, None for any number
    mean_m: tuple[float, float] = (np.inf, np.inf)
    farthest_m: tuple[float, float] = (np.inf, np.inf)
    unreachable: float = 0.0  # demand that no candidate can serve (LSCP leaves it out and says so)
    stability: Stability | None = None
    curve: "tuple[CurvePoint, ...]" = ()
    longer_hours: LongerHours | None = None
    notes: tuple[Fault, ...] = ()
    is_sample: bool = False
    is_even: bool = False  # demand is spread evenly over each county, so that neighbouring sites are alike
    interrupted: bool = False

    @property
    def cost_fen(self) -> int | None:
        """What it costs in all; None where no cost was given."""
        costs = [p.cost_fen for p in self.proposals]
        return None if not costs or None in costs else sum(c for c in costs if c is not None)
