"""Street networks as the nearest search uses them; the router behind is supplied by the caller."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from core.text_marks import N_
from geo.geodesy import Floats

NO_ROUTE = N_("no street known leads there")

# A router measures streets its own way and in whole seconds; its times may be too short by this much.
_TOO_FAST = 1.02
_TOO_SOON_S = 5.0


@dataclass(frozen=True, slots=True)
class RouteCosts:
    """Travel costs from one point to several. *Shape*: (n,) each.

    *Units*: seconds and metres; infinite without a route.
    """

    seconds: Floats
    metres: Floats


class Network(Protocol):
    """A street network for one way of travelling."""

    @property
    def top_speed_m_per_s(self) -> float:
        """The speed over the straight line that no route exceeds, but for rounding."""
        ...

    def ways(self, start: tuple[float, float], ends: Floats) -> RouteCosts | None:
        """Return the costs of the fastest route to each end; None where no street is near the start.

        *Shape*: (n, 2), lon, lat. *CRS*: WGS84.
        """
        ...


def min_route_seconds(straight_m: float, network: Network) -> float:
    """Return a lower bound of the travel time over a straight-line distance."""
    return max(0.0, straight_m / (network.top_speed_m_per_s * _TOO_FAST) - _TOO_SOON_S)


def max_straight_distance_m(seconds: float, network: Network) -> float:
    """Return the straight-line distance beyond which every route takes longer than ``seconds``.

    It is the inverse of `min_route_seconds`.
    """
    return (seconds + _TOO_SOON_S) * network.top_speed_m_per_s * _TOO_FAST


def concat_route_costs(one: RouteCosts, other: RouteCosts) -> RouteCosts:
    """Return the costs of both, one after the other."""
    return RouteCosts(
        np.concatenate((one.seconds, other.seconds)), np.concatenate((one.metres, other.metres))
    )
