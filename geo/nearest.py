"""The answer to "what is near": stations found, and nearer ones that were passed over, with the reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from geo.hours import Opening
from geo.station import Station


@dataclass(frozen=True, slots=True)
class Hit:
    """One station found.

    *Units*: ``distance_m`` is the geodesic in metres, ``minutes`` the estimated way there (None when no
    way of travelling was named). ``bearing`` is a message id (``northeast``); ``opening`` holds at
    ``at``, the arrival or the instant of the question.
    """

    station: Station
    distance_m: float
    bearing: str
    minutes: float | None
    at: datetime
    opening: Opening


@dataclass(frozen=True, slots=True)
class Skip:
    """One nearer station that a filter removed; ``reason`` is a message id for ``params``."""

    station: Station
    distance_m: float
    reason: str
    params: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Nearest:
    """What was found near one point, nearest first, and what nearer was skipped."""

    results: tuple[Hit, ...]
    skipped: tuple[Skip, ...]
