"""The answer to "what is near": stations found, and nearer ones that were passed over, with the reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from geo.hours import Opening
from geo.station import Station
from geo.status.live_status import LiveStatus


class Hit(NamedTuple):
    """One station found; a tuple, since many are made for each answer and a dataclass takes thrice as long.

    *Units*: ``distance_m`` is the geodesic in metres, ``minutes`` the way there (None when no way of
    travelling was named), by the streets where ``way_m`` is their length, else an estimate. ``bearing`` is a message id (``northeast``); ``opening`` holds at
    ``at``, the arrival or the instant of the question; ``live`` is what was said of the place lately.
    """

    station: Station
    distance_m: float
    bearing: str
    minutes: float | None
    at: datetime
    opening: Opening
    live: tuple[LiveStatus, ...] = ()
    way_m: float | None = None


@dataclass(frozen=True, slots=True)
class Skip:
    """One nearer station that a filter removed; ``reason`` is a message id for ``params``."""

    station: Station
    distance_m: float
    reason: str
    params: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Nearest:
    """What was found near one point, nearest first, and what nearer was skipped.

    ``grown_to_m`` is how far was looked in the end, where nothing within the limit passed and the search
    grew; None where it did not, or found nothing there either. ``first_to_open`` is the place, closed on
    arrival, that opens first, where nothing within the limit passed and one would have but for its hours.
    ``off_network``: a network was to be used, but no street of it is near the point.
    """

    results: tuple[Hit, ...]
    skipped: tuple[Skip, ...]
    grown_to_m: float | None = None
    first_to_open: Hit | None = None
    off_network: bool = False
