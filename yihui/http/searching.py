"""What riders search for, counted in memory and told now and then as ``station.searched``; see docs/decisions/0027.

A search becomes a cell and an hour at once: no position is ever kept, not even in memory.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from pydantic_core import to_json

from geo.civil import CIVIL_TIME
from geo.coverage.cells import cell_of
from geo.searches import REACH_M, RESOLUTION
from geo.station import Access, State
from yihui.http.counting import SOURCE, Counting
from yihui.question import Question

if TYPE_CHECKING:
    from geo.nearest import Nearest

_FOR_ALL = frozenset({Access.PUBLIC, Access.UNKNOWN})


class Search(NamedTuple):
    """All that is known of a search: made within which hour, where about, for which hour of the week."""

    made_at: datetime  # the beginning of the hour
    cell: str
    hour: int
    found: bool


@dataclass(slots=True)
class Searching(Counting[Search]):
    """Counts searches."""

    def note(self, lon: float, lat: float, question: Question, answer: "Nearest") -> None:
        """Count one search, and whether its answer shows an open place near the point. *CRS*: WGS84."""
        made_at = self.wiring.now().replace(minute=0, second=0, microsecond=0)
        cell, hour = cell_of(lon, lat, RESOLUTION), hour_of_week(question.at)
        self.count(Search(made_at, cell, hour, found_open(question, answer)))

    def event_text(self, id: str, kind: Search, count: int) -> bytes:
        from events.versions import current_schema

        return to_json(
            {
                "specversion": "1.0",
                "id": id,
                "source": SOURCE,
                "type": "station.searched",
                "dataschema": current_schema("station.searched"),
                "subject": kind.cell,
                "time": kind.made_at.isoformat(),
                "data": {"cell": kind.cell, "hour": kind.hour, "found": kind.found, "count": count},
            }
        )


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
