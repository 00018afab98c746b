"""Group riders' pins of a station's true position for the map editor, who alone moves stations."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from geo.geodesy import distances_and_bearings, geodesic_m
from geo.station import Station

AGREE_WITHIN_M = 50.0  # pins that two phones set at the same door lie this near together


@dataclass(frozen=True, slots=True)
class RiderPin:
    """The position that one rider reported for a station. *CRS*: WGS84."""

    station: str
    number: str  # of the report
    at: datetime
    who: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class PinOffset:
    """A pin, with its distance and direction from the register's point (None: not placed)."""

    pin: RiderPin
    distance_m: float | None
    bearing: str


@dataclass(frozen=True, slots=True)
class PinProposal:
    """All pins of one station, the newest first, one for each rider and day.

    ``middle`` is the median of longitudes and of latitudes, which one stray pin does not move;
    ``agreeing`` is how many pins lie within `AGREE_WITHIN_M` of it. *CRS*: WGS84. *Units*: metres.
    """

    station: Station
    pins: tuple[PinOffset, ...]
    middle: tuple[float, float]
    distance_m: float | None
    bearing: str
    agreeing: int


def build_pin_proposals(stations: Iterable[Station], pins: Iterable[RiderPin]) -> list[PinProposal]:
    """Return one proposal per station: most agreeing pins first, then the largest offset."""
    of: dict[str, dict[str, RiderPin]] = {}
    for pin in sorted(pins, key=lambda pin: pin.at):
        of.setdefault(pin.station, {})[pin.who] = pin  # the last pin of each rider
    found = [_proposal(station, list(of[station.id].values())) for station in stations if station.id in of]
    return sorted(found, key=lambda one: (-one.agreeing, -(one.distance_m or 0.0), one.station.id))


def _proposal(station: Station, pins: Sequence[RiderPin]) -> PinProposal:
    points = np.array([(pin.lon, pin.lat) for pin in pins])
    lon, lat = np.median(points, axis=0).tolist()
    near = geodesic_m(np.broadcast_to([lon, lat], points.shape), points) <= AGREE_WITHIN_M
    far, words = _from_register(station, np.vstack([points, [(lon, lat)]]))
    offsets = [PinOffset(*one) for one in zip(pins, far, words, strict=False)]
    offsets.sort(key=lambda one: (one.pin.at, one.pin.number), reverse=True)
    return PinProposal(station, tuple(offsets), (lon, lat), far[-1], words[-1], int(near.sum()))


def _from_register(
    station: Station, points: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]"
) -> tuple[Sequence[float | None], Sequence[str]]:
    if not station.is_placed:
        return [None] * len(points), [""] * len(points)
    here = np.broadcast_to([station.lon, station.lat], points.shape)
    return distances_and_bearings(np.array(here, dtype=np.float64), points)
