"""The result of a nearest search: matches, and nearer stations that were skipped, with the reason."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from geo.hours import Opening
from geo.station import Station
from geo.status.live_status import LiveStatus


class Match(NamedTuple):
    """One station found; a tuple, since a dataclass takes three times as long to build.

    *Units*: ``distance_m`` is the geodesic in metres, ``minutes`` the travel time (None when the query
    names no way to travel), by the streets where ``way_m`` is their length, else an estimate.
    ``bearing`` is a message id (``northeast``); ``opening`` holds at ``at``, the arrival or the instant
    of the query; ``live`` are the recent live statuses of the station.
    """

    station: Station
    distance_m: float
    bearing: str
    minutes: float | None
    at: datetime
    opening: Opening
    live: tuple[LiveStatus, ...] = ()
    way_m: float | None = None


class SkippedStation(NamedTuple):
    """One nearer station that a filter removed; ``reason`` is a message id for ``params``."""

    station: Station
    distance_m: float
    reason: str
    params: Mapping[str, str]


class NearestResult(NamedTuple):
    """The matches near one point, nearest first, and the nearer stations that were skipped.

    ``grown_to_m`` is the final limit where nothing within the original limit passed and the search
    grew; None where it did not grow, or found nothing then either. ``first_to_open`` is the closed
    station that opens first, where nothing within the limit passed and a station would have but for its
    hours. ``off_network``: a network was requested, but no street of it is near the point.
    """

    results: tuple[Match, ...]
    skipped: tuple[SkippedStation, ...]
    grown_to_m: float | None = None
    first_to_open: Match | None = None
    off_network: bool = False
