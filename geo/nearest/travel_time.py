"""Travel time to a station, estimated from the straight line and labelled as an estimate."""

from dataclasses import dataclass
from math import isfinite

from core.text_marks import N_

WALK_M_PER_S = 1.3
E_BIKE_M_PER_S = 15_000 / 3_600  # 15 km/h
DETOUR_FACTOR = 1.3  # street distance over straight line; an assumption, to be stated with every estimate


@dataclass(frozen=True, slots=True)
class Travel:
    """A way of travelling.

    *Units*: ``speed_m_per_s`` in metres per second; ``detour_factor`` is the street's length over the
    straight line's. *Raises*: ValueError for an impossible speed or factor.
    """

    speed_m_per_s: float
    detour_factor: float = DETOUR_FACTOR
    name: str = N_("own speed")

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
        return cls(WALK_M_PER_S, detour_factor, N_("on foot"))

    @classmethod
    def e_bike(cls, detour_factor: float = DETOUR_FACTOR) -> "Travel":
        """Return travel by e-bike, 15 km/h."""
        return cls(E_BIKE_M_PER_S, detour_factor, N_("by e-bike"))

    @property
    def seconds_per_m(self) -> float:
        """Seconds for one metre of straight line."""
        return self.detour_factor / self.speed_m_per_s
