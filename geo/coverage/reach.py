"""The criteria by which demand counts as served."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from geo.coverage.neighbours import MAX_RADIUS_M, Neighbours
from geo.geodesy import Floats
from geo.nearest.filters import Filters
from geo.station import Access, Status

MAX_TRAVEL_S = 6 * 3_600.0

OPEN_TO_ALL = Filters(
    accesses=frozenset({Access.PUBLIC, Access.UNKNOWN}), statuses=frozenset({Status.ACTIVE}), open_only=True
)


@dataclass(frozen=True, slots=True)
class PairRoutes:
    """The fastest route of each pair, and the points that are on no street.

    *Shape*: ``seconds`` and ``metres`` are (pairs,), infinite without a route; ``off_network`` is (n,).
    """

    seconds: Floats
    metres: Floats
    off_network: NDArray[np.bool_]


class PairNetwork(Protocol):
    """A street network that computes the routes of many pairs at once, in batches of its own choice."""

    @property
    def top_speed_m_per_s(self) -> float:
        """The speed over the straight line that no route exceeds, but for rounding."""
        ...

    def routes_of_pairs(self, points: Floats, places: Floats, near: Neighbours) -> PairRoutes:
        """Return the route of each pair of a point and a place. *Shape*: (n, 2) and (m, 2), lon, lat."""
        ...


@dataclass(frozen=True, slots=True)
class Reach:
    """Demand counts as served where a place that passes ``filters`` is within ``radius_m``.

    The radius is a straight line. With a ``network``, a place counts if the fastest route to it takes no
    longer than ``within_s`` or is no longer than ``street_m`` (one of them is then required), and
    ``radius_m`` does not decide. ``spacing_m`` is the grid spacing at which ground or census areas are
    sampled.
    *Units*: metres, seconds. *Raises*: ValueError for a radius or a length not above 0 or beyond 100 km, a
    spacing not above 0, a network without a limit or with both, a limit without a network, seconds not above
    0 or beyond 6 hours.
    """

    radius_m: float = 1_000.0
    spacing_m: float = 1_000.0
    filters: Filters = OPEN_TO_ALL
    network: PairNetwork | None = None
    within_s: float | None = None
    street_m: float | None = None

    def __post_init__(self) -> None:
        if not 0 < self.radius_m <= MAX_RADIUS_M:
            raise ValueError(
                f"radius_m is {self.radius_m}; give metres, above 0 and up to {MAX_RADIUS_M:.0f} (100 km)"
            )
        if not 0 < self.spacing_m < float("inf"):
            raise ValueError(f"spacing_m is {self.spacing_m}; give metres, above 0")
        limits = (self.within_s is not None) + (self.street_m is not None)
        if limits != (self.network is not None):
            raise ValueError("network and one limit, within_s or street_m, go together; give both or none")
        if self.street_m is not None and not 0 < self.street_m <= MAX_RADIUS_M:
            raise ValueError(
                f"street_m is {self.street_m}; give metres, above 0 and up to {MAX_RADIUS_M:.0f} (100 km)"
            )
        if self.within_s is not None and not 0 < self.within_s <= MAX_TRAVEL_S:
            raise ValueError(
                f"within_s is {self.within_s}; give seconds, above 0 and up to {MAX_TRAVEL_S:.0f} (6 hours)"
            )
