"""How long travelling takes: estimated from the straight line, or along the streets of a network."""

from dataclasses import dataclass, replace
from math import isfinite
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.text_marks import N_
from geo.geodesy import Floats

WALK_M_PER_S = 1.3
E_BIKE_M_PER_S = 15_000 / 3_600  # 15 km/h
DETOUR_FACTOR = 1.3  # street distance over straight line; an assumption, to be stated with every estimate
TRAVEL_MODES = ("walk", "ebike")

NO_ROUTE = N_("no street known leads there")

# A router measures streets its own way and in whole seconds; its times may be too short by this much.
_TOO_FAST = 1.02
_TOO_SOON_S = 5.0
_TOO_SHORT_M = 5.0  # and its lengths by this much


@dataclass(frozen=True, slots=True)
class Travel:
    """A way of travelling; its times are estimates from the straight line.

    *Units*: ``speed_m_per_s`` in metres per second; ``detour_factor`` is the street's length over the
    straight line's. ``mode`` is one of `TRAVEL_MODES`. *Raises*: ValueError for an impossible
    speed or factor.
    """

    speed_m_per_s: float
    detour_factor: float = DETOUR_FACTOR
    mode: str = "walk"

    def __post_init__(self) -> None:
        if not (isfinite(self.speed_m_per_s) and self.speed_m_per_s > 0):
            raise ValueError(f"speed {self.speed_m_per_s} m/s is not above 0; give metres per second")
        if not (isfinite(self.detour_factor) and self.detour_factor >= 1):
            raise ValueError(
                f"detour factor {self.detour_factor} is below 1; no street beats the straight line"
            )

    @classmethod
    def walk(cls, detour_factor: float = DETOUR_FACTOR) -> "Travel":
        """Return travel on foot, 1.3 m/s."""
        return cls(WALK_M_PER_S, detour_factor)

    @classmethod
    def e_bike(cls, detour_factor: float = DETOUR_FACTOR) -> "Travel":
        """Return travel by e-bike, 15 km/h."""
        return cls(E_BIKE_M_PER_S, detour_factor, "ebike")

    @classmethod
    def by_mode(cls, mode: str | None, speed_km_per_h: float | None = None) -> "Travel | None":
        """Return travel by a mode, at the traveller's own speed if one is given; None without a mode."""
        if mode is None:
            return None
        usual = cls.e_bike() if mode == "ebike" else cls.walk()
        return usual if speed_km_per_h is None else replace(usual, speed_m_per_s=speed_km_per_h / 3.6)

    @property
    def seconds_per_m(self) -> float:
        """Seconds for one metre of straight line."""
        return self.detour_factor / self.speed_m_per_s


@dataclass(frozen=True, slots=True)
class RouteCosts:
    """Travel costs from one point to several. *Shape*: (n,) each.

    *Units*: seconds and metres; infinite without a route.
    """

    seconds: Floats
    metres: Floats


class Network(Protocol):
    """A street network for one way of travelling; the caller supplies the router behind it."""

    @property
    def top_speed_m_per_s(self) -> float:
        """The speed over the straight line that no route exceeds, but for rounding."""
        ...

    def ways(self, start: tuple[float, float], ends: Floats) -> RouteCosts | None:
        """Return the costs of the fastest route to each end; None where no street is near the start.

        *Shape*: (n, 2), lon, lat. *CRS*: WGS84.
        """
        ...


def min_route_seconds(straight_m: Floats, top_speed_m_per_s: float) -> Floats:
    """Return lower bounds of the travel times over straight-line distances."""
    return np.maximum(0.0, straight_m / (top_speed_m_per_s * _TOO_FAST) - _TOO_SOON_S)


def max_straight_distance_m(seconds: float, top_speed_m_per_s: float) -> float:
    """Return the straight-line distance beyond which every route takes longer than ``seconds``.

    It is the inverse of `min_route_seconds`.
    """
    return (seconds + _TOO_SOON_S) * top_speed_m_per_s * _TOO_FAST


def is_below_straight(metres: Floats, straight_m: Floats) -> NDArray[np.bool_]:
    """Return which lengths of ways are below the straight line, beyond rounding: no way can be so short.

    >>> is_below_straight(np.array([321.0, 790.0]), np.array([791.0, 791.0])).tolist()
    [True, False]
    """
    return metres * _TOO_FAST + _TOO_SHORT_M < straight_m


def concat_route_costs(one: RouteCosts, other: RouteCosts) -> RouteCosts:
    """Return the costs of both, one after the other."""
    return RouteCosts(
        np.concatenate((one.seconds, other.seconds)), np.concatenate((one.metres, other.metres))
    )
