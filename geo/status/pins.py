"""Where riders say that a place really is, put together for whoever looks after the map; nothing moves by itself."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from geo.geodesy import courses, geodesic_m
from geo.station import Station

AGREE_WITHIN_M = 50.0  # pins of two phones on one door lie so near together


@dataclass(frozen=True, slots=True)
class Pin:
    """One rider's point. *CRS*: WGS84."""

    station: str
    number: str  # of the report
    at: datetime
    who: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class PinOffset:
    """A pin, and how far and in which direction it lies from the register's point (None: not placed)."""

    pin: Pin
    distance_m: float | None
    bearing: str


@dataclass(frozen=True, slots=True)
class Proposal:
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


def proposals(stations: Iterable[Station], pins: Iterable[Pin]) -> list[Proposal]:
    """Those with the most pins that agree first, then those farthest off."""
    of: dict[str, dict[str, Pin]] = {}
    for pin in sorted(pins, key=lambda pin: pin.at):
        of.setdefault(pin.station, {})[pin.who] = pin  # the last word of each
    found = [_proposal(station, list(of[station.id].values())) for station in stations if station.id in of]
    return sorted(found, key=lambda one: (-one.agreeing, -(one.distance_m or 0.0), one.station.id))


def _proposal(station: Station, pins: Sequence[Pin]) -> Proposal:
    points = np.array([(pin.lon, pin.lat) for pin in pins])
    lon, lat = np.median(points, axis=0).tolist()
    near = geodesic_m(np.broadcast_to([lon, lat], points.shape), points) <= AGREE_WITHIN_M
    far, words = _from_register(station, np.vstack([points, [(lon, lat)]]))
    offsets = [PinOffset(*one) for one in zip(pins, far, words, strict=False)]
    offsets.sort(key=lambda one: (one.pin.at, one.pin.number), reverse=True)
    return Proposal(station, tuple(offsets), (lon, lat), far[-1], words[-1], int(near.sum()))


def _from_register(
    station: Station, points: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]"
) -> tuple[Sequence[float | None], Sequence[str]]:
    if not station.is_placed:
        return [None] * len(points), [""] * len(points)
    here = np.broadcast_to([station.lon, station.lat], points.shape)
    return courses(np.array(here, dtype=np.float64), points)
