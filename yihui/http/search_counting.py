"""Count riders' searches in memory, and publish them as ``station.searched`` (docs/decisions/0027).

A search is reduced to a cell and an hour at once: no position is ever stored, not even in memory.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from pydantic_core import to_json

from core.civil_time import hour_of_week
from geo.coverage.cells import cell_name_at
from geo.nearest.query import NearestQuery
from geo.station import Access, OpeningState
from geo.usage_counts import SEARCH_H3_RESOLUTION, SEARCH_REACH_M
from yihui.http.usage_counting import WEB_EVENT_SOURCE, ActivityTally, utc_hour_start

if TYPE_CHECKING:
    from geo.nearest.query import NearestResult

_FOR_ALL = frozenset({Access.PUBLIC, Access.UNKNOWN})


class CountedSearch(NamedTuple):
    """All that is recorded of a search: when it was made, its cell, and the hour of the week queried.

    ``found``: whether an open station was near.
    """

    hour_start: datetime  # UTC
    cell: str
    hour: int
    found: bool


@dataclass(slots=True)
class SearchTally(ActivityTally[CountedSearch]):
    """Counts searches by cell and hour."""

    def count_search(self, lon: float, lat: float, query: NearestQuery, answer: "NearestResult") -> None:
        """Count one search, and whether its result has an open station near the point. *CRS*: WGS84."""
        hour_start, cell = utc_hour_start(self.wiring.now()), cell_name_at(lon, lat, SEARCH_H3_RESOLUTION)
        self.count(
            CountedSearch(hour_start, cell, hour_of_week(query.instant), has_open_match(query, answer))
        )

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


def has_open_match(query: NearestQuery, answer: "NearestResult") -> bool:
    """Return whether the result has a station within reach, open on arrival and not reserved for others."""
    asked = query.filters
    says_who = bool(asked.accesses or asked.employer)  # then the result has only stations for them
    return any(
        (hit.way_m or hit.distance_m) <= SEARCH_REACH_M
        and hit.opening.state is OpeningState.OPEN
        and (says_who or hit.station.access in _FOR_ALL)
        for hit in answer.results
    )
