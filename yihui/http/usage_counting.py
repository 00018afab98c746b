"""Count what people do on the site in memory, and publish the counts as events that identify nobody.

A search is reduced to a cell and an hour at once: no position is ever stored, not even in memory (docs/decisions/0027).
"""

import logging
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING, Generic, NamedTuple, Protocol, Self, TypeVar
from uuid import uuid4

from fastapi.concurrency import run_in_threadpool
from pydantic_core import to_json

from core.civil_time import hour_of_week
from events import Event, parse_event
from geo.coverage.cells import cell_name_at
from geo.nearest.query import NearestQuery
from geo.station import Access, OpeningState
from geo.usage_counts import SEARCH_H3_RESOLUTION, SEARCH_REACH_M
from yihui.bootstrap import Wiring
from yihui.http.ingress_gate import IngressFull, IngressGate
from yihui.runtime.background_job import BackgroundJob
from yihui.services.events.events import store_accepted_events

if TYPE_CHECKING:
    from geo.nearest.query import Match


WEB_EVENT_SOURCE = "/yihui/web"
PUBLISH_INTERVAL_S = 600.0
MAX_COUNTED_KINDS = 50_000  # held in memory; further kinds are not counted

_LOG = logging.getLogger(__name__)
_FOR_ALL = frozenset({Access.PUBLIC, Access.UNKNOWN})


class HourlyKind(Protocol):
    """A kind of activity in one hour, hashable to be counted and sortable to be published."""

    @property
    def hour_start(self) -> datetime:
        """Start of the hour, in UTC."""

    def __lt__(self, other: Self, /) -> bool: ...


CountedKind = TypeVar("CountedKind", bound=HourlyKind)


@dataclass(slots=True)
class ActivityTally(ABC, Generic[CountedKind]):
    """Counts kinds of activity; a background thread appends the counts to the ingress table as events.

    The counts since the last publication are lost if the process is killed: at most ten minutes' counts.
    """

    wiring: Wiring
    gate: IngressGate
    _counts: Counter[CountedKind] = field(default_factory=Counter)
    _waiting: Sequence[Event] = ()  # not known to be stored: written again with the same ids
    _lock: Lock = field(default_factory=Lock)
    _steady: BackgroundJob = field(init=False)

    def __post_init__(self) -> None:
        self._steady = BackgroundJob(self.publish, PUBLISH_INTERVAL_S, "counts wait")

    @abstractmethod
    def event_text(self, id: str, kind: CountedKind, count: int) -> bytes:
        """Return the JSON of the event that reports the count of one kind."""

    def count(self, kind: CountedKind) -> None:
        """Add one to the count of a kind."""
        with self._lock:
            known = self._counts.get(kind, 0)
            if known or len(self._counts) < MAX_COUNTED_KINDS:
                self._counts[kind] = known + 1

    def publish(self) -> None:
        """Write the counts to the ingress table. *Raises*: StoreError; the next call then writes them."""
        if not self._waiting:
            self._waiting = self._taken()
        if not self._waiting:
            return
        try:
            self.gate.check()
        except IngressFull:
            return
        store_accepted_events(self.wiring, self._waiting)
        self.gate.add_accepted(len(self._waiting))
        self._waiting = ()

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Publish the counts at intervals while the app runs, and once more when it ends."""
        self._steady.start()
        try:
            yield
        finally:
            await run_in_threadpool(self._steady.stop)

    def _taken(self) -> list[Event]:
        """Take the counts as events, in an order that doesn't tell what came first.

        Leave out counts of hours that have not begun: they were made while this machine's clock was ahead.
        """
        with self._lock:
            counts, self._counts = self._counts, Counter()
        batch, now = uuid4().hex, self.wiring.now()
        begun = {kind: count for kind, count in counts.items() if kind.hour_start <= now}
        if left_out := counts.total() - sum(begun.values()):
            _LOG.warning(
                "%d counts are left out: this machine's clock was ahead when they were made "
                "(yihui doctor compares the clocks)",
                left_out,
            )
        read = [
            parse_event(self.event_text(f"{batch}-{number}", kind, count), now)
            for number, (kind, count) in enumerate(sorted(begun.items()))
        ]
        events = [event for event in read if isinstance(event, Event)]
        assert len(events) == len(read), "we tell no event that can't be read"
        return events


def utc_hour_start(moment: datetime) -> datetime:
    """Return the start of the hour in which a moment lies, in UTC."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


class CountedSearch(NamedTuple):
    """All that is recorded of a search: when it was made, its cell, and the hour of the week queried.

    ``found``: whether an open station was near.
    """

    hour_start: datetime  # UTC
    cell: str
    hour: int
    found: bool


class RiderSearch(NamedTuple):
    """What a rider asked at a door, and the matches that it showed."""

    point_4326: tuple[float, float]
    query: NearestQuery
    matches: "Sequence[Match]"


@dataclass(slots=True)
class SearchTally(ActivityTally[CountedSearch]):
    """Counts searches by cell and hour."""

    def count_search(self, search: RiderSearch) -> None:
        """Count one search, and whether the rider was shown an open station near the point.

        Only a door calls this, once a request, with what it shows; to find stations counts nothing
        (docs/decisions/0027).
        """
        cell = cell_name_at(*search.point_4326, SEARCH_H3_RESOLUTION)
        hour = hour_of_week(search.query.instant)
        self.count(CountedSearch(utc_hour_start(self.wiring.now()), cell, hour, has_open_match(search)))

    def event_text(self, id: str, kind: CountedSearch, count: int) -> bytes:
        return to_json(
            {
                "specversion": "1.0",
                "id": id,
                "source": WEB_EVENT_SOURCE,
                "type": "station.searched",
                "subject": kind.cell,
                "time": kind.hour_start.isoformat(),
                "data": {"cell": kind.cell, "hour": kind.hour, "found": kind.found, "count": count},
            }
        )


def has_open_match(search: RiderSearch) -> bool:
    """Return whether a station is shown within reach, open on arrival and not reserved for others."""
    asked = search.query.filters
    says_who = bool(asked.accesses or asked.employer)  # then the result has only stations for them
    return any(
        (hit.way_m or hit.distance_m) <= SEARCH_REACH_M
        and hit.opening.state is OpeningState.OPEN
        and (says_who or hit.station.access in _FOR_ALL)
        for hit in search.matches
    )
