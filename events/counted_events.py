"""Count ``station.searched`` and ``station.used`` events when each batch is recorded."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from core.civil_time import civil_date
from core.faults import Fault
from events.envelope import Event
from events.faults import EVENT_FAULTS
from geo.messages import Searched, Used
from geo.usage_counts import SEARCH_H3_RESOLUTION, SearchCount, UseCount


def find_search_fault(event: Event) -> Fault | None:
    """Return why a valid search event can't be counted; None if it can."""
    from geo.coverage.cells import cell_resolution, is_cell_name

    assert isinstance(event.payload, Searched), f"{event.type} is no search"
    cell = event.payload.cell
    if not is_cell_name(cell):
        return EVENT_FAULTS.build("no_cell", field="data.cell", value=cell)
    resolution, wanted = cell_resolution(cell), SEARCH_H3_RESOLUTION
    if resolution < wanted:
        return EVENT_FAULTS.build(
            "coarse_cell", field="data.cell", value=cell, resolution=resolution, wanted=wanted
        )
    return None


@dataclass(slots=True)
class CountedBatch:
    """The valid searches and uses of a batch; they are counted when the batch is recorded.

    Searches are counted by coarse cells, finer ones are made coarse; rests by station and hour.
    """

    searches: list[Event] = field(default_factory=list)
    uses: list[Event] = field(default_factory=list)

    def apply(self, event: Event) -> None:
        """Add a valid event."""
        (self.searches if isinstance(event.payload, Searched) else self.uses).append(event)

    def record(self, transaction: Connection, now: datetime) -> None:
        """Store the counts."""
        if not (self.searches or self.uses):
            return
        from geo.registry import (  # here: members' events need no register
            record_search_counts,
            record_use_counts,
        )

        if self.searches:
            record_search_counts(transaction, self._search_counts(), civil_date(now))
        if self.uses:
            record_use_counts(transaction, self._use_counts(), civil_date(now))

    def _search_counts(self) -> Iterator[SearchCount]:
        from geo.coverage.cells import parent_cell_name

        for event in self.searches:
            payload = event.payload
            assert isinstance(payload, Searched)
            cell = parent_cell_name(payload.cell, SEARCH_H3_RESOLUTION)
            on = civil_date(event.occurred_at)
            yield SearchCount(cell, on, payload.hour, payload.found, payload.count)

    def _use_counts(self) -> Iterator[UseCount]:
        for event in self.uses:
            payload = event.payload
            assert isinstance(payload, Used), f"{event.type} is no use"
            yield UseCount(payload.station, civil_date(event.occurred_at), payload.hour, payload.count)
