"""What riders search for, counted in memory and told now and then as ``station.searched``; see docs/decisions/0027.

A search becomes a cell and an hour at once: no position is ever kept, not even in memory.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from pydantic_core import to_json

from geo.coverage.cells import cell_name_at
from geo.search_counts import SEARCH_H3_RESOLUTION, SEARCH_REACH_M
from geo.station import Access, OpeningState
from yihui.http.usage_counting import SOURCE, Counting
from yihui.services.nearest import NearestQuery

if TYPE_CHECKING:
    from geo.nearest.result import NearestResult

_HOUR_S, _WEEK_HOURS = 3_600, 7 * 24
_CIVIL_HOURS = 8  # ahead of UTC, since 1992 throughout the year (core/civil_time.py)
_FROM_MONDAY = 3 * 24  # 1970 began on a Thursday
_FOR_ALL = frozenset({Access.PUBLIC, Access.UNKNOWN})


class Search(NamedTuple):
    """All that is known of a search: made within which hour, where about, for which hour of the week."""

    made_in: int  # whole hours since 1970, UTC
    cell: str
    hour: int
    found: bool


@dataclass(slots=True)
class Searching(Counting[Search]):
    """Counts searches."""

    def note(self, lon: float, lat: float, question: NearestQuery, answer: "NearestResult") -> None:
        """Count one search, and whether its answer shows an open place near the point. *CRS*: WGS84."""
        made_in, cell = hours_since_1970(self.wiring.now()), cell_name_at(lon, lat, SEARCH_H3_RESOLUTION)
        self.count(Search(made_in, cell, hour_of_week(question.at), found_open(question, answer)))

    def event_text(self, id: str, kind: Search, count: int) -> bytes:
        from events.versions import current_dataschema

        return to_json(
            {
                "specversion": "1.0",
                "id": id,
                "source": SOURCE,
                "type": "station.searched",
                "dataschema": current_dataschema("station.searched"),
                "subject": kind.cell,
                "time": datetime.fromtimestamp(kind.made_in * _HOUR_S, UTC).isoformat(),
                "data": {"cell": kind.cell, "hour": kind.hour, "found": kind.found, "count": count},
            }
        )


def found_open(question: NearestQuery, answer: "NearestResult") -> bool:
    """Whether the answer shows a place within reach that is open on arrival and not for others only."""
    asked = question.filters
    says_who = bool(asked.accesses or asked.employer)  # then only places for them are in the answer
    for hit in answer.results:
        is_open = hit.opening.state is OpeningState.OPEN and (says_who or hit.station.access in _FOR_ALL)
        if is_open and (hit.way_m or hit.distance_m) <= SEARCH_REACH_M:
            return True
    return False


def hour_of_week(at: datetime) -> int:
    """Hours since Monday 00:00 on the civil clock."""
    return (hours_since_1970(at) + _CIVIL_HOURS + _FROM_MONDAY) % _WEEK_HOURS


def hours_since_1970(at: datetime) -> int:
    """Whole ones, UTC."""
    return int(at.timestamp() // _HOUR_S)
