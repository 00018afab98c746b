"""What riders search for, counted in memory and told now and then as ``station.searched``; see docs/decisions/0027.

A search becomes a cell and an hour at once: no position is ever kept, not even in memory.
"""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple
from uuid import uuid4

from fastapi.concurrency import run_in_threadpool
from pydantic_core import to_json

from events import Event, accept, read_event
from geo.civil import CIVIL_TIME
from geo.coverage.cells import cell_of
from geo.crs import Points
from geo.searches import REACH_M, RESOLUTION
from geo.station import Access, State
from yihui.bootstrap import Wiring
from yihui.http.gate import Gate, Overfull
from yihui.question import Question
from yihui.steady import Steady

if TYPE_CHECKING:
    from geo.nearest import Nearest

SOURCE = "/yihui/web"
TELL_EVERY_S = 600.0
_FOR_ALL = frozenset({Access.PUBLIC, Access.UNKNOWN})
MOST_KINDS = 50_000  # of searches held in memory; what is new beyond them isn't counted


class Search(NamedTuple):
    """All that is known of a search: made within which hour, where about, for which hour of the week."""

    made_at: datetime  # the beginning of the hour
    cell: str
    hour: int
    found: bool


@dataclass(slots=True)
class Searching:
    """Counts searches; a thread of its own hands them to the ingress table, like anybody else's events.

    What was counted since the last time is lost where the process is killed: at most ten minutes' searches.
    """

    wiring: Wiring
    gate: Gate
    _counts: Counter[Search] = field(default_factory=Counter)
    _waiting: Sequence[Event] = ()  # told already, but not known to be kept: told again under the same ids
    _lock: Lock = field(default_factory=Lock)
    _steady: Steady = field(init=False)

    def __post_init__(self) -> None:
        self._steady = Steady(self.tell, TELL_EVERY_S, "searches wait")

    def note(self, point: Points, question: Question, answer: "Nearest") -> None:
        """Count one search, and whether its answer shows an open place near the point.

        *Shape*: (1, 2), lon, lat. *CRS*: WGS84.
        """
        lon, lat = point[0].tolist()
        made_at = self.wiring.now().replace(minute=0, second=0, microsecond=0)
        cell, hour = cell_of(lon, lat, RESOLUTION), hour_of_week(question.at)
        search = Search(made_at, cell, hour, found_open(question, answer))
        with self._lock:
            if len(self._counts) < MOST_KINDS or search in self._counts:
                self._counts[search] += 1

    def tell(self) -> None:
        """Hand over what was counted. *Raises*: StoreError; then it is handed over the next time."""
        if not self._waiting:
            self._waiting = self._taken()
        if not self._waiting:
            return
        try:
            self.gate.check()
        except Overfull:
            return
        with self.wiring.database.write() as connection:
            accept(connection, self._waiting, self.wiring.now())
        self.gate.note(len(self._waiting))
        self._waiting = ()

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Tells for as long as the app runs, and once more when it ends."""
        self._steady.start()
        try:
            yield
        finally:
            await run_in_threadpool(self._steady.stop)

    def _taken(self) -> list[Event]:
        with self._lock:
            counts, self._counts = self._counts, Counter()
        batch, now = uuid4().hex, self.wiring.now()
        read = [
            read_event(_text(f"{batch}-{number}", search, count), now)
            for number, (search, count) in enumerate(sorted(counts.items()))
        ]
        events = [event for event in read if isinstance(event, Event)]
        assert len(events) == len(read), "we tell no event that can't be read"
        return events


def found_open(question: Question, answer: "Nearest") -> bool:
    """Whether the answer shows a place within reach that is open on arrival and not for others only."""
    asked = question.filters
    says_who = bool(asked.accesses or asked.employer)  # then only places for them are in the answer
    return any(
        hit.opening.state is State.OPEN
        and (says_who or hit.station.access in _FOR_ALL)
        and (hit.way_m or hit.distance_m) <= REACH_M
        for hit in answer.results
    )


def hour_of_week(at: datetime) -> int:
    """Hours since Monday 00:00 on the civil clock."""
    local = at.astimezone(CIVIL_TIME)
    return local.weekday() * 24 + local.hour


def _text(id: str, search: Search, count: int) -> bytes:
    from events.versions import current_schema

    return to_json(
        {
            "specversion": "1.0",
            "id": id,
            "source": SOURCE,
            "type": "station.searched",
            "dataschema": current_schema("station.searched"),
            "subject": search.cell,
            "time": search.made_at.isoformat(),
            "data": {"cell": search.cell, "hour": search.hour, "found": search.found, "count": count},
        }
    )
