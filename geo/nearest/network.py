"""Real ways through a network of streets, as a search wants to know them; who finds them is none of our business."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from geo.geodesy import Floats

N_ = str  # marks a text for the message catalogue

NO_WAY = N_("no street known leads there")

# A router measures streets its own way and in whole seconds; what it says may be this much too good.
_TOO_FAST = 1.02
_TOO_SOON_S = 5.0


@dataclass(frozen=True, slots=True)
class Ways:
    """From one point to several. *Shape*: (n,) each. *Units*: seconds and metres; infinite without a way."""

    seconds: Floats
    metres: Floats


class Network(Protocol):
    """Streets for one way of travelling."""

    @property
    def top_speed_m_per_s(self) -> float:
        """No way is faster than a straight line at this speed, but for rounding."""
        ...

    def ways(self, start: tuple[float, float], ends: Floats) -> Ways | None:
        """The fastest way to each end, each by itself; None where no street is near the start.

        *Shape*: (n, 2), lon, lat. *CRS*: WGS84.
        """
        ...


def least_seconds(straight_m: float, network: Network) -> float:
    """What a way takes at least, by the straight line."""
    return max(0.0, straight_m / (network.top_speed_m_per_s * _TOO_FAST) - _TOO_SOON_S)


def farthest_m(seconds: float, network: Network) -> float:
    """Beyond which straight line no way takes so few seconds: `least_seconds` the other way round."""
    return (seconds + _TOO_SOON_S) * network.top_speed_m_per_s * _TOO_FAST


def joined(one: Ways, other: Ways) -> Ways:
    return Ways(np.concatenate((one.seconds, other.seconds)), np.concatenate((one.metres, other.metres)))
