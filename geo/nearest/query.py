"""The nearest query, built once where a request is parsed and passed unchanged to the index, and its answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple

import numpy as np

from core.civil_time import civil_date
from geo.datum import Datum
from geo.hours import STATES_BY_CODE, Opening
from geo.nearest.filters import NO_FILTERS, Filters, StaticFilters
from geo.nearest.opening_states import Mask
from geo.nearest.travel import Travel
from geo.station import OpeningState, Station
from geo.status.live_status import LiveStatus


class SearchTooWide(Exception):
    """Raised when a search would have to examine more places than allowed; it has no result."""


class NearestOrder(StrEnum):
    """The order of matches: by the way alone, or by the way with that of a doubtful station counted twice.

    The way is the travel time, or the distance where the query names no way to travel. Ties go to the
    nearer station, then to the lower id. A station is doubtful if `Opening.is_doubtful` holds on arrival.
    """

    DISTANCE = "distance"
    OPEN_FIRST = "open_first"


NEAR_MIN, FARTHER_MIN = 30.0, 60.0  # minutes that a rider goes, and goes where nothing is nearer
DOUBT_FACTOR = 2.0  # a surely open station so many times as far is as good as a doubtful one


@dataclass(frozen=True, slots=True)
class NearestQuery:
    """A query for the ``k`` nearest stations of one or more points.

    ``at`` may be None if no filter depends on the date. ``travel``: hours are checked on arrival.
    ``datum`` is that of the requested points and of the coordinates in the answer; the index itself
    takes WGS84. ``register``: only the stations of this register are searched. ``max_places``: how many
    places a search may examine (`SearchTooWide`). ``exactly``: where nothing within ``within_m`` passes,
    the search does not grow. ``within_min``: how many minutes the way may take; the search does not grow
    beyond, except to `FARTHER_MIN` minutes where it ``widens``. ``hours_now``: hours are checked at ``at`` although the
    query names a way to travel. ``today``: the day on which the answer is read, if reasons shall name the days of ``at``
    and after where ``at`` is on another one. *Raises*: ValueError that quotes the invalid value.
    """

    at: datetime | None = None
    k: int = 5
    filters: Filters = NO_FILTERS
    travel: Travel | None = None
    within_m: float | None = None
    datum: Datum = Datum.WGS84
    register: str | None = None
    max_places: int | None = None
    exactly: bool = False
    order: NearestOrder = NearestOrder.DISTANCE
    within_min: float | None = None
    hours_now: bool = False
    widens: bool = False
    today: date | None = None

    def __post_init__(self) -> None:
        if self.k < 1:
            raise ValueError(f"k is {self.k}; ask for at least one station")
        if self.within_m is not None and not self.within_m >= 0:
            raise ValueError(f"within_m is {self.within_m}; give metres, 0 or more")
        if self.within_min is not None and (self.travel is None or not self.within_min > 0):
            raise ValueError(f"within_min is {self.within_min}; give minutes above 0, and `travel`")
        if self.at is None:
            if self.filters.depends_on_date or self.is_open_first:
                raise ValueError(
                    "open or not, verified lately or not: that depends on the instant; give `at`"
                )
        elif self.at.utcoffset() is None:
            raise ValueError(f"the time {self.at.isoformat()} has no offset; give an aware datetime")

    def with_instant(self, at: datetime, max_places: int | None) -> "NearestQuery":
        """Return the same query at an instant; `dataclasses.replace` takes four times as long."""
        values = [*_READ_FIELDS(self)]
        values[0], values[_MAX_PLACES] = at, max_places
        return NearestQuery(*values)

    @property
    def instant(self) -> datetime:
        """The instant of the query. *Raises*: ValueError if it names none."""
        if self.at is None:
            raise ValueError("the hours of stations depend on the instant; give `at`")
        return self.at

    @property
    def start(self) -> datetime:
        """The instant in whole seconds, UTC."""
        return self.instant.astimezone(UTC).replace(microsecond=0)

    @property
    def spoken_day(self) -> date | None:
        """The day of the query, on which a time needs no date; None where the answer is read on another day."""
        day = civil_date(self.instant)
        return day if self.today in (None, day) else None

    @property
    def is_open_first(self) -> bool:
        return self.order is NearestOrder.OPEN_FIRST

    @property
    def seconds_per_m(self) -> float:
        """Seconds for one metre of straight line."""
        return 0.0 if self.travel is None else self.travel.seconds_per_m

    @property
    def delay_per_m(self) -> float:
        """Seconds for one metre of straight line by which the instant of the hours is later than that of the query."""
        return 0.0 if self.hours_now else self.seconds_per_m

    @property
    def limit_m(self) -> float:
        """The distance within which a station may lie, by the straight line."""
        within_m = np.inf if self.within_m is None else self.within_m
        return within_m if self.within_min is None else min(within_m, self.reach_m(self.within_min))

    def reach_m(self, minutes: float) -> float:
        """Return how far one gets in some minutes, by the straight line."""
        return minutes * 60 / self.seconds_per_m

    def is_unsure(self, results: Sequence["Match"]) -> bool:
        """Return whether all stations that the search found within its minutes have unknown hours."""
        if self.within_min is None or not self.filters.depends_on_hours:
            return False
        return all(hit.opening.state is OpeningState.UNKNOWN for hit in results)

    @property
    def static_filters(self) -> StaticFilters:
        return self.filters.static_filters(self.at)

    @property
    def accepted_states(self) -> Mask:
        """Which opening states pass, by their codes."""
        return _accepted(self.filters)


@lru_cache(maxsize=64)
def _accepted(filters: Filters) -> Mask:
    mask = np.array([filters.accepts_state(state) for state in STATES_BY_CODE], dtype=bool)
    mask.setflags(write=False)
    return mask


_FIELDS = [field.name for field in fields(NearestQuery)]
_READ_FIELDS, _MAX_PLACES = attrgetter(*_FIELDS), _FIELDS.index("max_places")


class Match(NamedTuple):
    """One station found; a tuple, since a dataclass takes three times as long to build.

    *Units*: ``distance_m`` is the geodesic in metres, ``minutes`` the travel time (None when the query
    names no way to travel), by the streets where ``way_m`` is their length, else an estimate.
    ``bearing`` is a message id (``northeast``); ``opening`` holds at ``at``, the arrival or the instant
    of the query; ``live`` are the recent live statuses of the station. ``cut_off``: a network was
    requested, and no street of it leads to the station.
    """

    station: Station
    distance_m: float
    bearing: str
    minutes: float | None
    at: datetime
    opening: Opening
    live: tuple[LiveStatus, ...] = ()
    way_m: float | None = None
    cut_off: bool = False


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
    hours. ``off_network``: a network was requested, but no street of it is near the point. Where nothing
    within ``within_min`` passes, ``skipped`` goes beyond it, and ``first_to_open`` is the first within
    `FARTHER_MIN` minutes. If there is none, or another is open there already, ``beyond`` lists the nearest that pass but for their hours, at
    any distance, each with what is against it. Beside ``results`` of which all have unknown hours, ``first_to_open`` is
    the first that is open for certain within `FARTHER_MIN` minutes, or else the first to open. ``widened``: nothing passed within the minutes, and the
    search went on to `FARTHER_MIN`.
    """

    results: tuple[Match, ...]
    skipped: tuple[SkippedStation, ...]
    grown_to_m: float | None = None
    first_to_open: Match | None = None
    off_network: bool = False
    beyond: tuple[SkippedStation, ...] = ()
    widened: bool = False
