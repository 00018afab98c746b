"""What is proposed to a planner: sites in order of what they gain, and how sure that is."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from geo.siting.alternatives import Alternative
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
    ``stability`` is the share of the disturbed runs that chose it too, None where none were made.
    ``neighbour_m`` is the way to the nearest other station, standing or proposed; ``spacing_m`` is what the
    rule allows there, infinite outside towns and None where the rule was not looked at.
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
    neighbour_m: float = np.inf
    spacing_m: float | None = None
    near: Landmark | None = None
    row: int | None = None

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
class Closing:
    """A station that the plan closes, so that one more can be built elsewhere."""

    id: str
    name: str
    lon: float
    lat: float
    district: str | None


@dataclass(frozen=True, slots=True)
class Stability:
    """How the disturbed runs were made, and how many there were."""

    runs: int
    asked: int
    seed: int
    error_m: float
    demand_share: float
    mean_kept: float  # of the plan's sites, by a run's choice


@dataclass(frozen=True, slots=True)
class Proposals:
    """A plan with everything that is said of it.

    ``total`` is all demand of the area, ``before`` what open places serve already, ``after`` what they do
    with the plan. ``objective``, ``bound`` and ``gap`` are the solver's, of the model's own measure (newly
    served demand; number of sites; demand-weighted metres; metres). ``mean_m`` and ``farthest_m`` are before
    and after, for the models that ask about distances.
    """

    goal: "Goal"
    area: str
    at: datetime
    radius_m: float
    unit: str
    total: float
    before: float
    after: float
    proposals: tuple[Proposal, ...]
    objective: float
    bound: float
    gap: float
    is_proven: bool
    seconds: float
    how: str
    candidates: int = 0
    stations: int = 0
    closed: tuple[Closing, ...] = ()
    mean_m: tuple[float, float] | None = None
    farthest_m: tuple[float, float] | None = None
    unreachable: float = 0.0  # demand that no candidate can serve (LSCP leaves it out and says so)
    stability: Stability | None = None
    curve: "tuple[CurvePoint, ...]" = ()
    alternative: "Alternative | None" = None
    notes: tuple[str, ...] = field(default=())
    is_sample: bool = False
    interrupted: bool = False

    @property
    def cost_fen(self) -> int | None:
        """What it costs in all; None where no cost was given."""
        costs = [p.cost_fen for p in self.proposals]
        return None if not costs or None in costs else sum(c for c in costs if c is not None)
